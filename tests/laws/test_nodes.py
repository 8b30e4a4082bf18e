from __future__ import annotations

import pytest

from chaos import Ruling, seconds
from chaos.entry import Node
from chaos.laws import becomes_ready, goes_unready
from chaos.testing import at, node, story
from chaos.windows import within

WINDOW = within(seconds(10))


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(node("worker1", ready="Unknown"), Ruling.HOLDS, id="unknown"),
        pytest.param(node("worker1", ready="False"), Ruling.HOLDS, id="not-ready"),
        pytest.param(node("worker1"), Ruling.BROKEN, id="still-ready"),
        pytest.param(node("worker2", ready="Unknown"), Ruling.BROKEN, id="another-node"),
    ],
)
def test_going_unready_by_near_misses(seen: Node, ruling: Ruling) -> None:
    law = goes_unready("worker1", within=WINDOW)

    assert law.judge(story(at(3, seen), end=20)).ruling is ruling


@pytest.mark.parametrize(
    ("seen", "ruling"),
    [
        pytest.param(node("worker1"), Ruling.HOLDS, id="ready"),
        pytest.param(node("worker1", taint="mine/own:NoSchedule"), Ruling.HOLDS, id="own-taint"),
        pytest.param(node("worker1", ready="Unknown"), Ruling.BROKEN, id="unknown"),
        pytest.param(
            node("worker1", taint="node.kubernetes.io/unreachable:NoExecute"),
            Ruling.BROKEN,
            id="ready-but-tainted",
        ),
        pytest.param(node("worker2"), Ruling.BROKEN, id="another-node"),
    ],
)
def test_becoming_ready_by_near_misses(seen: Node, ruling: Ruling) -> None:
    law = becomes_ready("worker1", within=WINDOW)

    assert law.judge(story(at(3, seen), end=20)).ruling is ruling
