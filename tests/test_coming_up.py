"""How long pods took to come up, by what was shown of them and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chaos.clock import seconds
from chaos.history.coming_up import first_start
from chaos.history.facts import Event, Observed, Pod
from chaos.testing import at, container, pod
from chaos.workloads.admitted import Uid
from chaos.workloads.first_start import FirstStart

READY = replace(pod("web-1"), initialized=True)
RUNS = replace(READY, ready=False)
MAKES = replace(RUNS, containers=(container("app", state="waiting", reason="ContainerCreating"),))
INIT = replace(MAKES, initialized=False)
BARE = replace(INIT, containers=())  # its kubelet has not said a word
MADE = replace(BARE, node=None)
WHOLE = (at(1, MADE), at(2, BARE), at(3, INIT), at(7, MAKES), at(9, RUNS), at(14, READY))
TOOK = FirstStart(init=seconds(5), start=seconds(2), ready=seconds(5))


def took(*pods: Iterable[Observed]) -> FirstStart | None:
    return first_start(pods)


def test_each_step_counts_from_the_one_before() -> None:
    assert took(WHOLE) == TOOK


def test_a_pod_counts_from_its_node_and_not_from_when_it_was_made() -> None:
    assert took([at(-30, MADE), *WHOLE[1:]]) == TOOK
    assert took([at(-30, BARE), *WHOLE[1:]]) == replace(TOOK, init=seconds(37))


def test_what_comes_back_later_is_no_first_start() -> None:
    again = (at(20, RUNS), at(30, MAKES), at(40, RUNS), at(99, READY))
    assert took([*WHOLE, *again]) == TOOK


def test_what_is_shown_in_one_piece_took_no_time() -> None:
    nothing = seconds(0)
    assert took([at(2, BARE), at(9, READY)]) == FirstStart(seconds(7), nothing, nothing)
    assert took([at(9, READY)]) == FirstStart(nothing, nothing, nothing)


def test_all_its_containers_have_to_run() -> None:
    first, second = container("app"), container("side", state="waiting")
    half = replace(RUNS, containers=(first, second))
    both = replace(RUNS, containers=(first, container("side")))
    assert took([at(2, INIT), at(3, MAKES), at(4, half), at(8, both), at(8, READY)]) == FirstStart(
        seconds(1), seconds(5), seconds(0)
    )


def test_a_job_s_pod_that_has_succeeded_has_come_up() -> None:
    ended = replace(RUNS, phase="Succeeded", containers=(container("app", state="terminated"),))
    assert took([at(2, BARE), at(3, MAKES), at(4, RUNS), at(9, ended)]) == FirstStart(
        seconds(1), seconds(1), seconds(5)
    )


def test_of_several_pods_the_slowest_counts_step_by_step() -> None:
    other = (at(2, BARE), at(3, MAKES), at(13, RUNS), at(14, READY))
    assert (
        took(WHOLE, other) == took(other, WHOLE) == FirstStart(seconds(5), seconds(10), seconds(5))
    )


def test_what_is_shown_out_of_order_took_no_time() -> None:
    early = replace(MAKES, ready=True)
    assert took([at(2, BARE), at(3, early), at(9, RUNS)]) == FirstStart(
        seconds(1), seconds(6), seconds(0)
    )


def test_only_sights_of_the_pod_count() -> None:
    other = Event(Uid("e"), READY.uid, "Pulled")
    assert took([at(0, other), *WHOLE]) == TOOK


def test_of_what_never_came_up_nothing_is_known() -> None:
    assert took() is None
    assert took([]) is None
    assert took(WHOLE[:-1]) is None
    assert took(WHOLE[:-1], WHOLE) == TOOK


@given(
    st.lists(st.tuples(st.floats(0, 100), st.sampled_from([MADE, BARE, INIT, MAKES, RUNS, READY])))
)
def test_no_step_takes_less_than_no_time(seen: list[tuple[float, Pod]]) -> None:
    ordered = sorted(seen, key=lambda one: one[0])
    found = took([at(moment, shown) for moment, shown in ordered])
    assert found is None or min(found.init, found.start, found.ready) >= 0
