"""Hands on a container from its node: by its control group, whatever runs in it.

Nothing is executed inside, no name of a process is looked at, and nothing is kept here: who
belongs to the container says the kernel, so that any later process finds the same.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from chaos.clock import Seconds, poll, seconds
from chaos.errors import CannotHere, ChaosError, NoSuchTarget
from chaos.history.looked import Found
from chaos.providers.embedded import filler, spoiling
from chaos.providers.embedded.accounts import MIB, Accounts
from chaos.providers.embedded.cgroup import Group, container_processes, members, namespaced
from chaos.providers.embedded.patience import STEP
from chaos.providers.embedded.program import ENTER, run_into
from chaos.workloads.admitted import Stand

OFTEN = seconds(0.005)
NOISE = 0.5  # MiB that an app may take or give in the meantime; the filler takes 1 at once
STOPPED, DEAD = "T", frozenset({"Z", "X", ""})  # states in /proc (kernel: fs/proc/array.c)
HARNESS = Path(__file__).parents[3]  # where `chaos` is found


@dataclass(frozen=True)
class Hands:
    """On one container of a node: `system` is the node's group for programs that are ours.

    `files` is where the node has mounted the container's root folder.
    """

    node: Group
    system: Group
    log: Path
    uid: str
    id: str
    name: str
    files: Path = Path("/nowhere")

    def stop(self) -> None:
        """Stop all its processes. One that is born meanwhile is stopped too."""
        if not poll(self._all_stopped, within=STEP, every=OFTEN):
            raise ChaosError(f"the processes {self.pids()} of {self.name} cannot be stopped")

    def resume(self) -> None:
        """Let its stopped processes go on."""
        for pid in self.pids():
            if state(pid) == STOPPED:
                _send(pid, signal.SIGCONT)

    def signal(self, number: int) -> None:
        """Send its main process a signal."""
        if not (pids := self.pids()):
            raise NoSuchTarget(f"the container {self.name} has just ended")
        _send(pids[0], number)

    def fill(self, *, mib_per_second: float, up_to_mib: float | None, term: Seconds) -> None:
        """Start the process that fills its memory; return when that holds something."""
        limit = self.accounts.limit_mib
        if limit is None and up_to_mib is None:
            raise ChaosError(
                f"the container {self.name} has no memory limit, so its node would be filled: "
                "give it one, or say how far (up_to_mib=...)"
            )
        before, most = self.accounts.memory_mib, up_to_mib or 2 * (limit or 0)
        self._start(mib_per_second, most, term)
        if not poll(lambda: self._holds_more(before), within=STEP, every=OFTEN):
            self.drain()
            said = self.log.read_text(errors="replace").strip().rpartition("\n")[2]
            raise ChaosError(
                f"nothing fills the memory of {self.name}: {said or 'it says nothing'}"
            )
        if limit is not None and not self._is_next(limit):
            self.drain()
            raise CannotHere(
                f"filling the memory of {self.name}: the kernel would kill what fills it, not the "
                "app, which is small; run with CAP_SYS_RESOURCE, which lets it be spared"
            )

    def drain(self) -> None:
        """End the processes that fill the pod's containers of this name, and wait for it."""
        for pid in (fillers := self._fillers()):
            _send(pid, signal.SIGKILL)
        # A dying process loses its command before its files, and what is held is a file.
        if not poll(lambda: all(state(p) in DEAD for p in fillers), within=STEP, every=OFTEN):
            raise ChaosError(f"the processes {fillers} go on filling {self.name}")

    def allow(self, cpus: float | None) -> None:
        """Let it use so many CPUs."""
        self.accounts.allow(cpus)

    def spoil(self, program: str) -> None:
        """Have a program that is run in it fail."""
        spoiling.spoil(self.files, program, _variable(self.pids(), "PATH"))

    def restore(self) -> None:
        """Have its programs be as they were."""
        spoiling.restore(self.files)

    def found(self) -> Found:
        """How it is."""
        pids = self.pids()
        states = [state(pid) for pid in pids]
        main = states[0] if states else ""
        return Found(
            self.id,
            self.name,
            "gone" if main in DEAD else "stopped" if main == STOPPED else "running",
            processes=len(states),
            stopped=states.count(STOPPED),
            memory_mib=round(self.accounts.memory_mib, 1),
            limit_mib=self.accounts.limit_mib,
            cpus=self.accounts.cpus,
            throttled=self.accounts.throttled,
            failing=tuple(self._failing(pids)),
        )

    def pids(self) -> list[int]:
        """The host's ids of its own processes, the main one first; a filler is in no namespace."""
        pids = container_processes(self.node, self.uid, self.id)
        return [pid for pid in pids if len(namespaced(pid)) > 1]

    @property
    def accounts(self) -> Accounts:
        """Its memory and its CPU."""
        kubepods = self.node.folder / "kubepods"
        for folder, _, _ in os.walk(kubepods):
            if folder.endswith(f"/pod{self.uid}/{self.id}"):
                return Accounts(self.node.child(str(Path(folder).relative_to(self.node.folder))))
        raise NoSuchTarget(f"the container {self.name} has just ended")

    def _failing(self, pids: list[int]) -> Iterator[tuple[str, int]]:
        """The programs that were replaced, each run once, as a probe would."""
        for file in spoiling.spoiled(self.files) if pids else ():
            place = PurePosixPath("/", file.relative_to(self.files))
            yield str(place), spoiling.run_in(pids[0], place)

    def _holds_more(self, before: float) -> bool:
        """Whether its memory has grown, or was so full that its processes are gone already."""
        return not self.pids() or self.accounts.memory_mib > before + NOISE

    def _is_next(self, limit: float) -> bool:
        """Whether one of its own processes is what the kernel kills for memory, no filler."""
        fillers = [badness(pid, limit) for pid in self._fillers()]
        return not fillers or max(fillers) < max(
            (badness(p, limit) for p in self.pids()), default=0
        )

    def _all_stopped(self) -> bool:
        going = [pid for pid in self.pids() if state(pid) not in {STOPPED, *DEAD}]
        for pid in going:
            _send(pid, signal.SIGSTOP)
        return not going

    def _start(self, rate: float, most: float, term: Seconds) -> None:
        """In the node's own group first, so that it ends with the node if with nothing else."""
        doors = [str(door) for door in self.system.doors()]
        told = [str(self.accounts.door), *map(str, (rate, most, term)), self.name]
        program = [sys.executable, "-P", "-m", filler.__name__, *told]
        with self.log.open("ab") as log:
            env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HARNESS)}
            run_into(log, ["sh", "-c", ENTER, "sh", *doors, "--", *program], env=env, cwd="/")

    def _fillers(self) -> list[int]:
        """Those that fill a container of this name of the pod, also one that has just ended."""
        return [pid for pid in members(self.node) if self._is_filler(_command(pid))]

    def _is_filler(self, command: list[str]) -> bool:
        pod = f"/pod{self.uid}/"
        return (
            filler.__name__ in command
            and any(pod in word for word in command)
            and (self.name in command)
        )


def still_there(there: Iterable[Hands]) -> Iterator[Found]:
    """How those containers are that run; one that ends while it is looked at does not."""
    for hands in there:
        with contextlib.suppress(NoSuchTarget):
            yield hands.found()


def of_name(there: Sequence[Hands], pod: Stand, name: str) -> Hands:
    """The container of a pod that is meant; NoSuchTarget names those that run."""
    meant = [hands for hands in there if name in {"", hands.name}]
    if len(meant) == 1:
        return meant[0]
    names = ", ".join(hands.name for hands in there) or "none"
    which = f"its container {name!r}" if name else "one container"
    raise NoSuchTarget(f"pod {pod.name} does not run {which} on {pod.node}: {names} run there")


def state(pid: int) -> str:
    """The letter for what a process does; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def badness(pid: int, limit: float) -> float:
    """How likely the kernel is to kill a process for memory, in MiB (mm/oom_kill.c: oom_badness).

    Its size, and for each point of its oom_score_adj a thousandth of the limit in MiB.
    """
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        points = int(Path(f"/proc/{pid}/oom_score_adj").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return pages * resource.getpagesize() / MIB + points * limit / 1000


def _command(pid: int) -> list[str]:
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def _variable(pids: list[int], name: str) -> str:
    """A variable of the main process's environment, as it was started with; empty without it."""
    if not pids:
        return ""
    try:
        pairs = os.fsdecode(Path(f"/proc/{pids[0]}/environ").read_bytes()).split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return dict(pair.partition("=")[::2] for pair in pairs).get(name, "")


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
