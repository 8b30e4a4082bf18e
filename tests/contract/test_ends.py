"""However a run ends, in the middle of all faults at once, the cluster is as it was before.

Whatever it cannot heal itself its switch heals, without anybody.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from deadlines import LONG, OFTEN
from picture import at_rest, picture
from project import Project, Run, named, switches

import chaos.faults
from chaos.clock import Seconds, poll, seconds
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.recording.ports import Lost
from chaos.running.switch import LEEWAY, PULSE

pytest_plugins = ["kept_cluster"]
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
    ),
]

NAME = named("ends")
NODES = 6  # what proves one fault of a kubelet is so already where another has done it
TAKEN = "--chaos-radius=5"  # all but the one on which the apps are
# For processes that have lost their parent. A worker of xdist without its controller is given 5 s
# by execnet, then a SIGINT and 10 s to heal (gateway_base, _terminate_execution), then it is ended.

# A full disk evicts the pods that the others rest on; not every machine can have one.
NOT_BESIDE_OTHERS = {"DiskFull"}

# Every other fault there is, in the order in which they can all be open.
ALL = """
import os
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

LASTING = {"do": "lasting", "folder": "/keep"}
KEEPS = {"keep": "/keep", "orders": (LASTING,)}
WIRED = {
    "through": {"near": "127.0.0.1:8080"},
    "liveness": http(failures=500), "probes_through_proxy": True,
}


def apps(cluster, *names, **options):
    found = cluster.run(*(deployment(name, prefer="worker1", **options) for name in names))
    return found if len(names) > 1 else (found,)


def faults(cluster):
    hung, ill, leaky, odd, closed, checked = apps(cluster, *"abcdef")
    dead, orphan, scaled, gone, taken, ended = apps(cluster, *"ghijkl")
    locked, slow, never, loop = apps(cluster, "m", "n", "o", "r", **KEEPS)
    spoken, = apps(cluster, "p", orders=({"do": "grpc"},))
    parent, = apps(cluster, "q", orders=({"do": "child"},))
    still, killed, full, starved = apps(cluster, *"stuv")
    wired, = apps(cluster, "w", **WIRED)
    return [
        Hang(hung), FailingHealth(ill), Leak(leaky, mib_per_second=1), Answering(odd, status=500),
        Refusing(closed), FailingCheck(checked), Deadlock(dead), Orphaned(orphan),
        Scaled(scaled, 3), PodDeleted(gone), ForceDeleted(taken), Crash(ended),
        PasswordDemand(locked, folder="/keep"), SlowStart(slow, 30), NeverStarted(never),
        GrpcHealth(spoken), ChildDeath(parent), CrashLoop(loop, times=2),
        Stopped(still), Killed(killed), Starved(starved),
        MemoryFull(full, mib_per_second=8, up_to_mib=32),
        Latency(wired, "near", seconds(1)), Bandwidth(wired, "near", 1), Slicer(wired, "near"),
        Blackhole(wired, "near"), SlowClose(wired, "near", seconds(1)), LimitData(wired, "near"),
        Reset(wired, "near"), Down(wired, "near"), FailingProbe("liveness", wired),
        Tainted("worker1", "repair=now:NoSchedule"),
        NodeJoins("worker9"), NodeDeath("worker3"), OutOfService("worker3"),
        NodeForgotten("worker3"), RuntimeFrozen("worker2"), KubeletFrozen("worker2"),
        NodePartitioned("worker4", briefly=True), RuntimeDown("worker4"),
        KubeletDown("worker5"), NodeFrozen("worker6", briefly=True),
        ControlPlaneFrozen(("kube-scheduler",)),
        ControlPlaneDown(("kube-scheduler", "kube-controller-manager")),
    ]


@contextmanager
def hurt(cluster, chaos, *more):
    with ExitStack() as stack:
        for fault in [*faults(cluster), *more]:
            stack.enter_context(chaos.inject(fault))
        Path("armed").write_text(str(os.getpid()))
        yield


@pytest.fixture
def wounded(cluster, chaos):
    with hurt(cluster, chaos):
        yield


def wait():
    time.sleep(300)
"""
WAITS = "\ndef test_it(wounded):\n    wait()\n"
HEADLESS = """
def test_it(cluster, chaos):
    with hurt(cluster, chaos, ControlPlaneDown(("etcd", "kube-apiserver"))):
        wait()
"""
RAISES = "\ndef test_it(wounded):\n    raise ValueError('no luck')\n"
ENDS = "\ndef test_it(wounded):\n    pass\n"
NEXT = "\ndef test_next(cluster):\n    assert apps(cluster, 'z')\n"
TERM = 30  # seconds, of the fault below
HANGS = f"""
import os
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class BriefDeath(NodeDeath):
    term = seconds({TERM})


def test_it(cluster, chaos):
    app, loner = cluster.run(deployment("app"), bare_pod("loner", on="worker1"))
    with chaos.inject(BriefDeath("worker1")):
        chaos.expect(goes_unready("worker1", within=windows.within(seconds(60))))
        Path("armed").write_text(str(os.getpid()))
        chaos.expect(never_replaced(loner, through=minutes(10)))
"""
NO_MEMORY = """
import resource

def test_it(wounded):
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (64 << 20), resource.RLIM_INFINITY))
    try:
        bytearray(1 << 30)
    finally:  # what heals starts a kubelet, which would inherit the limit
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
FULL = """
def test_it(wounded, chaos):
    with Path("reports/filler").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
"""
BAD_FIXTURE = """
@pytest.fixture
def bad(wounded):
    yield
    raise ValueError("no luck at the end")

def test_it(bad):
    pass
"""
BAD_HOOK = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item):
    raise RuntimeError("no luck in a hook")
"""
WORSE_HOOK = """
def pytest_runtest_logreport(report):
    raise RuntimeError("no luck while reporting")
"""


@dataclass(frozen=True)
class End:
    """How a run ends: by itself, or by what is done to it once all faults are open."""

    words: str
    scenario: str
    options: tuple[str, ...] = ()
    strike: Callable[[Run, int], None] | None = None
    conftest: str = ""
    heals: bool | None = True  # itself; else its switch does; None: as the moment has it
    cut: bool = False  # its scenario stands among the endings as interrupted

    def __str__(self) -> str:
        """The words."""
        return self.words


def send(*numbers: signal.Signals) -> Callable[[Run, int], None]:
    """Signals to the run's first process, one soon after the other."""

    def strike(run: Run, pid: int) -> None:
        del pid
        for number in numbers:
            run.send(number)
            poll(lambda: False, within=seconds(0.3), every=OFTEN)

    return strike


def kill_worker(run: Run, pid: int) -> None:
    """The process that holds the faults open, which is not the first."""
    assert pid != run.process.pid
    os.kill(pid, signal.SIGKILL)


def by_timeout(method: str) -> tuple[str, ...]:
    return "--timeout=120", f"--timeout-method={method}"


TWO = ("-n", "1")
WAYS = [
    End("Ctrl-C", WAITS, strike=send(signal.SIGINT), cut=True),
    End("Ctrl-C twice", WAITS, strike=send(signal.SIGINT, signal.SIGINT), heals=None),
    End("SIGTERM", WAITS, strike=send(signal.SIGTERM), cut=True),
    End("SIGHUP", WAITS, strike=send(signal.SIGHUP), cut=True),
    End("SIGKILL", WAITS, strike=send(signal.SIGKILL), heals=False),
    End("SIGKILL while no API server answers", HEADLESS, strike=send(signal.SIGKILL), heals=False),
    End("pytest-timeout by a signal", WAITS, by_timeout("signal"), cut=True),
    End("pytest-timeout by a thread", WAITS, by_timeout("thread"), heals=False),
    End("-x", RAISES + NEXT, ("-x",)),
    End("an exception in a scenario", RAISES),
    End("an exception in a fixture", BAD_FIXTURE),
    End("an exception in another plugin's hook", ENDS, conftest=BAD_HOOK),
    End("an exception while another plugin reports", ENDS, conftest=WORSE_HOOK),
    End("no memory", NO_MEMORY),
    End("a full disk", FULL),
    End("death of an xdist worker", WAITS, TWO, kill_worker, heals=False, cut=True),
    End("death of the xdist controller", WAITS, TWO, send(signal.SIGKILL), heals=None),
]


@pytest.fixture
def project(kept: EmbeddedCluster, tmp_path: Path) -> Iterator[Project]:
    """A project whose reports lie on a small file system of their own."""
    reports = tmp_path / "reports"
    reports.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", reports], check=True)
    yield Project(tmp_path, kept.name)
    subprocess.run(["umount", "--lazy", reports], check=True)


def armed(project: Project, run: Run) -> int:
    """Wait until all faults are open; the process that holds them."""
    file = project.folder / "armed"

    def written() -> bool:
        assert run.process.poll() is None, f"it ended too early:\n{run.words}"
        return file.exists() and bool(file.read_text())

    assert poll(written, within=LONG, every=OFTEN), run.words
    return int(file.read_text())


def ended(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def pictured(cluster: EmbeddedCluster) -> dict[str, Any] | None:
    """The picture; nothing while the API server is away: its switch is starting it."""
    with suppress(Lost):
        return picture(cluster)
    return None


@pytest.mark.parametrize("end", WAYS, ids=str)
def test_the_cluster_is_as_it_was(kept: EmbeddedCluster, project: Project, end: End) -> None:
    before = at_rest(kept, within=LONG)
    project.write(ALL, end.scenario)
    (project.folder / "conftest.py").write_text(end.conftest)

    run = project.pytest(TAKEN, *end.options)
    pid = armed(project, run)
    if end.strike is not None:
        end.strike(run, pid)

    assert run.status(within=LONG) != 0, run.words
    assert poll(lambda: ended(pid), within=LONG, every=OFTEN), f"{pid} lives on:\n{run.words}"
    if end.heals:
        assert picture(kept)["armed"] == [], run.words
    if end.cut:
        assert "\ninterrupted   It" in run.words
        assert project.record("test_it").outcome == "interrupted"
    if end.cut and end.heals:
        healed = {name for name in chaos.faults.__all__ if f"healed {name}(" in run.words}
        assert {*chaos.faults.__all__} - healed == NOT_BESIDE_OTHERS
    same = poll(lambda: pictured(kept) == before, within=LONG, every=seconds(0.5))
    assert same or picture(kept) == before, run.words
    assert poll(lambda: not switches(NAME), within=LONG, every=OFTEN)
    told = told_once(project, kept)
    assert end.heals is None or told is not end.heals


@pytest.mark.parametrize("who", ["chaos heal", "the next run"])
def test_who_comes_at_once_waits_for_the_switch_or_takes_its_place(
    kept: EmbeddedCluster, project: Project, who: str
) -> None:
    before = at_rest(kept, within=LONG)
    project.write(ALL, WAITS)
    run = project.pytest(TAKEN)
    armed(project, run)
    project.write(ALL, NEXT)

    run.send(signal.SIGKILL)
    next_one = project.chaos("heal", kept.name) if who == "chaos heal" else project.pytest()

    assert next_one.status(within=LONG) == 0, next_one.words
    assert poll(lambda: picture(kept) == before, within=LONG, every=seconds(0.5)), next_one.words
    assert poll(lambda: not switches(NAME), within=LONG, every=OFTEN)
    assert "the switch healed" in next_one.words or "healed Hang(" in next_one.words


def test_a_run_that_hangs_is_healed_and_judges_nothing_when_it_comes_back(
    kept: EmbeddedCluster, project: Project
) -> None:
    before = at_rest(kept, within=LONG)
    project.write(HANGS)
    run = project.pytest()
    pid = armed(project, run)
    os.kill(pid, signal.SIGSTOP)

    late = seconds(TERM + LEEWAY + PULSE)
    assert poll(lambda: not picture(kept)["armed"], within=Seconds(LONG + late), every=OFTEN)
    other = project.chaos("heal", kept.name)
    assert other.status() == 10
    assert "another run uses this cluster" in other.words
    os.kill(pid, signal.SIGCONT)

    assert run.status(within=LONG) == 10, run.words
    assert "longer than its term" in project.record("test_it").message
    assert project.record("test_it").outcome == "undecided"
    assert told_once(project, kept)
    assert poll(lambda: picture(kept) == before, within=LONG, every=seconds(0.5)), run.words


def told_once(project: Project, kept: EmbeddedCluster) -> bool:
    """Whether `chaos heal` tells what a switch has done; it has nothing to heal, and tells once."""
    first, second = (_healed(project, kept) for _ in range(2))
    assert second == "nothing to heal: no fault was armed\n"
    assert first.endswith(second)
    return "the switch healed" in first


def _healed(project: Project, kept: EmbeddedCluster) -> str:
    healing = project.chaos("heal", kept.name)
    assert healing.status() == 0, healing.words
    return healing.words


def test_every_fault_is_among_them() -> None:
    missing = {name for name in chaos.faults.__all__ if f"{name}(" not in ALL}
    assert missing == NOT_BESIDE_OTHERS
