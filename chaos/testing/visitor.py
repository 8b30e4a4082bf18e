"""The fake visitor: sends its requests on the fake's clock, to who gets the service's traffic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chaos.clock import Seconds
from chaos.history.looked import Visit, Visited
from chaos.testing.patient import FakePod
from chaos.workloads.admitted import Uid

if TYPE_CHECKING:
    from chaos.testing.cluster import FakeCluster

AT_ONCE = 0.001  # seconds that an answer takes, or a refusal


@dataclass
class FakeVisitor:
    """What a pod that was ordered to visit has sent, and what came of it.

    Each request goes to the next of the pods that get the traffic, where a real proxy throws dice.
    """

    cluster: FakeCluster
    pod: FakePod
    order: dict[str, Any]
    sent: int = 0
    came: list[Visit] = field(default_factory=list)  # and is not told yet
    life: int = -1
    since: Seconds = Seconds(0.0)  # noqa: RUF009  a NewType over an immutable float
    through: Seconds = Seconds(0.0)  # noqa: RUF009  likewise

    def visit(self) -> None:
        """Send a request if its container runs; and the next in its time, until all are sent."""
        now, shown = self.cluster.clock.now(), self.pod.shown
        if shown.uid not in self.cluster.kubelet.pods or self.sent >= self.order["at_most"]:
            return
        if self.pod.running:
            self._live()
            self.came.append(self._send(now))
            self.sent, self.through = self.sent + 1, now
        self.cluster.kubelet.later(self.order["every_seconds"], self.visit)

    def tell(self) -> None:
        """Write down what has ended since it was heard last; nothing while it does not run."""
        if not self.pod.running:
            return
        self._live()
        now, shown = self.cluster.clock.now(), self.pod.shown
        ended = tuple(v for v in self.came if v.sent + v.took <= now)
        self.came = [v for v in self.came if v.sent + v.took > now]
        over = self.sent >= self.order["at_most"]
        through = min([*(v.sent for v in self.came), self.through if over else now])
        word = Visited(now, shown.uid, shown.workload, self.order["of"], self.since, through, ended)
        self.since = through
        self.cluster.journal.write(word)

    def _live(self) -> None:
        """A container that was started anew knows nothing of what the last one saw."""
        if self.life != self.pod.life:
            self.life, self.sent, self.came = self.pod.life, 0, []
            self.since = self.through = self.cluster.clock.now()

    def _send(self, now: Seconds) -> Visit:
        """What comes of a request that is sent now."""
        ready, _ = self.cluster.kubelet.traffic(self.order["of"])
        if not ready:
            return Visit(now, AT_ONCE, "refused")
        asked = self.cluster.kubelet.pods[ready[self.sent % len(ready)]]
        timeout = float(self.order["timeout_seconds"])
        said: int | str | None = asked.answer(now).status
        if asked.ill.refuses or (not asked.running and self._has_power(asked)):
            said = "refused"
        late = float(asked.ill.lies.get("/", {}).get("delay_seconds", AT_ONCE))
        if said is None or late >= timeout:
            return Visit(now, timeout, "no answer")
        return Visit(now, late, said)

    def _has_power(self, pod: FakePod) -> bool:
        """Whether the node is there that says that nobody listens; else packets are lost."""
        machine = self.cluster.machines.get(str(pod.shown.node))
        return machine is not None and machine.on


@dataclass
class FakeVisitors:
    """The visitors of a fake cluster, by their pods."""

    cluster: FakeCluster
    there: dict[Uid, FakeVisitor] = field(default_factory=dict)

    def admit(self, pod: FakePod) -> None:
        """Have a pod visit, if that was ordered."""
        if pod.visits is not None:
            self.there[pod.shown.uid] = FakeVisitor(self.cluster, pod, dict(pod.visits))
            self.there[pod.shown.uid].visit()

    def hear(self, pod: FakePod) -> None:
        """Write down what it has to tell, if it is a visitor."""
        if pod.shown.uid in self.there:
            self.there[pod.shown.uid].tell()
