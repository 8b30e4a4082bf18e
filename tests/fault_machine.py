"""A harness that hurts a cluster in any order, is killed at any moment, and starts anew.

One machine for every kind of cluster: a ward says what is done there, the machine in which order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from chaos import Fault
from chaos.clock import Seconds, seconds
from chaos.faults import (
    Answering,
    Crash,
    Deadlock,
    FailingCheck,
    FailingHealth,
    ForceDeleted,
    Hang,
    Leak,
    NodeDeath,
    NodeFrozen,
    NodeJoins,
    NodePartitioned,
    Orphaned,
    OutOfService,
    PodDeleted,
    Refusing,
    Scaled,
    Tainted,
)
from chaos.running.ledger import Ledger, read
from chaos.workloads import Spec, daemon_set, deployment, http, stateful_set
from chaos.workloads.admitted import Workload

PROBE = http("/health", every=seconds(1), failures=2)
GUEST = "worker9"
MOMENTS = st.integers(0, 4)  # at which a harness can be killed: a fault acts as often, about
LATER = st.integers(0, 12)  # likewise while it starts and heals what others left
SPANS = (0.1, 1.0, 3.0, 9.0)  # s: between a tenth and what it takes to lose a node
SPECS: tuple[Spec, ...] = (
    deployment("web", replicas=2, liveness=PROBE, readiness=PROBE),
    deployment("blind"),
    stateful_set("db", liveness=PROBE),
    daemon_set("agent"),
)


class Ward(Protocol):
    """A cluster, its ledger, and a harness that comes and goes."""

    @property
    def ledger(self) -> Ledger:
        """What is armed there."""

    @property
    def nodes(self) -> Sequence[str]:
        """The nodes that it has by itself."""

    @property
    def alive(self) -> bool:
        """Whether a harness is there: it may have been killed, or have had to end."""

    @property
    def switched(self) -> bool:
        """Whether somebody heals what a harness leaves as soon as it is dead."""

    def begin(self, *, moment: int | None = None) -> None:
        """A harness starts and heals what the last one left, and may be killed meanwhile."""

    def inject(self, fault: Fault, *, moment: int | None = None) -> int | None:
        """Open a fault; its number, or None when it was refused, or nobody knows."""

    def heal(self, number: int, *, moment: int | None = None) -> None:
        """Heal an open one; whether it is healed nobody knows when the harness lives no more."""

    def kill(self) -> None:
        """End the harness, which heals nothing any more."""

    def wait(self, span: Seconds) -> None:
        """Let time pass."""

    def ailments(self) -> str:
        """What is not as it was before the first fault, once time enough has passed; or nothing."""

    def apps(self) -> tuple[Workload, ...]:
        """The workloads, as they stand now."""

    def hurts(self) -> Sequence[Fault]:
        """The faults that only this kind of cluster can have."""

    def close(self) -> None:
        """Leave nothing behind."""


def fitting(apps: Sequence[Workload], nodes: Sequence[str]) -> Iterator[Fault]:
    """The faults that every kind of cluster can have."""
    for app in apps:
        yield from (Hang(app), FailingHealth(app), Leak(app, 1.0, up_to_mib=32.0), Refusing(app))
        yield from (Answering(app, status=500), FailingCheck(app), Deadlock(app), Crash(app))
        yield from (PodDeleted(app), ForceDeleted(app), Orphaned(app))
        if app.kind != "DaemonSet":  # which has no scale
            yield from (Scaled(app, 0), Scaled(app, 3))
    yield NodeDeath((GUEST, nodes[0]))
    for node in (*nodes, GUEST):
        yield from (NodeDeath(node), OutOfService(node), Tainted(node, "repair=now:NoSchedule"))
        yield from (Tainted(node, "repair=now:NoExecute"), Tainted(node, "again=now:NoExecute"))
        yield from (NodeFrozen(node), NodePartitioned(node), NodePartitioned(node, "control plane"))
        yield NodePartitioned(node, "control plane", "sent")
    yield NodeJoins(GUEST)


class FaultMachine(RuleBasedStateMachine):
    """All healed means steady state, whatever was done in whatever order, and by whom."""

    def __init__(self) -> None:
        super().__init__()
        self.ward = self.room()
        self.open: dict[int, Fault] = {}  # by this harness
        self.left: Counter[Fault] = Counter()  # by those that were killed, at the least
        self.apps: tuple[Workload, ...] = ()
        self.rested = False

    def room(self) -> Ward:
        """A new ward, in which all is well."""
        raise NotImplementedError

    @initialize()
    def start(self) -> None:
        """The first harness finds nothing to heal."""
        self._begin(None)

    @precondition(lambda self: self.ward.alive)
    @rule(data=st.data())
    def inject(self, data: st.DataObject) -> None:
        """One more fault, of one kind or of another kind."""
        self._inject(self._fault(data), None)

    @precondition(lambda self: self.ward.alive and self.open)
    @rule(data=st.data())
    def heal(self, data: st.DataObject) -> None:
        """Any of the open ones, in another order than that in which they were opened."""
        self._heal(self._number(data), None)

    @precondition(lambda self: self.open or not self.ward.alive)
    @rule(span=st.sampled_from(SPANS))
    def wait(self, span: float) -> None:
        """What was done has its consequences."""
        self.ward.wait(seconds(span))

    @precondition(lambda self: self.ward.alive and self.open)
    @rule()
    def kill(self) -> None:
        """The ledger is all that is left."""
        self.ward.kill()
        self._mourn()

    @precondition(lambda self: self.ward.alive)
    @rule(data=st.data(), moment=MOMENTS)
    def kill_while_injecting(self, data: st.DataObject, moment: int) -> None:
        """The ledger may have it, the cluster may have it."""
        self._inject(self._fault(data), moment)

    @precondition(lambda self: self.ward.alive and self.open)
    @rule(data=st.data(), moment=MOMENTS)
    def kill_while_healing(self, data: st.DataObject, moment: int) -> None:
        """The cluster may be rid of it, the ledger may be rid of it."""
        self._heal(self._number(data), moment)

    @precondition(lambda self: not self.ward.alive)
    @rule(moment=st.none() | LATER)
    def start_anew(self, moment: int | None) -> None:
        """The next harness heals what was left, or is killed in the middle of it."""
        self._begin(moment)

    @invariant()
    def whatever_is_open_is_in_the_ledger(self) -> None:
        """Nobody knows a fault that is not written down."""
        armed = Counter(read(page) for page in self.ward.ledger.armed())
        if self.ward.alive:
            wanted = Counter(self.open.values())
            assert armed == wanted, f"armed are {armed}, open are {wanted}"
        else:
            assert self.left <= armed, f"armed are {armed}, open were {self.left}"

    @invariant()
    def all_healed_means_steady_state(self) -> None:
        """Asked once after each time that the last one was healed."""
        if self.ward.alive and not self.open and not self.rested:
            ailments = self.ward.ailments()
            assert not ailments, ailments
            self.apps, self.rested = self.ward.apps(), True

    def teardown(self) -> None:
        """All is healed at the end, by whom it may be."""
        try:
            if not self.ward.alive:
                self._begin(None)
            while self.open:
                self._heal(max(self.open), None)
                if not self.ward.alive:
                    self._begin(None)
            self.whatever_is_open_is_in_the_ledger()
            self.all_healed_means_steady_state()
        finally:
            self.ward.close()

    def _fault(self, data: st.DataObject) -> Fault:
        """Of each kind as often as of another; drawn by its text, which is what a failure shows."""
        kinds: dict[str, dict[str, Fault]] = {}
        for fault in (*fitting(self.apps, self.ward.nodes), *self.ward.hurts()):
            kinds.setdefault(type(fault).__name__, {})[str(fault)] = fault
        of_kind = kinds[data.draw(st.sampled_from(sorted(kinds)))]
        return of_kind[data.draw(st.sampled_from(list(of_kind)))]

    def _number(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.open)))

    def _begin(self, moment: int | None) -> None:
        self.rested = False
        self.left.clear()  # any of them may be healed by now
        self.ward.begin(moment=moment)

    def _inject(self, fault: Fault, moment: int | None) -> None:
        self.rested = False
        number = self.ward.inject(fault, moment=moment)
        if number is not None:
            self.open[number] = fault
        self._mourn()

    def _heal(self, number: int, moment: int | None) -> None:
        self.rested = False
        self.ward.heal(number, moment=moment)
        del self.open[number]
        self._mourn()

    def _mourn(self) -> None:
        """If the harness is no more, what it had open is left to the next one."""
        if not self.ward.alive:
            self.left = Counter(() if self.ward.switched else self.open.values())
            self.open.clear()
