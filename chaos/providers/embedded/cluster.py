"""A whole cluster: made, changed and taken down."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock

from chaos import private
from chaos.errors import NoCluster, NoSuchTarget
from chaos.options import MOST_NODES
from chaos.private import cache
from chaos.providers.embedded import inotify, seed, starting, supplies
from chaos.providers.embedded.api import Api
from chaos.providers.embedded.cgroup import group_of, members
from chaos.providers.embedded.control_plane import ControlPlane
from chaos.providers.embedded.guard import Guard
from chaos.providers.embedded.home import Home
from chaos.providers.embedded.inventory import clear, take_down
from chaos.providers.embedded.machine import EmbeddedMachine
from chaos.providers.embedded.plan import Plan, load
from chaos.providers.embedded.profile import FAST, Profile


@dataclass
class EmbeddedCluster:
    """etcd, API server, controllers and scheduler here; each node in namespaces of its own."""

    plan: Plan
    _lock: filelock.FileLock | None = None
    _guard: Guard | None = None

    @classmethod
    def up(  # noqa: PLR0913 - what a cluster is made of, all by name
        cls,
        name: str,
        *,
        assets: Path,
        images: Sequence[seed.Image],
        nodes: int = 2,
        profile: Profile = FAST,
        say: Callable[[str], None] = lambda _: None,
        guard: bool = True,
    ) -> EmbeddedCluster:
        """Make a cluster; it is ready for pods when this returns, or nothing of it is left."""
        if why := why_not():
            raise NoCluster(f"no embedded cluster here: {why}")
        home = Home(name)
        lock = _hold(home)
        with ExitStack() as undo:
            undo.callback(home.release, lock)
            clear(name)  # what a killed run left
            inotify.left_for(nodes)
            home.create()
            watch = Guard(name) if guard else None
            if watch:
                undo.callback(watch.dismiss)
            with _leaving_only_logs(home):
                plan = starting.found(home, assets=assets, images=images, profile=profile)
                starting.start(plan, numbers=range(1, nodes + 1), say=say)
            undo.pop_all()
        return cls(plan, lock, watch)

    @classmethod
    def find(cls, name: str) -> EmbeddedCluster:
        """A cluster that is there, made by another process; this one will not hold it."""
        return cls(load(Home(name)))

    @property
    def name(self) -> str:
        """Its name, and its context's in the kubeconfig."""
        return self.plan.name

    @property
    def kubeconfig(self) -> Path:
        """The administrator's way in."""
        return self.plan.home.kubeconfig

    @property
    def control_plane(self) -> ControlPlane:
        """Its four programs."""
        return ControlPlane(self.plan)

    @property
    def machines(self) -> list[EmbeddedMachine]:
        """What its nodes run on."""
        numbers = [int(disk.name.removeprefix("worker")) for disk in self.plan.home.nodes.iterdir()]
        return [EmbeddedMachine(self.plan, number) for number in sorted(numbers)]

    @property
    def nodes(self) -> list[str]:
        """The names of its nodes."""
        return [machine.name for machine in self.machines]

    def machine(self, node: str) -> EmbeddedMachine:
        """The machine under a node."""
        for machine in self.machines:
            if machine.name == node:
                return machine
        raise NoSuchTarget(f"no machine is under {node!r}; there are {', '.join(self.nodes)}")

    def add_node(self) -> EmbeddedMachine:
        """One more node; it is Ready when this returns."""
        numbers = {machine.number for machine in self.machines}
        free = [n for n in range(1, MOST_NODES + 1) if n not in numbers]
        if not free:
            raise NoCluster(f"cluster {self.name} has {len(numbers)} nodes, which is all it can")
        return starting.added(EmbeddedMachine(self.plan, free[0]))

    def join(self, node: str) -> None:
        """One more node, of this name, that `part` takes away; it is Ready when this returns."""
        machine = EmbeddedMachine.named(self.plan, node)
        if machine.disk.exists():
            raise NoSuchTarget(f"there is a {node} already: choose another name for a new node")
        starting.added(machine, guest=True)

    def part(self, node: str) -> None:
        """Take away a node that joined so; nothing to do for others."""
        if any(machine.name == node and machine.is_guest for machine in self.machines):
            self.remove_node(node)

    def remove_node(self, node: str) -> None:
        """Take a node away: machine, disk and object."""
        self.machine(node).remove()
        Api(self.plan).forget(node)

    def supply(self, image: seed.Image) -> None:
        """Put an image on every node, also on those that boot or come later. Twice is once."""
        supplies.order(self.plan, image)
        self._stock()

    def load(self, archive: supplies.Archive) -> None:
        """Put a user's images on every node in the same way; NoCluster if they cannot be."""
        with supplies.loading(self.plan, archive):
            self._stock()

    def _stock(self) -> None:
        for machine in self.machines:
            if machine.is_on:
                supplies.stock(self.plan, machine.disk, machine.enter)

    def keep(self) -> None:
        """Let it outlive this process."""
        self.plan.home.keep()
        self._let_go()

    def down(self) -> None:
        """Remove everything of it. Twice is once."""
        if self._lock is None:
            take_down(self.name)
            return
        clear(self.name)
        self._let_go()

    def _let_go(self) -> None:
        if self._guard:
            self._guard.dismiss()
        if self._lock:
            self.plan.home.release(self._lock)
        self._guard = self._lock = None


def why_not() -> str:
    """Why this kind of cluster cannot be here, naming the other way; empty where it can."""
    if not sys.platform.startswith("linux"):
        return f"it is made of Linux namespaces, and this is {sys.platform}"
    if os.geteuid() != 0:
        return "it needs root: sudo, or `chaos rootless pytest ...`"
    return ""


def _hold(home: Home) -> filelock.FileLock:
    lock = home.lock()
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise NoCluster(
            f"cluster {home.name} belongs to a harness that is running; choose another name"
        ) from error
    if home.kept:
        home.release(lock)
        raise NoCluster(
            f"cluster {home.name} is there and was kept: use it, or `chaos down {home.name}` first"
        )
    if not home.exists and (strangers := members(group_of(home.name))):
        home.release(lock)
        raise NoCluster(
            f"a cluster {home.name} runs here ({len(strangers)} processes), but {home.path} is not "
            f"there: another XDG_CACHE_HOME's? Choose another name, or `chaos down {home.name}`"
        )
    return lock


@contextmanager
def _leaving_only_logs(home: Home) -> Iterator[None]:
    """Nothing of a start that failed is left, but its logs, and the error says where they are."""
    logs = cache() / "failed" / home.name
    try:
        yield
    except BaseException as error:  # Ctrl-C too
        _move(home.log, logs)
        clear(home.name)
        if isinstance(error, NoCluster):
            raise NoCluster(f"{error}\n(all logs of this start are in {logs})") from error
        raise


def _move(folder: Path, to: Path) -> None:
    shutil.rmtree(to, ignore_errors=True)
    private.folder(to.parent)
    folder.rename(to)
