from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos import Law, Ruling, seconds
from chaos.history.facts import Answered, Entry, Pod
from chaos.history.looked import STALLED, Visit, Visited
from chaos.judging.judgement import judge
from chaos.judging.verdict import Verdict
from chaos.laws import goes_on_failing, keeps_answering
from chaos.laws.users import LATE
from chaos.running.asking import PATIENCE
from chaos.testing import app_of, pod, story
from chaos.windows import Window

WEB, USERS, MORE = pod("web-1"), pod("users"), pod("more")
APP, VISITOR, OTHER = app_of(WEB), app_of(USERS, kind="Pod"), app_of(MORE, kind="Pod")
THROUGH = seconds(10)


def requests(count: int, said: int | str = 200, **place: float) -> tuple[Visit, ...]:
    """So many requests from second `since` (1) on, every 10 ms, that `took` 1 ms each."""
    since, took = place.get("since", 1), place.get("took", 0.001)
    return tuple(Visit(seconds(since + n / 100), took, said) for n in range(count))


def word(
    *visits: Visit, at: float = 11, since: float = -5, through: float = 10, of: Pod = USERS
) -> Visited:
    """What a visitor tells: all that it sent up to second 10, unless told otherwise."""
    stretch = seconds(since), seconds(through)
    return Visited(seconds(at), of.uid, of.workload, "web", *stretch, visits)


def silent(moment: float, of: Pod = USERS) -> Answered:
    return Answered(seconds(moment), of.uid, of.workload, None, None)


def keeps(least: float = 0.98, **more: float) -> Law:
    spans = {name: seconds(value) for name, value in more.items()}
    return keeps_answering(APP, to=VISITOR, at_least=least, through=THROUGH, **spans)


def ask(law: Law, *entries: Entry) -> Verdict:
    return law.judge(story(*entries, end=30, stood=[WEB, USERS, MORE]))


@pytest.mark.parametrize(
    ("told", "ruling"),
    [
        pytest.param(word(*requests(98), *requests(2, "refused")), Ruling.HOLDS, id="98-of-100"),
        pytest.param(word(*requests(97), *requests(3, "refused")), Ruling.BROKEN, id="97-of-100"),
        pytest.param(word(*requests(97), *requests(3, 500)), Ruling.BROKEN, id="but-an-error"),
        pytest.param(word(*requests(97), *requests(3, 400)), Ruling.BROKEN, id="but-refused-so"),
        pytest.param(word(*requests(97), *requests(3, 399)), Ruling.HOLDS, id="no-error-yet"),
        pytest.param(word(*requests(97), *requests(3, 302)), Ruling.HOLDS, id="a-redirect"),
        pytest.param(word(*requests(100, took=1.9)), Ruling.HOLDS, id="slow"),
        pytest.param(word(*requests(20)), Ruling.HOLDS, id="just-enough"),
        pytest.param(word(*requests(19)), Ruling.UNKNOWN, id="too-few-to-tell"),
        pytest.param(word(), Ruling.UNKNOWN, id="none"),
        pytest.param(word(*requests(50), through=9.9), Ruling.OPEN, id="but-not-all-is-told"),
        pytest.param(word(*requests(50), of=MORE), Ruling.OPEN, id="but-another-visitor"),
        pytest.param(
            replace(word(*requests(50)), uid=MORE.uid), Ruling.OPEN, id="but-a-pod-of-before"
        ),
        pytest.param(
            replace(word(*requests(50)), asked="api"), Ruling.UNKNOWN, id="but-of-another-app"
        ),
        pytest.param(word(*requests(50), since=0.1), Ruling.UNKNOWN, id="but-started-anew"),
        pytest.param(word(*requests(50), since=0), Ruling.HOLDS, id="started-just-in-time"),
        pytest.param(
            word(*requests(50), at=10 + LATE + 0.1), Ruling.OPEN, id="but-told-much-too-late"
        ),
        pytest.param(word(*requests(50), at=10 + LATE), Ruling.HOLDS, id="told-late"),
    ],
)
def test_users_are_answered_by_near_misses(told: Visited, ruling: Ruling) -> None:
    assert ask(keeps(), told).ruling is ruling


@pytest.mark.parametrize(
    ("bad", "ruling"),
    [
        pytest.param(requests(9, "reset", since=-0.1), Ruling.HOLDS, id="before-the-fault"),
        pytest.param(requests(9, "reset", since=0), Ruling.BROKEN, id="from-the-fault-on"),
        pytest.param(requests(9, "reset", since=9.9), Ruling.BROKEN, id="to-the-end"),
        pytest.param(requests(9, "reset", since=10.01), Ruling.HOLDS, id="after-the-end"),
        pytest.param(requests(9, STALLED, since=3), Ruling.HOLDS, id="while-the-visitor-stalled"),
    ],
)
def test_only_requests_of_the_time_count(bad: tuple[Visit, ...], ruling: Ruling) -> None:
    assert ask(keeps(), word(*requests(100), *bad)).ruling is ruling


@pytest.mark.parametrize(
    ("sent", "ruling"),
    [
        (-0.001, Ruling.HOLDS),
        (0, Ruling.BROKEN),
        (10, Ruling.BROKEN),
        (10.001, Ruling.HOLDS),
    ],
)
def test_one_request_at_the_edge_counts_or_not(sent: float, ruling: Ruling) -> None:
    assert ask(keeps(1), word(*requests(50), *requests(1, "reset", since=sent))).ruling is ruling


def test_the_first_seconds_may_be_excepted() -> None:
    bad = requests(10, "refused", since=2.9)

    assert ask(keeps(), word(*requests(50), *bad)).ruling is Ruling.BROKEN
    assert ask(keeps(except_for=3), word(*bad, *requests(50, since=4))).ruling is Ruling.HOLDS
    assert ask(keeps(except_for=2.9), word(*bad, *requests(50, since=4))).ruling is Ruling.BROKEN


def test_a_request_that_may_have_been_sent_before_the_fault_does_not_count() -> None:
    """Its moment may be late by `error`: it is not held against the app."""
    bad = requests(5, "refused", since=0.2)
    told = word(*bad, *requests(50))

    assert ask(keeps(), replace(told, error=0.19)).ruling is Ruling.BROKEN
    assert ask(keeps(), replace(told, error=0.3)).ruling is Ruling.HOLDS


def test_a_slow_answer_is_none_where_speed_is_promised() -> None:
    told = word(*requests(90), *requests(10, took=0.5, since=3))

    assert ask(keeps(0.9, faster_than=0.5), told).ruling is Ruling.HOLDS
    assert ask(keeps(0.91, faster_than=0.5), told).ruling is Ruling.BROKEN
    assert ask(keeps(1, faster_than=0.51), told).ruling is Ruling.HOLDS
    failing = word(*requests(90), *requests(10, "refused"))
    assert ask(keeps(0.91, faster_than=0.5), failing).ruling is Ruling.BROKEN


def test_the_verdict_says_how_many_when_and_how() -> None:
    bad = (*requests(2, "refused", since=0.2), *requests(1, 503, since=7))
    told = word(*requests(197), replace_sent(bad[0], 0.2), replace_sent(bad[1], 0.4), bad[2])

    assert ask(keeps(), told).because == (
        "answered 197 of 200 requests (98.5 %), at least 98 % wanted;"
        " 1 answered 503 at 7.0 s; 2 refused between 0.2 and 0.4 s"
    )
    slow = ask(keeps(faster_than=0.5), word(*requests(97), *requests(3, took=0.7, since=2)))
    assert slow.because == (
        "answered within 0.5 s 97 of 100 requests (97.0 %), at least 98 % wanted;"
        " 3 too slow at 2.0 s"
    )


def replace_sent(visit: Visit, moment: float) -> Visit:
    return visit._replace(sent=seconds(moment))


@pytest.mark.parametrize(
    "told",
    [
        (word(*requests(50)),),
        (word(*requests(50, 500)),),
        (word(*requests(5)),),
        (word(*requests(50), since=5),),
        (),
    ],
)
def test_each_verdict_says_when(told: tuple[Visited, ...]) -> None:
    verdict = ask(keeps(except_for=2), *told)

    assert verdict.window == Window(seconds(2), seconds(10), "must stay so")


def test_times_count_from_the_injection() -> None:
    late = replace(
        story(
            word(*requests(50, since=4), *requests(9, 500, since=3)),
            end=30,
            stood=[WEB, USERS, MORE],
        ),
        start=seconds(3),
    )
    anew = replace(story(word(since=5), end=30, stood=[WEB, USERS, MORE]), start=seconds(3))

    told = keeps_answering(APP, to=VISITOR, at_least=0.98, through=seconds(7))
    assert "9 answered 500 between 0.0 and 0.1 s" in told.judge(late).because
    assert "what it saw before 2.0 s is not known" in told.judge(anew).because


def test_a_share_is_never_rounded_up_to_what_was_wanted() -> None:
    verdict = ask(keeps(0.99), word(*requests(494), *requests(5, "refused")))

    assert verdict.ruling is Ruling.BROKEN
    assert "(98.9 %), at least 99 % wanted" in verdict.because


@pytest.mark.parametrize(
    ("told", "ruling"),
    [
        pytest.param(word(*requests(70), *requests(30, "reset")), Ruling.HOLDS, id="30-of-100"),
        pytest.param(word(*requests(71), *requests(29, "reset")), Ruling.BROKEN, id="29-of-100"),
        pytest.param(word(*requests(70), *requests(30, 500)), Ruling.HOLDS, id="errors"),
        pytest.param(word(*requests(100, took=1.9)), Ruling.BROKEN, id="slow-is-no-failure"),
        pytest.param(word(*requests(19, "reset")), Ruling.UNKNOWN, id="too-few-to-tell"),
        pytest.param(word(*requests(50, 500), through=9.9), Ruling.OPEN, id="not-all-is-told"),
    ],
)
def test_going_on_failing_by_near_misses(told: Visited, ruling: Ruling) -> None:
    law = goes_on_failing(APP, to=VISITOR, at_least=0.3, through=THROUGH)

    assert ask(law, told).ruling is ruling


def test_a_share_that_binary_fractions_cannot_hold_is_exact() -> None:
    law = goes_on_failing(APP, to=VISITOR, at_least=0.07, through=THROUGH)

    assert ask(law, word(*requests(93), *requests(7, "reset"))).ruling is Ruling.HOLDS


def test_what_was_told_in_parts_is_one() -> None:
    first = word(*requests(10, "refused"), at=4, through=3.5)
    rest = word(*requests(40, since=4), at=11, since=3.5)

    assert "answered 40 of 50" in ask(keeps(), first, rest).because
    assert ask(keeps(), first).ruling is Ruling.OPEN
    assert ask(keeps(), rest).ruling is Ruling.UNKNOWN  # the first part was lost


def test_what_was_lost_before_the_time_does_not_matter() -> None:
    before = word(*requests(10, "refused"), at=2, through=1)
    anew = word(*requests(50, since=4), since=2.5)

    assert ask(keeps(except_for=3), before, anew).ruling is Ruling.HOLDS
    assert ask(keeps(except_for=2), before, anew).ruling is Ruling.UNKNOWN


def test_what_is_told_after_all_was_told_changes_nothing() -> None:
    told = word(*requests(50))
    later = word(*requests(50, "refused"), at=12, since=10, through=11)

    assert ask(keeps(), told, later) == ask(keeps(), told)


def test_every_visitor_is_heard_or_nothing_is_known() -> None:
    law = keeps_answering(APP, to=(VISITOR, OTHER), at_least=0.98, through=THROUGH)
    good = word(*requests(50))
    bad = word(*requests(50, "refused"), of=MORE)

    half = ask(law, good)
    assert (half.ruling, half.ask, half.due) == (Ruling.OPEN, OTHER.stands, seconds(10))
    assert ask(law, silent(10.2)).due == seconds(10)  # the other was not asked yet
    assert ask(law, good, bad).ruling is Ruling.BROKEN
    dead = ask(law, good, silent(11, MORE), silent(10 + LATE + 0.1, MORE))
    assert dead.ruling is Ruling.UNKNOWN
    assert dead.because == "of more nothing is known from 0.0 s on: it is silent, or sent no more"


def test_a_visitor_is_waited_for_as_long_as_the_recorder() -> None:
    assert LATE == PATIENCE == seconds(15)


def test_a_silent_visitor_is_asked_again_once_a_second_and_then_given_up() -> None:
    nobody = ask(keeps())
    assert (nobody.ruling, nobody.ask, nobody.due) == (Ruling.OPEN, VISITOR.stands, seconds(10))
    early, once = ask(keeps(), silent(9.5)), ask(keeps(), silent(10.2))
    assert (early.due, once.due) == (seconds(10), seconds(11.2))
    assert ask(keeps(), silent(10)).due == seconds(11)
    assert ask(keeps(), silent(10 + LATE)).ruling is Ruling.OPEN
    before = replace(silent(10 + LATE + 0.1), uid=MORE.uid)  # of the same name, another pod
    assert ask(keeps(), before).ruling is Ruling.OPEN
    assert ask(keeps(), silent(10 + LATE + 0.1)).ruling is Ruling.UNKNOWN
    assert ask(keeps(), silent(10 + LATE + 0.1, MORE)).ruling is Ruling.OPEN


MOMENTS = st.integers(0, 120).map(lambda quarter: seconds(quarter / 4))
WORDS = st.builds(
    lambda at, back, length, bad: word(
        *requests(30), *requests(bad, 500), at=at, since=at - back - length, through=at - back
    ),
    MOMENTS,
    st.integers(0, 8).map(lambda quarter: quarter / 4),
    st.integers(0, 60).map(float),
    st.integers(0, 2),
)


@settings(deadline=None)
@given(told=st.lists(st.one_of(WORDS, MOMENTS.map(silent)), max_size=8))
def test_a_ruling_that_is_not_open_is_final(told: list[Visited | Answered]) -> None:
    """Whatever visitors tell later, and whenever."""
    entries = sorted(told, key=lambda entry: entry.at)
    verdicts = [ask(keeps(), *entries[:count]) for count in range(len(entries) + 1)]

    first = next((v for v in verdicts if v.ruling is not Ruling.OPEN), verdicts[-1])
    assert {v.ruling for v in verdicts[verdicts.index(first) :]} == {first.ruling}


@pytest.mark.parametrize(
    ("law", "words"),
    [
        (keeps(99), "at_least=99: a share, above 0 and up to 1: 0.99 is 99 %"),
        (keeps(1.01), "at_least=1.01: a share, above 0 and up to 1"),
        (keeps(0), "at_least=0: a share, above 0"),
        (keeps(except_for=10), "except_for=10 s, through=10 s: no time is left"),
    ],
)
def test_what_makes_no_sense_is_said(law: Law, words: str) -> None:
    verdict = judge(law, story(word(*requests(50)), end=30, stood=[WEB, USERS, MORE]))

    assert verdict.ruling is Ruling.UNKNOWN
    assert words in verdict.because
