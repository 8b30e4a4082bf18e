from __future__ import annotations

import inspect
import re
from dataclasses import replace

import pytest

from chaos import History, Law, Ruling, Verdict, laws, seconds
from chaos.history.facts import Entry
from chaos.judging.law import law
from chaos.judging.recovery import Recovery, every, spells
from chaos.judging.ruling import eventually, never
from chaos.judging.stood import stands, stood
from chaos.laws import (
    exited,
    found_down,
    go_unready,
    never_replaced,
    replaced,
    reports,
    stop_answering,
)
from chaos.testing import app_of, at, gap, pod, story
from chaos.windows import Window, within
from chaos.workloads.admitted import NodeName, Stand

NODES = {"node", "nodes", "away_from", "on"}
WEB = pod("web-1")
FACT = at(5, WEB)
TEN = within(seconds(10))


def found(history: History, *, hold: float = 0, window: Window = TEN) -> Verdict:
    facts = (Recovery(seen) for seen, _ in history.sightings("web"))
    return eventually(history, facts, window, missing="nothing", hold=seconds(hold))


def injected(history: History, *, opened: float, start: float) -> History:
    return replace(history, opened=seconds(opened), start=seconds(start))


def test_a_verdict_refuses_to_be_a_bool() -> None:
    with pytest.raises(TypeError, match="compare its ruling"):
        bool(Verdict(Ruling.HOLDS, ""))


@pytest.mark.parametrize(
    ("entries", "end", "ruling"),
    [
        pytest.param([FACT], 5, Ruling.HOLDS, id="seen"),
        pytest.param([at(10, WEB)], 10, Ruling.HOLDS, id="at-the-deadline"),
        pytest.param([at(10.1, WEB)], 20, Ruling.BROKEN, id="after-the-deadline"),
        pytest.param([], 9.9, Ruling.OPEN, id="not-yet"),
        pytest.param([], 10, Ruling.BROKEN, id="not-in-time"),
        pytest.param([FACT], 4.9, Ruling.OPEN, id="seen-but-not-vouched-for"),
        pytest.param([gap(2, 3)], 20, Ruling.UNKNOWN, id="maybe-in-the-gap"),
        pytest.param([gap(9.9, 12)], 20, Ruling.UNKNOWN, id="maybe-at-the-last-moment"),
        pytest.param([gap(10, 12)], 20, Ruling.BROKEN, id="gap-after-the-deadline"),
        pytest.param([gap(-2, 0)], 20, Ruling.BROKEN, id="gap-before-the-fault"),
        pytest.param([gap(-2, 0.1)], 20, Ruling.UNKNOWN, id="gap-reaching-in"),
        pytest.param([gap(2, 3), FACT], 20, Ruling.HOLDS, id="seen-after-a-gap"),
    ],
)
def test_eventually_rules_on_a_fact_and_on_its_absence(
    entries: list[Entry], end: float, ruling: Ruling
) -> None:
    assert found(story(*entries, end=end)).ruling is ruling


@pytest.mark.parametrize(
    ("entries", "end", "ruling"),
    [
        pytest.param([FACT], 7.9, Ruling.OPEN, id="does-it-last"),
        pytest.param([FACT], 8, Ruling.HOLDS, id="it-lasted"),
        pytest.param([FACT, gap(7, 7.5)], 20, Ruling.UNKNOWN, id="gap-within-the-hold"),
        pytest.param([FACT, gap(8, 9)], 20, Ruling.HOLDS, id="gap-after-the-hold"),
        pytest.param([gap(4, 5), FACT], 20, Ruling.HOLDS, id="gap-before-the-hold"),
        pytest.param([at(10, WEB)], 13, Ruling.HOLDS, id="held-past-the-deadline"),
        pytest.param([gap(2, 3), FACT], 7.9, Ruling.OPEN, id="a-gap-long-over-puts-off-nothing"),
        # Another watch's gap: the pods were seen again before it was over.
        pytest.param([FACT, gap(4, 6)], 8.9, Ruling.OPEN, id="the-hold-begins-when-a-gap-is-over"),
        pytest.param([FACT, gap(4, 6)], 9, Ruling.HOLDS, id="it-lasted-from-there"),
        pytest.param([FACT, gap(4, 6), gap(3, 7)], 9.9, Ruling.OPEN, id="the-last-of-them-counts"),
        pytest.param([FACT, gap(4, 6), gap(3, 7)], 10, Ruling.HOLDS, id="from-the-last-of-them"),
        pytest.param([FACT, gap(4, 6), gap(7, 8)], 20, Ruling.UNKNOWN, id="and-then-another"),
        pytest.param([FACT, gap(5, 6)], 20, Ruling.UNKNOWN, id="gap-from-the-recovery-on"),
    ],
)
def test_a_recovery_must_be_seen_to_hold(entries: list[Entry], end: float, ruling: Ruling) -> None:
    assert found(story(*entries, end=end), hold=3).ruling is ruling


def test_an_open_verdict_says_when_to_ask_again() -> None:
    assert found(story(end=5)).due == seconds(10)
    assert found(story(FACT, end=5), hold=3).due == seconds(8)
    assert never(story(end=5), None, seconds(10)).due == seconds(10)


def test_a_verdict_shows_the_time_measured_and_the_window() -> None:
    verdict = found(story(FACT, end=20), hold=3)

    assert (
        verdict.because == "after 5.0 s, held 3 s, expected in [0.0, 10.0] s: the scenario says so"
    )
    assert (verdict.evidence, verdict.took, verdict.window) == ((FACT,), seconds(5), TEN)


def test_a_recovery_that_need_not_last_is_decided_when_it_is_seen() -> None:
    fact = Recovery(FACT)
    verdict = eventually(story(FACT, end=5), [fact], TEN, missing="nothing")

    assert verdict.ruling is Ruling.HOLDS
    assert verdict.because == "after 5.0 s, expected in [0.0, 10.0] s: the scenario says so"


@pytest.mark.parametrize(
    ("entries", "end"),
    [([], 5), ([], 20), ([gap(2, 3)], 20), ([FACT], 4), ([at(11, WEB)], 20)],
    ids=["open", "ended", "blind", "too-new", "too-late"],
)
def test_every_verdict_says_in_which_window(entries: list[Entry], end: float) -> None:
    history = story(*entries, end=end)
    forbidden = Window(seconds(0), seconds(10), "must not happen")

    assert found(history).window == TEN
    fact = FACT if FACT in entries else None
    assert never(history, fact, seconds(10)).window == forbidden
    later = injected(history, opened=4.5, start=30)
    assert never(later, FACT, seconds(10)).window == forbidden


def test_times_run_from_the_moment_the_fault_was_in_force() -> None:
    history = injected(story(FACT, end=20), opened=1, start=2)

    assert found(history).took == seconds(3)
    assert found(injected(story(at(12, WEB), end=20), opened=1, start=2)).ruling is Ruling.HOLDS


def test_what_comes_while_the_fault_is_caused_took_no_time() -> None:
    history = injected(story(FACT, end=20), opened=4, start=6)

    assert found(history).took == seconds(0)
    assert never(history, FACT, seconds(10)).took == seconds(0)


@pytest.mark.parametrize(
    ("moment", "ruling"), [(4.9, Ruling.BROKEN), (5.0, Ruling.HOLDS)], ids=["before", "at"]
)
def test_too_early_is_reckoned_from_the_first_attempt(moment: float, ruling: Ruling) -> None:
    window = Window(seconds(4), seconds(10), "a probe")
    history = injected(story(at(moment, WEB), end=20), opened=1, start=3)

    assert found(history, window=window).ruling is ruling


@pytest.mark.parametrize(
    ("hole", "ruling"),
    [
        pytest.param(gap(3, 5), Ruling.UNKNOWN, id="it-may-have-come-too-early"),
        pytest.param(gap(1, 2), Ruling.UNKNOWN, id="another-may-have-come-too-early"),
        pytest.param(gap(4, 4.5), Ruling.HOLDS, id="too-late-for-too-early"),
    ],
)
def test_a_gap_before_the_window_leaves_it_unknown_whether_it_was_too_early(
    hole: Entry, ruling: Ruling
) -> None:
    window = Window(seconds(4), seconds(10), "a probe")

    assert found(story(hole, FACT, end=20), window=window).ruling is ruling


def test_too_early_is_too_early_whatever_a_later_gap_hides() -> None:
    window = Window(seconds(8), seconds(10), "a probe")

    assert found(story(FACT, gap(6, 9), end=20), window=window).ruling is Ruling.BROKEN


@pytest.mark.parametrize("fact", [FACT, None], ids=["seen", "not-seen"])
def test_a_gap_over_the_injection_hides_what_caused_what(fact: Entry | None) -> None:
    entries = [gap(1.5, 2.5)] if fact is None else [gap(1.5, 2.5), fact]
    history = injected(story(*entries, end=20), opened=1, start=2)

    assert found(history).ruling is Ruling.UNKNOWN
    assert never(history, fact, seconds(10)).ruling is Ruling.UNKNOWN


def test_nothing_is_ruled_on_before_the_fault_is_in_force_for_sure() -> None:
    history = injected(story(at(1.5, WEB), end=1.7), opened=1, start=2)

    assert (found(history).ruling, found(history).due) == (Ruling.OPEN, seconds(2))
    verdict = never(history, at(1.5, WEB), seconds(10))
    assert (verdict.ruling, verdict.due) == (Ruling.OPEN, seconds(2))
    vouched = replace(history, end=seconds(2))
    assert found(vouched).ruling is Ruling.HOLDS
    assert never(vouched, at(1.5, WEB), seconds(10)).ruling is Ruling.BROKEN


@pytest.mark.parametrize(
    ("moment", "entries", "end", "ruling"),
    [
        pytest.param(5, [], 5, Ruling.BROKEN, id="it-happened"),
        pytest.param(10, [], 10, Ruling.BROKEN, id="at-the-last-moment"),
        pytest.param(10.1, [], 20, Ruling.HOLDS, id="after-its-time"),
        pytest.param(None, [], 9.9, Ruling.OPEN, id="not-yet"),
        pytest.param(None, [], 10, Ruling.HOLDS, id="not-once"),
        pytest.param(None, [gap(2, 3)], 20, Ruling.UNKNOWN, id="maybe-in-the-gap"),
        pytest.param(None, [gap(10, 12)], 20, Ruling.HOLDS, id="gap-after-its-time"),
        pytest.param(5, [gap(2, 3)], 20, Ruling.BROKEN, id="it-happened-gap-or-no-gap"),
        pytest.param(10.1, [gap(9, 10.1)], 20, Ruling.UNKNOWN, id="seen-late-after-a-gap"),
    ],
)
def test_never_rules_on_a_fact_and_on_its_absence(
    moment: float | None, entries: list[Entry], end: float, ruling: Ruling
) -> None:
    fact = None if moment is None else at(moment, WEB)

    assert never(story(*entries, end=end), fact, seconds(10)).ruling is ruling


def test_a_recovery_that_relapses_says_so() -> None:
    relapse = at(6, WEB)
    history = story(end=20)
    verdict = eventually(
        history, [Recovery(FACT, relapse)], TEN, missing="no restart", hold=seconds(3)
    )

    assert verdict.because == "no restart in 10 s, nor in 20 s; back after 5.0 s, failed again"


def test_spells_are_runs_of_one_state() -> None:
    a, b, c, d = (at(moment, WEB) for moment in (1, 2, 3, 4))

    assert list(spells([])) == []
    assert list(spells([(a, None), (b, None)])) == []
    assert list(spells([(a, "x"), (b, "x")])) == [Recovery(a)]
    assert list(spells([(a, "x"), (b, None), (c, "x")])) == [Recovery(a, b), Recovery(c)]
    assert list(spells([(a, "x"), (b, "y"), (c, "y"), (d, None)])) == [
        Recovery(a, b),
        Recovery(b, d),
    ]


def test_a_recovery_of_several_is_the_last_of_them_and_none_without_one() -> None:
    first, last = at(1, WEB), at(2, WEB)

    assert list(every([last, first])) == [Recovery(last)]
    assert list(every([first, None])) == []
    assert list(every([])) == []


def test_a_law_is_its_call_its_sentence_and_its_subjects() -> None:
    one = replaced(app_of(WEB), away_from="worker1", within=within(seconds(10)))

    assert str(one) == "replaced(workload=web, away_from=worker1, within=[0.0, 10.0] s)"
    assert one.name == "chaos.laws:replaced"
    assert (
        one.sentence
        == "Every pod that stood on the lost node is replaced by a ready one elsewhere."
    )
    assert one.subject.names == {"web", "worker1"}
    assert one.short == "replaced(web, worker1)"


def test_a_law_about_several_workloads_names_each() -> None:
    both = stop_answering((app_of(WEB), app_of(pod("db-1"))))

    assert both.subject.names == {"web", "db"}
    assert str(both) == "stop_answering(apps=(web, db))"


def test_a_text_is_a_subject_only_where_the_law_says_so() -> None:
    assert reports(app_of(WEB), what="db", value=True).subject.names == {"web"}
    assert found_down(("etcd", "worker1/kubelet")).subject.names == {"etcd", "worker1/kubelet"}
    assert go_unready(("worker1", "worker2"), within=TEN).subject.names == {"worker1", "worker2"}


@pytest.mark.parametrize("name", laws.__all__)
def test_each_law_about_nodes_says_so(name: str) -> None:
    parameters = inspect.signature(getattr(laws, name)).parameters
    named = {n: str(p.annotation) for n, p in parameters.items() if n in NODES}
    assert [
        n for n, said in named.items() if not {"NodeName", "Newcomer"} & {*re.findall(r"\w+", said)}
    ] == []


def test_several_names_are_shown_without_quotes() -> None:
    law_of_nodes = go_unready(("worker1",), within=TEN)

    assert str(law_of_nodes) == "go_unready(nodes=(worker1), within=[0.0, 10.0] s)"


def test_defaults_are_no_part_of_a_law_s_call() -> None:
    assert "reasons" not in str(exited(app_of(WEB), code=1, within=TEN))


def test_a_law_without_a_docstring_is_known_by_its_name() -> None:
    @law
    def holds_water(aftermath: History) -> Verdict:
        return never(aftermath, None, seconds(0))

    assert isinstance(holds_water(), Law)
    assert holds_water().sentence == "holds_water"


def test_a_wrong_argument_is_refused_when_the_law_is_stated() -> None:
    with pytest.raises(TypeError, match="through"):
        never_replaced(app_of(WEB))  # type: ignore[call-arg]


@pytest.mark.parametrize(("again", "ruling"), [(8.9, Ruling.UNKNOWN), (9.1, Ruling.HOLDS)])
def test_a_relapse_counts_until_the_hold_is_over_that_a_gap_put_off(
    again: float, ruling: Ruling
) -> None:
    relapse = at(again, WEB)
    history = story(FACT, gap(4, 6), relapse, end=20)

    assert (
        eventually(
            history, [Recovery(FACT, relapse)], TEN, missing="no pod", hold=seconds(3)
        ).ruling
        is ruling
    )


def test_a_law_is_about_the_pods_that_are_named_or_all_when_others_have_come_since() -> None:
    one, two, late = pod("web-1"), pod("web-2"), pod("web-3")
    there = story(stood=[one, two], end=1)

    assert stood(there, app_of(one, two)) == [one, two]
    assert stood(there, app_of(two)) == [two]
    assert stood(there, app_of(late)) == [one, two]


def test_where_they_stood_is_what_the_api_server_showed_last() -> None:
    one, unbound = pod("web-1", node="worker2"), replace(pod("web-2"), node=None)
    there = story(stood=[one, unbound], end=1)

    assert stands(there, app_of(pod("web-1"))) == (
        Stand(one.uid, "web-1", NodeName("worker2"), "default"),
    )
    assert [stand.node for stand in stands(there, app_of(one, unbound))] == ["worker2", ""]


@pytest.mark.parametrize(
    ("end", "told"),
    [(10, ""), (10.9, ""), (11, ", nor in 11 s"), (20, ", nor in 20 s")],
)
def test_what_never_came_is_told_with_how_long_was_looked(end: float, told: str) -> None:
    never_came = found(story(end=end))
    assert never_came.because == f"nothing in 10 s{told}"
    assert (never_came.missed, never_came.late) == (True, None)


def test_what_came_late_is_told_with_when() -> None:
    late = at(12, WEB)
    verdict = found(story(late, end=20))
    assert verdict.because == "nothing in 10 s; it came after 12.0 s"
    assert (verdict.missed, verdict.late) == (False, late)
    assert not found(story(FACT, end=20)).missed
