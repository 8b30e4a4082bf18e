"""How long pods took to come up, by what was shown of them and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
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


def says(reason: str, container: str = "app") -> Event:
    return Event(Uid(reason + container), READY.uid, reason, container=container)


def pulled(*pulls: Observed) -> float:
    """How long images were pulled, of the two seconds from 7 to 9 in which containers started."""
    found = took(sorted([*WHOLE, *pulls], key=lambda one: one.at))
    assert found is not None
    assert replace(found, pull=seconds(0)) == TOOK
    assert found.again == found.start - found.pull
    return found.pull


def test_what_an_image_s_pull_took_no_later_start_takes() -> None:
    assert pulled(at(7.25, says("Pulling")), at(8.5, says("Pulled"))) == 1.25


@pytest.mark.parametrize(
    ("pulls", "took"),
    [
        pytest.param([at(7.5, says("Pulled"))], 0, id="it-was-there"),
        pytest.param([at(7.5, says("Pulling"))], 0, id="nobody-said-when-it-was-over"),
        pytest.param([at(4, says("Pulling")), at(6, says("Pulled"))], 0, id="of-an-init-container"),
        pytest.param([at(6, says("Pulling")), at(8, says("Pulled"))], 1, id="from-before-it"),
        pytest.param([at(8, says("Pulling")), at(12, says("Pulled"))], 1, id="told-late"),
        pytest.param([at(10, says("Pulling")), at(12, says("Pulled"))], 0, id="of-a-later-start"),
        pytest.param([at(7, says("Pulling")), at(8, says("Pulled", "b"))], 0, id="of-two"),
        pytest.param(
            [at(7, says("Pulling")), at(7.5, says("Pulling")), at(8, says("Pulled"))],
            1,
            id="in-vain-at-first",
        ),
        pytest.param(
            [at(7, says("Pulling")), at(7.5, says("Pulled")), at(8.5, says("Pulled"))],
            0.5,
            id="another-start-found-it-there",
        ),
        pytest.param(
            [
                at(7, says("Pulling")),
                at(7.5, says("Pulled")),
                at(8, says("Pulling", "b")),
                at(8.25, says("Pulled", "b")),
            ],
            0.75,
            id="one-after-the-other",
        ),
        pytest.param([at(7, says("Pulling")), at(9, says("Pulled"))], 2, id="it-took-all-of-it"),
        pytest.param(
            [
                at(7, says("Pulling")),
                at(7, says("Pulling", "b")),
                at(9, says("Pulled")),
                at(9, says("Pulled", "b")),
            ],
            2,
            id="both-at-once",
        ),
    ],
)
def test_which_pulls_count_by_near_misses(pulls: list[Observed], took: float) -> None:
    assert pulled(*pulls) == took


def test_of_several_pods_the_one_that_took_longest_without_its_pull_counts() -> None:
    """The first has pulled for 16 of its 20 seconds, the other took 6: so may they again."""
    slow = [at(0, INIT), at(0, MAKES), at(0, says("Pulling")), at(16, says("Pulled"))]
    other = [at(0, INIT), at(0, MAKES), at(6, RUNS), at(7, READY)]

    found = took([*slow, at(20, RUNS), at(20, READY)], other)

    assert found is not None
    assert (found.start, found.again) == (seconds(20), seconds(6))


def test_of_what_never_came_up_nothing_is_known() -> None:
    assert took() is None
    assert took([]) is None
    assert took(WHOLE[:-1]) is None
    assert took(WHOLE[:-1], WHOLE) == TOOK


THINGS = [MADE, BARE, INIT, MAKES, RUNS, READY, says("Pulling"), says("Pulled")]


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from(THINGS))))
def test_no_step_takes_less_than_no_time(seen: list[tuple[float, Pod | Event]]) -> None:
    ordered = sorted(seen, key=lambda one: one[0])
    found = took([at(moment, shown) for moment, shown in ordered])
    assert found is None or min(found.init, found.ready, found.pull, found.again) >= 0
