from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from fault_machine import SPECS, FaultMachine, Ward
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from chaos import Chaos, Fault
from chaos.clock import ManualClock, Seconds, poll, seconds
from chaos.errors import ChaosError, NotHealed, NotSteady
from chaos.history.journal import Journal
from chaos.ports.cluster import Cluster
from chaos.running.ledger import Ledger
from chaos.testing import FakeCluster
from chaos.workloads.admitted import Stand, Workload

NODES = ("worker1", "worker2", "worker3")
BACK = seconds(60)  # a killed node is noticed, evicted from, booted; a crash loop backs off
HOLDS = seconds(30)  # nothing may come of it later
EXAMPLES, STEPS = 150, 20


class Killed(BaseException):
    """The process is no more: what follows in its code is not done."""


@dataclass
class Life:
    """A harness' process: it is killed on one of its acts, and does nothing from then on."""

    acts: int | None = None

    def act(self) -> None:
        """One more act, if it lives."""
        if self.acts is not None:
            if self.acts <= 0:
                raise Killed
            self.acts -= 1


class Hands:
    """The cluster port of a process that may be killed before each call."""

    def __init__(self, cluster: FakeCluster, life: Life) -> None:
        self._cluster, self._life = cluster, life

    def __getattr__(self, name: str) -> Any:
        self._life.act()
        return getattr(self._cluster, name)


@dataclass(frozen=True)
class Pen(Ledger):
    """The ledger of a process that may be killed before it writes, and before it strikes out."""

    life: Life

    def arm(self, fault: Fault, number: int) -> Path:
        self.life.act()
        return super().arm(fault, number)

    def disarm(self, page: Path) -> None:
        self.life.act()
        super().disarm(page)


class FakeWard:
    """The fake cluster; harnesses are sessions that die on one of their acts."""

    nodes: Sequence[str] = NODES
    switched = False

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.ledger = Ledger(Path(self._folder.name) / "ledger")
        self._clock = ManualClock()
        self._journal = Journal(self._clock)
        self._fake = FakeCluster(self._journal, self._clock, nodes=NODES)
        self._fake.run(*SPECS)
        self._before = self._picture()
        self._blocks: dict[int, ExitStack] = {}
        self.alive = False

    def begin(self, *, moment: int | None = None) -> None:
        self._life = Life(moment)
        port = cast("Cluster", Hands(self._fake, self._life))
        pen = Pen(self.ledger.folder, self._life)
        with self._until_killed():
            pen.heal_all(port)
            # Nobody asks whether its faults took effect: others may have been in their way.
            self._chaos = Chaos(port, self._journal, self._fake, pen, leaving=True)
            self._life.acts, self.alive = None, True

    def inject(self, fault: Fault, *, moment: int | None = None) -> int | None:
        block, number = ExitStack(), max(self._blocks, default=0) + 1
        self._life.acts = moment
        with self._until_killed(moment):
            try:
                block.enter_context(self._chaos.inject(fault))
            except (NotSteady, NotHealed):
                raise
            except ChaosError:
                return None
            self._blocks[number] = block
        return number if self.alive else None

    def heal(self, number: int, *, moment: int | None = None) -> None:
        self._life.acts = moment
        with self._until_killed(moment):
            self._blocks.pop(number).close()

    def kill(self) -> None:
        self._life.acts, self.alive = 0, False
        for block in self._blocks.values():
            with suppress(Killed):
                block.close()
        self._blocks.clear()

    def wait(self, span: Seconds) -> None:
        until = Seconds(self._clock.now() + span)
        self._clock.wait(self._journal.news, until=until, unless=lambda: False)

    def ailments(self) -> str:
        poll(self._as_before, within=BACK, every=seconds(1), clock=self._clock)
        if self._as_before():
            self.wait(HOLDS)
        return "" if self._as_before() else f"{self._picture()} is not {self._before}"

    def apps(self) -> tuple[Workload, ...]:
        return tuple(replace(app, stands=tuple(self._stands(app))) for app in self._fake.ran)

    def hurts(self) -> Sequence[Fault]:
        return ()

    def close(self) -> None:
        self._folder.cleanup()

    @contextmanager
    def _until_killed(self, moment: int | None = None) -> Iterator[None]:
        """Whoever was to be killed is dead at the end, at the latest."""
        with suppress(Killed):
            yield
        if moment is not None:
            self.kill()

    def _stands(self, app: Workload) -> Iterator[Stand]:
        for pod in self._fake.kubelet.pods.values():
            if pod.shown.workload == app.name and pod.shown.node is not None:
                yield Stand(pod.shown.uid, pod.shown.name, pod.shown.node, pod.shown.namespace)

    def _as_before(self) -> bool:
        return self._picture() == self._before

    def _picture(self) -> dict[str, Any]:
        """What must be the same before and after."""
        pods = self._fake.kubelet.pods.values()
        return {
            "nodes": [(m.node, m.away, m.ready, m.taints) for m in self._fake.machines.values()],
            "kept from us": self._fake.kubelet.idle | self._fake.kubelet.silent,
            "pods": Counter((p.shown.workload, p.app.name) for p in pods),
            "ill": [p.shown for p in pods if not (p.running and p.shown.ready) or p.shown.deleting],
            "told": [p.shown for p in pods if p.ill != type(p.ill)()],
            "ledger": [file.name for file in self.ledger.folder.glob("*.json")],
        }


class OnTheFake(FaultMachine):
    """Everything that can happen there, in milliseconds."""

    def room(self) -> Ward:
        return FakeWard()


def test_all_healed_means_steady_state_in_any_order_and_after_any_death() -> None:
    run_state_machine_as_test(
        OnTheFake,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            report_multiple_bugs=False,
        ),
    )
