from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from chaos import Ruling, seconds
from chaos.clock import ManualClock, Seconds
from chaos.history.effect import Effect
from chaos.history.facts import (
    Answered,
    Entry,
    Event,
    Gap,
    Healed,
    Healing,
    Injected,
    Injecting,
    Observed,
)
from chaos.history.history import History
from chaos.history.index import Index
from chaos.history.journal import Journal, replay
from chaos.laws import (
    exited,
    leaves_endpoints,
    never_replaced,
    never_restarted,
    replaced,
    stays_hung,
)
from chaos.laws import restarted as is_restarted
from chaos.testing import app_of, at, endpoints, gap, gone, node, pod, restarted, story
from chaos.windows import within
from chaos.workloads.admitted import Uid

WEB, DB = pod("web-1"), pod("db-1")
APP = app_of(WEB)


def injecting(at: float, number: int = 1) -> Injecting:
    return Injecting(seconds(at), "fault", number)


def injected(at: float, number: int = 1) -> Injected:
    return Injected(seconds(at), "fault", number)


def test_each_question_is_answered_from_its_own_entries() -> None:
    answer = Answered(seconds(4), WEB.uid, "web", 200)
    ours: list[Entry] = [at(1, WEB), at(2, node("worker1")), at(3, endpoints("web", WEB)), answer]
    history = story(*ours, at(5, DB), at(6, node("worker2")), at(7, endpoints("db", DB)), end=9)

    assert list(history.sightings("web")) == [(ours[0], WEB)]
    assert list(history.of_pod(WEB.uid)) == [(ours[0], WEB)]
    assert list(history.of_node("worker1")) == [(ours[1], node("worker1"))]
    assert list(history.of_service("web")) == [(ours[2], endpoints("web", WEB))]
    assert list(history.answers("web")) == [answer]
    assert len(history.entries) == 7


def test_what_was_never_seen_is_an_empty_answer() -> None:
    history = story(end=9)

    assert list(history.sightings("web")) == []
    assert history.blind(seconds(0), seconds(9)) is None
    assert history.stood("web") == ()
    assert history.opening.node("worker1") is None


def test_a_history_ends_where_it_was_asked_for() -> None:
    journal = Journal(ManualClock())
    journal.write(injecting(0))
    journal.write(at(1, WEB))

    asked = journal.since(1)
    journal.write(at(2, WEB))

    assert [seen.at for seen, _ in asked.sightings("web")] == [seconds(1)]
    assert [seen.at for seen, _ in journal.since(1).sightings("web")] == [seconds(1), seconds(2)]


def test_a_history_begins_with_the_first_attempt_and_time_runs_from_its_success() -> None:
    journal = Journal(ManualClock())
    entries: list[Entry] = [at(0, WEB), injecting(1), at(2, WEB), injected(3), at(4, WEB)]
    for entry in entries:
        journal.write(entry)

    history = journal.since(1)

    assert (history.opened, history.start) == (seconds(1), seconds(3))
    assert history.entries == tuple(entries[1:])


def test_an_attempt_that_never_succeeded_is_asked_about_from_itself() -> None:
    journal = Journal(ManualClock())
    journal.write(injecting(1))

    assert journal.since(1).start == seconds(1)


def test_each_fault_has_its_own_history() -> None:
    journal = Journal(ManualClock())
    entries: tuple[Entry, ...] = (
        injecting(1),
        injected(1),
        at(2, WEB),
        injecting(3, 2),
        injected(3, 2),
    )
    for entry in entries:
        journal.write(entry)

    assert journal.since(1).stood("web") == ()
    assert journal.since(2).stood("web") == (WEB,)
    assert journal.since(2).start == seconds(3)


def test_healing_has_its_own_history() -> None:
    journal = Journal(ManualClock())
    journal.write(injecting(1))
    journal.write(injected(1))
    journal.write(at(2, WEB))
    journal.write(Healing(seconds(3), "fault", 1))
    journal.write(Healed(seconds(4), "fault", 1))

    history = journal.since(1, "healed")

    assert (history.opened, history.start) == (seconds(3), seconds(4))
    assert history.stood("web") == (WEB,)
    assert len(history.entries) == 2


def test_the_opening_is_the_last_sighting_of_each_thing_that_is_not_gone() -> None:
    journal = Journal(ManualClock())
    ill = replace(WEB, ready=False)
    for entry in [at(0, WEB), at(1, ill), at(1, DB), gone(2, DB), at(2, node("worker1"))]:
        journal.write(entry)
    journal.write(at(3, node("worker1", ready="Unknown")))
    journal.write(at(3, endpoints("web", WEB)))
    journal.write(at(3, endpoints("web", DB, slice_name="web-second")))
    journal.write(at(4, Event(Uid("e"), WEB.uid, "Killing")))
    journal.write(injecting(5))

    opening = journal.since(1).opening

    assert opening.pods("web") == (ill,)
    assert opening.pods("db") == ()
    assert opening.node("worker1") == node("worker1", ready="Unknown")
    assert opening.endpoints("web") == {"web-1": {WEB.uid}, "web-second": {DB.uid}}
    assert opening.endpoints("db") == {}
    assert len(opening.things) == 4


def test_pods_of_one_name_are_two_pods() -> None:
    journal = Journal(ManualClock())
    journal.write(at(0, WEB))
    journal.write(at(0, replace(WEB, uid=Uid("another"))))

    assert len(journal.standing().pods("web")) == 2
    assert journal.latest(WEB) == WEB
    assert set(journal.known("pod")) == {WEB.uid, "another"}


def test_the_frontier_never_goes_back() -> None:
    journal = Journal(ManualClock())

    journal.vouch(seconds(5))
    journal.vouch(seconds(3))

    assert journal.frontier == seconds(5)


@pytest.mark.parametrize(
    ("since", "until", "sees"),
    [
        pytest.param(0, 4, True, id="ends-where-it-begins"),
        pytest.param(0, 4.1, False, id="reaching-in"),
        pytest.param(5, 6, False, id="inside"),
        pytest.param(8, 9, True, id="begins-where-it-ends"),
        pytest.param(7.9, 9, False, id="reaching-out"),
        pytest.param(0, 20, False, id="around"),
    ],
)
def test_a_stretch_is_seen_unless_a_gap_overlaps_it(
    since: float,
    until: float,
    sees: bool,  # noqa: FBT001
) -> None:
    found = story(gap(4, 8), end=20).blind(seconds(since), seconds(until))

    assert (found is None) is sees


def test_a_gap_written_before_the_history_may_reach_into_it() -> None:
    journal = Journal(ManualClock())
    hole = Gap(seconds(1), seconds(6))
    journal.write(hole)
    journal.write(injecting(5))

    assert journal.since(1).blind(seconds(5), seconds(7)) == hole


def test_a_gap_written_after_the_question_is_not_known_to_it() -> None:
    journal = Journal(ManualClock())
    journal.write(injecting(1))
    asked = journal.since(1)
    journal.write(Gap(seconds(2), seconds(3)))

    assert asked.blind(seconds(1), seconds(5)) is None


def test_a_stored_past_gives_the_same_history() -> None:
    entries: list[Entry] = [at(0, WEB), injecting(1), injected(2), at(3, restarted(WEB))]

    journal = replay(entries, ManualClock(), frontier=seconds(9))

    assert journal.since(1).end == seconds(9)
    assert journal.since(1).stood("web") == (WEB,)
    assert journal.since(1).entries == tuple(entries[1:])


class CountingIndex(Index):
    """A log that counts how many of its entries are read through the index."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.reads = 0
        super().__init__(entries)

    def about(self, key: tuple[str, str], first: int, last: int) -> Iterator[Entry]:
        for entry in super().about(key, first, last):
            self.reads += 1
            yield entry


LAWS = [
    is_restarted(APP, within=within(seconds(60))),
    never_restarted(APP, through=seconds(60)),
    replaced(APP, away_from="worker1", within=within(seconds(60))),
    never_replaced(APP, through=seconds(60)),
    exited(APP, code=137, within=within(seconds(60))),
    leaves_endpoints(APP, within=within(seconds(60))),
    stays_hung(APP, through=seconds(60)),
]


def test_a_question_costs_what_it_touches_and_not_the_past() -> None:
    strangers = [pod(f"other{n % 50}-{n}") for n in range(5000)]
    index = CountingIndex(at(1, stranger) for stranger in strangers)
    index.append(at(2, WEB))
    zero = Seconds(0.0)

    for length in range(len(index.entries), len(index.entries) + 20):
        index.append(at(3, pod(f"late-{length}")))
        opening = story(stood=[WEB, endpoints("web", WEB)], end=0).opening
        history = History(zero, zero, seconds(3), opening, index, 0, len(index.entries))
        for law in LAWS:
            assert law.judge(history).ruling is Ruling.OPEN

    assert index.reads <= 20 * len(LAWS)


def test_the_whole_log_reads_as_it_was_written() -> None:
    entries: list[Entry] = [at(1, WEB), gap(1, 2), at(3, DB)]

    assert Index(entries).entries == entries
    assert isinstance(Index(entries).entries[0], Observed)


def test_a_fault_s_history_knows_those_that_were_open_when_it_came() -> None:
    looks = [Effect("silent"), Effect("ends"), Effect("lost")]
    entries: list[Entry] = []
    for number, look in enumerate(looks, start=1):
        entries += [
            Injecting(seconds(number), "F", number, look),
            Injected(seconds(number), "F", 1),
        ]
        entries += [Healed(seconds(2.5), "F", 1)] if number == 2 else []
    entries += [Healing(seconds(9), "F", 3), Healed(seconds(9), "F", 3)]

    journal = replay(entries, ManualClock(), frontier=seconds(9))

    assert [journal.since(n).beside for n in (1, 2, 3)] == [(), (looks[0],), (looks[1],)]
    assert journal.since(3, "healed").beside == ()
