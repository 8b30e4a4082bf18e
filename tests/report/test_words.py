"""What the report says of a look at a node, and that it is kept."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from chaos.clock import seconds
from chaos.history.facts import Entry, Gap, Lag
from chaos.history.looked import Found, Inspected
from chaos.report.words import entry_words
from chaos.workloads.admitted import NodeName, Uid

C = "containerd://c0"
KEPT: TypeAdapter[Entry] = TypeAdapter(Entry)


def look(*found: Found) -> Inspected:
    ids = tuple(one.id for one in found)
    return Inspected(seconds(1), Uid("u"), "web", NodeName("worker1"), ids, found)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        pytest.param((), "on worker1 run no containers of it", id="none"),
        pytest.param(
            (Found(C, "app", memory_mib=12.4),),
            f"on worker1 run {C}; app: its main process is running, 12 MiB",
            id="well",
        ),
        pytest.param(
            (Found(C, "app", "stopped", memory_mib=12, limit_mib=64.0),),
            f"on worker1 run {C}; app: its main process is stopped, 12 of 64 MiB",
            id="stopped",
        ),
        pytest.param(
            (Found(C, "app", cpus=0.01, throttled=7),),
            f"on worker1 run {C}; app: its main process is running, 0 MiB, 0.01 CPUs, throttled 7x",
            id="starved",
        ),
        pytest.param(
            (Found(C, "app", failing=(("/bin/ping", 1),)),),
            f"on worker1 run {C}; app: its main process is running, 0 MiB, /bin/ping ends with 1",
            id="with-a-program-that-fails",
        ),
    ],
)
def test_a_look_at_a_node_is_told(found: tuple[Found, ...], says: str) -> None:
    assert entry_words(look(*found)) == f"pod u: {says}"


def test_a_watch_that_was_late_is_no_watch_that_was_down() -> None:
    lag, gap = Lag(seconds(3), seconds(4.5)), Gap(seconds(3), seconds(4.5), "node: reset")
    late = "the watch was late: what it showed within 1.5 s may have been so already"
    assert entry_words(lag) == late
    assert entry_words(gap) == "the watch was down for 1.5 s: node: reset"


def test_a_look_is_kept_as_it_was_and_one_from_before_has_no_containers() -> None:
    full = look(Found(C, "app", "stopped", 2, 2, 12.5, 64.0, 0.5, 7))
    old = (
        '{"at": 1, "uid": "u", "workload": "web", "node": "worker1", '
        f'"running": ["{C}"], "kind": "inspected"}}'
    )

    assert KEPT.validate_json(KEPT.dump_json(full)) == full
    read = KEPT.validate_json(old)
    assert isinstance(read, Inspected)
    assert (read.running, read.containers, read.container("app")) == ((C,), (), None)
