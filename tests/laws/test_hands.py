"""Laws about containers as they were found on their nodes, by near misses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import Ruling, Verdict, seconds
from chaos.history.facts import Answered, Entry, Pod
from chaos.history.looked import Found, Inspected
from chaos.laws import found_failing, found_growing, found_starved, found_stopped, stays_stopped
from chaos.testing import app_of, at, gap, having, pod, restarted, story
from chaos.windows import Window
from chaos.workloads.admitted import NodeName, Workload

WEB, TWIN = pod("web-1"), pod("web-2")
DEAF = app_of(WEB)
APP = having(DEAF, ports=(("", 8080),))
BOTH = app_of(WEB, TWIN)
FINE = Found("c0", "app")
STILL = replace(FINE, main="stopped", stopped=1)


def look(moment: float, *found: Found, of: Pod = WEB) -> Inspected:
    ids = tuple(one.id for one in found)
    return Inspected(seconds(moment), of.uid, of.workload, NodeName("worker1"), ids, found)


def answer(moment: float, status: int | None = None, of: Pod = WEB) -> Answered:
    return Answered(seconds(moment), of.uid, of.workload, status)


def stopped(*entries: Entry, app: Workload = APP, end: float = 0) -> Verdict:
    return found_stopped(app).judge(story(*entries, end=end, stood=[WEB, TWIN]))


@pytest.mark.parametrize(
    ("entries", "ruling"),
    [
        pytest.param([look(1, STILL), answer(2)], Ruling.HOLDS, id="stopped-and-silent"),
        pytest.param([answer(1), look(2, STILL)], Ruling.HOLDS, id="in-either-order"),
        pytest.param([look(1, STILL), answer(2, 200)], Ruling.OPEN, id="but-it-answers"),
        pytest.param([look(1, STILL)], Ruling.OPEN, id="but-nobody-asked"),
        pytest.param([look(1, STILL), answer(-1)], Ruling.OPEN, id="but-asked-before"),
        pytest.param([look(1, FINE), answer(2)], Ruling.OPEN, id="but-it-runs"),
        pytest.param([look(1), answer(2)], Ruling.OPEN, id="but-it-is-gone"),
        pytest.param(
            [look(1, FINE, replace(STILL, name="beside")), answer(2)],
            Ruling.OPEN,
            id="but-it-is-the-one-beside-it",
        ),
        pytest.param([look(60.1, STILL), answer(2)], Ruling.BROKEN, id="but-too-late"),
        pytest.param([look(60, FINE), answer(2)], Ruling.BROKEN, id="but-not-in-time"),
        pytest.param([gap(0, 3), look(1, STILL), answer(2)], Ruling.HOLDS, id="no-watch-is-needed"),
    ],
)
def test_found_stopped_by_near_misses(entries: list[Entry], ruling: Ruling) -> None:
    assert stopped(*entries).ruling is ruling


def failing(*programs: tuple[str, int], name: str = "app") -> Found:
    return replace(FINE, name=name, failing=programs)


@pytest.mark.parametrize(
    ("program", "entries", "ruling"),
    [
        pytest.param("ping", [look(1, failing(("/usr/bin/ping", 1)))], Ruling.HOLDS, id="by-name"),
        pytest.param("/bin/ping", [look(1, failing(("/bin/ping", 2)))], Ruling.HOLDS, id="by-path"),
        pytest.param("ping", [look(1, failing(("/bin/ping", 0)))], Ruling.OPEN, id="but-well"),
        pytest.param("ping", [look(1, failing(("/bin/pong", 1)))], Ruling.OPEN, id="but-another"),
        pytest.param(
            "/sbin/ping", [look(1, failing(("/bin/ping", 1)))], Ruling.OPEN, id="but-elsewhere"
        ),
        pytest.param("ping", [look(1, FINE)], Ruling.OPEN, id="but-none-was-replaced"),
        pytest.param("ping", [look(1)], Ruling.OPEN, id="but-it-is-gone"),
        pytest.param(
            "ping",
            [look(1, FINE, failing(("/bin/ping", 1), name="beside"))],
            Ruling.OPEN,
            id="but-beside-it",
        ),
        pytest.param(
            "ping", [look(60.1, failing(("/bin/ping", 1)))], Ruling.BROKEN, id="but-too-late"
        ),
    ],
)
def test_found_failing_by_near_misses(program: str, entries: list[Entry], ruling: Ruling) -> None:
    end = max(entry.at for entry in entries)
    verdict = found_failing(DEAF, program=program).judge(
        story(*entries, end=end, stood=[WEB, TWIN])
    )

    assert verdict.ruling is ruling


def test_an_app_without_a_port_is_not_asked() -> None:
    assert stopped(look(1, STILL), app=DEAF).ruling is Ruling.HOLDS
    assert stopped(app=DEAF).ask == ()


def test_every_pod_must_stand_still_and_those_that_do_not_are_looked_at() -> None:
    one = stopped(look(1, STILL), app=BOTH)
    both = stopped(look(1, STILL), look(3, STILL, of=TWIN), app=BOTH)

    assert (one.ruling, one.inspect, one.due) == (Ruling.OPEN, (BOTH.stands[1],), seconds(0))
    assert (both.ruling, both.took) == (Ruling.HOLDS, seconds(3))
    asked = stopped(look(1, STILL), answer(1, 200))
    assert (asked.inspect, asked.ask, asked.due) == ((), APP.stands, seconds(2))


def growing(*entries: Entry, app: Workload = APP) -> Verdict:
    return found_growing(app).judge(story(*entries, stood=[WEB, TWIN], end=0))


def holds(mib: float, container: str = "c0") -> Found:
    return replace(FINE, id=container, memory_mib=mib)


@pytest.mark.parametrize(
    ("entries", "ruling"),
    [
        pytest.param([look(1, holds(9)), look(2, holds(11))], Ruling.HOLDS, id="grown"),
        pytest.param([look(1, holds(9)), look(2, holds(10.9))], Ruling.OPEN, id="but-too-little"),
        pytest.param([look(1, holds(11)), look(2, holds(9))], Ruling.OPEN, id="but-shrunk"),
        pytest.param([look(1, holds(11))], Ruling.OPEN, id="but-seen-once"),
        pytest.param(
            [look(1, holds(9)), look(2, holds(11, "c1"))], Ruling.OPEN, id="but-another-container"
        ),
        pytest.param(
            [look(1, holds(9)), at(2, restarted(WEB, code=137, reason="OOMKilled"))],
            Ruling.HOLDS,
            id="killed-for-it",
        ),
        pytest.param(
            [look(1, holds(9)), at(2, restarted(WEB, code=1))],
            Ruling.OPEN,
            id="but-ended-by-itself",
        ),
    ],
)
def test_found_growing_by_near_misses(entries: list[Entry], ruling: Ruling) -> None:
    assert growing(*entries).ruling is ruling


def test_the_first_of_the_facts_says_when_it_grew() -> None:
    end = at(2, restarted(WEB, code=137))
    late: list[Entry] = [look(1, holds(9)), end, look(3, holds(11))]

    assert growing(*late).evidence == (end,)
    assert growing(look(1, holds(9)), app=BOTH).inspect == BOTH.stands


def starved(*entries: Entry, app: Workload = APP) -> Verdict:
    return found_starved(app, cpus=0.1).judge(story(*entries, end=0, stood=[WEB, TWIN]))


def kept(throttled: int, cpus: float | None = 0.1, container: str = "c0") -> Found:
    return replace(FINE, id=container, cpus=cpus, throttled=throttled)


@pytest.mark.parametrize(
    ("found", "ruling"),
    [
        pytest.param(kept(6), Ruling.HOLDS, id="throttled"),
        pytest.param(kept(5), Ruling.OPEN, id="but-it-wanted-no-more"),
        pytest.param(kept(6, 0.2), Ruling.OPEN, id="but-it-has-more"),
        pytest.param(kept(6, None), Ruling.OPEN, id="but-it-has-all"),
        pytest.param(kept(6, container="c1"), Ruling.OPEN, id="but-another-container"),
    ],
)
def test_found_starved_by_near_misses(found: Found, ruling: Ruling) -> None:
    assert starved(look(1, kept(5, None)), look(2, found)).ruling is ruling


def test_an_app_is_given_something_to_do_if_it_has_a_port() -> None:
    assert starved().ask == APP.stands
    assert starved(app=DEAF).ask == ()
    assert starved(look(1, kept(5)), look(2, kept(6))).ask == ()
    assert starved(look(1, kept(5)), look(60, kept(5))).ask == ()
    one = [look(1, kept(5)), look(2, kept(6)), look(2, kept(6), of=TWIN)]
    assert starved(*one, app=having(BOTH, ports=(("", 8080),))).ask == BOTH.stands[1:]


@pytest.mark.parametrize(
    ("entries", "ruling"),
    [
        pytest.param([look(10, STILL)], Ruling.HOLDS, id="still-so"),
        pytest.param([look(10, STILL), look(11, FINE)], Ruling.HOLDS, id="the-first-look-counts"),
        pytest.param([look(10, FINE)], Ruling.BROKEN, id="but-it-goes-on"),
        pytest.param([look(10)], Ruling.BROKEN, id="but-it-is-gone"),
        pytest.param([look(9.9, STILL)], Ruling.OPEN, id="but-nobody-looked-then"),
    ],
)
def test_stays_stopped_by_near_misses(entries: list[Entry], ruling: Ruling) -> None:
    verdict = stays_stopped(APP, through=seconds(10)).judge(
        story(*entries, end=20, stood=[WEB, TWIN])
    )

    assert verdict.ruling is ruling
    assert verdict.window == Window(seconds(10), seconds(10), "must stay so")
    assert (verdict.due, verdict.inspect) == (
        (seconds(10), APP.stands) if ruling is Ruling.OPEN else (None, ())
    )


def test_each_pod_must_stay_stopped_and_the_last_look_says_for_how_long() -> None:
    def stay(*looks: Entry) -> Verdict:
        return stays_stopped(BOTH, through=seconds(10)).judge(
            story(*looks, end=20, stood=[WEB, TWIN])
        )

    one, other = look(11, STILL), look(12, STILL, of=TWIN)
    both = stay(one, other)

    assert stay(one).inspect == BOTH.stands[1:]
    assert (both.ruling, both.took, both.evidence) == (Ruling.HOLDS, seconds(12), (one, other))
    assert both.because == "still so after 12.0 s"
    assert stay(one, look(12, FINE, of=TWIN)).because == "it does not stand still after 12.0 s"
