"""A scenario begins when the nodes that its run counts on can take pods again."""

from __future__ import annotations

import pytest

from chaos.clock import ManualClock, Seconds, seconds
from chaos.history.facts import Node
from chaos.history.journal import Journal
from chaos.running.footing import BACK, Footing, fit
from chaos.testing.story import at, gone, node

AT_ONCE = seconds(0)
LOST = "node.kubernetes.io/unreachable:NoSchedule"


class Nodes:
    """Two nodes that were fit when a run began, and what is told of them."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.journal = Journal(self.clock)
        self.said: list[str] = []
        self.footing = Footing()
        self.are(node("worker1"), node("worker2"))
        self.footing.regain(self.journal, self.said.append)

    def are(self, *nodes: Node) -> None:
        """What is seen of them now."""
        for one in nodes:
            self.journal.write(at(self.clock.now(), one))

    def regained_after(self) -> Seconds:
        """How long the next scenario waits."""
        begun = self.clock.now()
        self.footing.regain(self.journal, self.said.append)
        return Seconds(self.clock.now() - begun)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (node("n"), True),
        (node("n", taint="maintenance=now:NoExecute"), True),
        (node("n", ready="False"), False),
        (node("n", ready="Unknown"), False),
        (node("n", taint=LOST), False),
    ],
)
def test_a_fit_node_is_ready_and_not_tainted_by_its_cluster(one: Node, *, expected: bool) -> None:
    assert fit(one) is expected


def test_fit_nodes_are_not_waited_for() -> None:
    assert Nodes().regained_after() == AT_ONCE


def test_a_node_that_is_not_fit_yet_is_waited_for() -> None:
    nodes = Nodes()
    nodes.are(node("worker2", ready="Unknown"))
    nodes.clock.at(seconds(3), lambda: nodes.are(node("worker2", taint=LOST)))
    nodes.clock.at(seconds(4), lambda: nodes.are(node("worker2")))
    assert nodes.regained_after() == pytest.approx(4, abs=0.1)
    assert not nodes.said


def test_a_node_that_stays_unfit_is_told_once_and_counted_on_no_more() -> None:
    nodes = Nodes()
    nodes.are(node("worker2", taint=LOST))
    assert nodes.regained_after() == pytest.approx(BACK)
    assert nodes.said == ["goes on without worker2: not fit for pods"]
    assert nodes.regained_after() == AT_ONCE


def test_a_node_that_has_left_is_not_waited_for() -> None:
    nodes = Nodes()
    nodes.are(node("worker2", ready="Unknown"))
    nodes.journal.write(gone(nodes.clock.now(), node("worker2")))
    assert nodes.regained_after() == AT_ONCE


def test_a_node_that_was_never_fit_is_not_waited_for() -> None:
    nodes = Nodes()
    nodes.are(node("worker3", ready="False"))
    assert nodes.regained_after() == AT_ONCE
