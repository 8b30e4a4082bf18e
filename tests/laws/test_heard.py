from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import History, Ruling, seconds
from chaos.history.effect import Effect
from chaos.history.facts import Answered, Entry, Event, Pod
from chaos.history.looked import LOST, Getting, Got
from chaos.laws import (
    answer_as,
    answer_late,
    child_is_dead,
    command_ends,
    grpc_says,
    lied,
    silent_for,
)
from chaos.patient.orders import CHECK, CHILDREN, GRPC_CHECK
from chaos.testing import app_of, at, having, pod, restarted, story
from chaos.windows import within
from chaos.workloads.admitted import Uid
from chaos.workloads.containers import ContainerSpec, Probe
from chaos.workloads.handlers import Exec, Grpc, Handler, HttpGet

WEB, TWIN, THIRD = pod("web-1"), pod("web-2"), pod("web-3")
APP, BOTH = app_of(WEB), app_of(WEB, TWIN)
ILL = answer_as(APP, path="/health", said=500)


def got(moment: float, said: int | str, path: str = "/health", of: Pod = WEB) -> Got:
    return Got(seconds(moment), of.uid, of.workload, path, said)


def seen(*entries: Entry, end: float = 40) -> History:
    return story(*entries, end=end, stood=[WEB, TWIN])


@pytest.mark.parametrize(
    ("heard", "ruling"),
    [
        pytest.param([got(0, 500)], Ruling.HOLDS, id="at-once"),
        pytest.param([got(5, 500)], Ruling.HOLDS, id="at-the-last-moment"),
        pytest.param([got(30, 500)], Ruling.HOLDS, id="when-somebody-asked"),
        pytest.param([got(30.1, 500)], Ruling.BROKEN, id="later-than-anybody-waits"),
        pytest.param([got(0, 200), got(5, 500)], Ruling.HOLDS, id="in-the-end"),
        pytest.param([got(0, 500), got(1, 200)], Ruling.HOLDS, id="once-is-enough"),
        pytest.param([got(1, 503), got(5, 503)], Ruling.BROKEN, id="another-status"),
        pytest.param([got(1, "refused"), got(5, "refused")], Ruling.BROKEN, id="no-status"),
        pytest.param([got(1, 500, "/"), got(5, 200)], Ruling.BROKEN, id="of-another-path"),
        pytest.param([got(1, 500, of=TWIN), got(5, 200)], Ruling.BROKEN, id="of-another-pod"),
        pytest.param([got(1, LOST), got(30, LOST)], Ruling.UNKNOWN, id="nobody-could-ask"),
        pytest.param([got(1, LOST), got(5, LOST)], Ruling.OPEN, id="nobody-could-ask-so-far"),
        pytest.param([got(1, LOST), got(5, 200)], Ruling.BROKEN, id="who-was-asked-in-the-end"),
        pytest.param([got(1, 200)], Ruling.OPEN, id="it-may-come"),
        pytest.param([], Ruling.OPEN, id="nobody-was-asked"),
    ],
)
def test_an_answer_by_near_misses(heard: list[Entry], ruling: Ruling) -> None:
    assert ILL.judge(seen(*heard)).ruling is ruling


@pytest.mark.parametrize(
    ("heard", "longest"),
    [
        pytest.param([got(0, 500), got(5, 500, of=TWIN)], 5, id="both-promptly"),
        pytest.param([got(0, 500), got(5.1, 500, of=TWIN)], 30, id="one-of-them-late"),
        pytest.param(
            [got(0, LOST), got(1, 500), got(1, 500, of=TWIN)], 5, id="promptly-in-the-end"
        ),
        pytest.param([got(0, 200), got(5, 500), got(1, 500, of=TWIN)], 5, id="one-said-otherwise"),
    ],
)
def test_the_window_is_as_long_as_it_took_to_be_told(heard: list[Entry], longest: float) -> None:
    verdict = answer_as(BOTH, path="/health", said=500).judge(seen(*heard))

    assert verdict.ruling is Ruling.HOLDS
    assert verdict.window is not None
    assert verdict.window.latest == longest


def test_how_it_fails_is_an_answer_too() -> None:
    law = answer_as(APP, path="/", said="reset")

    assert law.judge(seen(got(1, "reset", "/"))).ruling is Ruling.HOLDS
    assert law.judge(seen(got(5, "refused", "/"))).ruling is Ruling.BROKEN


def test_who_has_not_said_it_is_asked_and_nobody_else() -> None:
    law = answer_as(BOTH, path="/health", said=500)

    verdict = law.judge(seen(got(1, 500), got(1.5, 200, of=TWIN), end=2))

    assert (verdict.ruling, verdict.due) == (Ruling.OPEN, seconds(2.5))
    assert verdict.get == (Getting(BOTH.stands[1], "/health", seconds(1)),)
    assert law.judge(seen(got(1, 500), got(2, 500, of=TWIN))).ruling is Ruling.HOLDS


def test_all_are_asked_at_once() -> None:
    verdict = answer_as(BOTH, path="/health", said=500).judge(seen(end=0))

    assert (verdict.ruling, verdict.due) == (Ruling.OPEN, seconds(0))
    assert [asked.pod for asked in verdict.get] == [*BOTH.stands]


def test_what_was_not_heard_is_named() -> None:
    verdict = ILL.judge(seen(got(1, 503), got(5, 200)))
    nobody = ILL.judge(seen(got(30, LOST)))

    assert verdict.because == "not every app said 500 to GET /health in 5 s: web-1 said 200"
    assert (verdict.get, nobody.because) == ((), "nobody could ask it")


def test_what_each_said_instead_is_named() -> None:
    law = answer_as(BOTH, path="/health", said=500)
    one = law.judge(seen(got(1, 500), got(5, 404, of=TWIN)))
    both = law.judge(seen(got(5, "reset"), got(5, LOST, of=TWIN)))
    late = law.judge(seen(got(31, 500), got(31, 500, of=TWIN)))
    three = answer_as(app_of(WEB, TWIN, THIRD), path="/health", said=500)
    heard = story(got(31, 500), got(31, 404, of=TWIN), end=40, stood=[WEB, TWIN, THIRD])

    assert one.because.endswith("in 5 s: web-2 said 404")
    assert both.because.endswith("in 5 s: web-1 said reset and web-2 said lost")
    assert late.because == "after 31.0 s, expected in [0.0, 30.0] s: a real fault shows by then"
    assert three.judge(heard).because.endswith("by then: web-2 said 404")


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (3, "web-0, web-1, web-2 said 200 and web-9 said 404"),
        (4, "web-0, web-1, web-2 and 1 more said 200 and web-9 said 404"),
    ],
)
def test_of_many_that_said_the_same_three_are_named(count: int, told: str) -> None:
    pods = [pod(f"web-{number}") for number in [*range(count), 9]]
    said = [got(5, 404 if one is pods[-1] else 200, of=one) for one in pods]
    law = answer_as(app_of(*pods), path="/health", said=500)

    verdict = law.judge(story(*said, end=40, stood=pods))

    assert verdict.because.endswith(f"in 5 s: {told}")


def test_an_answer_that_is_to_be_late_is_heard_and_timed() -> None:
    law = answer_late(APP, path="/health", said=200, by=seconds(0.5))

    assert law.judge(seen()).get == (Getting(APP.pod, "/health", seconds(1.5)),)
    late, prompt = (replace(got(5, 200), took=took) for took in (0.5, 0.49))
    assert law.judge(seen(late)).ruling is Ruling.HOLDS
    assert law.judge(seen(prompt)).ruling is Ruling.BROKEN
    assert law.judge(seen(replace(late, said=500))).ruling is Ruling.BROKEN
    assert law.judge(seen(replace(prompt, at=seconds(1)), late)).ruling is Ruling.HOLDS
    assert law.judge(seen(prompt)).because.startswith("not every app said 200 after 0.5 s to GET")


def test_silence_is_listened_for_as_long_as_it_is_to_last() -> None:
    law = silent_for(APP, path="/health", span=seconds(0.5))
    asked = law.judge(seen())

    assert (asked.ruling, asked.get) == (
        Ruling.OPEN,
        (Getting(APP.pod, "/health", seconds(0.5)),),
    )
    assert ILL.judge(seen()).get == (Getting(APP.pod, "/health", seconds(1)),)
    for said, ruling in (
        ("no answer", Ruling.HOLDS),
        (200, Ruling.BROKEN),
        ("reset", Ruling.BROKEN),
    ):
        assert law.judge(seen(got(5, said))).ruling is ruling
    assert law.judge(seen(got(1, "no answer", "/"), got(5, 200))).ruling is Ruling.BROKEN


def test_it_may_be_given_more_time() -> None:
    law = answer_as(APP, path="/health", said=500, within=within(seconds(10)))

    assert law.judge(seen(got(1, 200), got(10, 500))).ruling is Ruling.HOLDS
    assert law.judge(seen(got(1, 200), got(10.1, 500))).ruling is Ruling.BROKEN


FAILS = command_ends(APP, command="check", said=1)


def ran(moment: float, said: int | str, command: str = "check", took: float = 0) -> Got:
    return replace(got(moment, said, command), took=took)


@pytest.mark.parametrize(
    ("heard", "ruling"),
    [
        pytest.param([ran(0, 1)], Ruling.HOLDS, id="it-has"),
        pytest.param([ran(0, 0), ran(5, 1)], Ruling.HOLDS, id="in-the-end"),
        pytest.param([ran(1, 0), ran(5, 0)], Ruling.BROKEN, id="well"),
        pytest.param([ran(1, 2), ran(5, 2)], Ruling.BROKEN, id="another-status"),
        pytest.param([ran(1, "no answer"), ran(5, 0)], Ruling.BROKEN, id="no-end"),
        pytest.param([ran(1, 1, "/check"), ran(5, 0)], Ruling.BROKEN, id="of-a-path"),
        pytest.param([ran(1, LOST), ran(30, LOST)], Ruling.UNKNOWN, id="nobody-could-run-it"),
    ],
)
def test_a_command_that_is_to_fail_by_near_misses(heard: list[Entry], ruling: Ruling) -> None:
    assert FAILS.judge(seen(*heard)).ruling is ruling


def test_a_command_is_run_in_the_container_that_is_meant() -> None:
    two = replace(APP, containers=(ContainerSpec("beside"), ContainerSpec("app", desk=8081)))

    verdict = command_ends(two, command="check", said=1).judge(seen())

    assert verdict.get == (Getting(APP.pod, "check", seconds(5), "app"),)
    why = FAILS.judge(seen(ran(5, 0))).because
    assert why == "not every app's check came to 1 in 5 s: web-1 said 0"


def test_a_command_may_have_to_end_late_or_not_at_all() -> None:
    late = command_ends(APP, command="check", said=0, late=seconds(0.5))

    assert late.judge(seen()).get == (Getting(APP.pod, "check", seconds(5.5), "app"),)
    assert late.judge(seen(ran(5, 0, took=0.5))).ruling is Ruling.HOLDS
    assert late.judge(seen(ran(5, 0, took=0.4))).ruling is Ruling.BROKEN


@pytest.mark.parametrize(
    ("status", "heard", "ruling"),
    [
        ("not_serving", ran(5, 4, GRPC_CHECK), Ruling.HOLDS),
        ("not_serving", ran(5, 0, GRPC_CHECK), Ruling.BROKEN),
        ("not_serving", ran(5, 4, CHECK), Ruling.OPEN),
        ("not_serving", ran(5, "no answer", GRPC_CHECK), Ruling.BROKEN),
        ("serving", ran(5, 0, GRPC_CHECK), Ruling.HOLDS),
        ("silent", ran(5, "no answer", GRPC_CHECK), Ruling.HOLDS),
        ("silent", ran(5, 4, GRPC_CHECK, took=4.9), Ruling.BROKEN),
        ("silent", ran(30, LOST, GRPC_CHECK), Ruling.UNKNOWN),
    ],
)
def test_what_a_health_service_says(status: str, heard: Got, ruling: Ruling) -> None:
    assert grpc_says(APP, status=status).judge(seen(heard)).ruling is ruling


def test_a_health_service_is_asked_in_its_container_and_told_of_in_its_words() -> None:
    ill = grpc_says(APP, status="not_serving")

    assert ill.judge(seen()).get == (Getting(APP.pod, GRPC_CHECK, seconds(5), "app"),)
    assert ill.judge(seen(ran(5, 0, GRPC_CHECK))).because == (
        "not every app's gRPC health service said not_serving in 5 s: web-1 said serving"
    )


def test_a_health_service_has_three_things_to_say() -> None:
    verdict = grpc_says(APP, status="SERVING").judge(seen(ran(5, 0, GRPC_CHECK)))

    assert (verdict.ruling, verdict.because) == (
        Ruling.UNKNOWN,
        "a gRPC health service says serving, not_serving, silent: not 'SERVING'",
    )


@pytest.mark.parametrize(("asks", "ruling"), [(Grpc(8082), "holds"), (HttpGet("/"), "open")])
def test_a_health_service_may_be_the_kubelets_to_tell_of(asks: Handler, ruling: str) -> None:
    app = having(APP, liveness=Probe(asks=asks))
    said = 'Liveness probe failed: service unhealthy (responded with "NOT_SERVING")'
    told = at(1, Event(Uid("e"), WEB.uid, "Unhealthy", said))
    aftermath = seen(told, at(2, restarted(WEB)), ran(3, 0, GRPC_CHECK))

    assert grpc_says(app, status="not_serving").judge(aftermath).ruling.value == ruling


@pytest.mark.parametrize(
    ("heard", "ruling"),
    [
        pytest.param(ran(5, "no answer"), Ruling.HOLDS, id="no-end"),
        pytest.param(ran(5, 0, took=2), Ruling.HOLDS, id="so-late"),
        pytest.param(ran(5, 0, took=1.9), Ruling.BROKEN, id="too-soon"),
        pytest.param(ran(30, LOST, took=2), Ruling.UNKNOWN, id="nobody-could-run-it"),
    ],
)
def test_a_command_that_is_not_to_end_may_end_late(heard: Got, ruling: Ruling) -> None:
    late = command_ends(APP, command="check", said="no answer", late=seconds(2))

    assert late.judge(seen(heard)).ruling is ruling


def test_a_second_is_late_enough() -> None:
    late = command_ends(APP, command="check", said="no answer", late=seconds(1))

    assert late.judge(seen(ran(5, 0, took=1))).ruling is Ruling.HOLDS


def test_how_late_a_command_may_not_end_can_be_left_unsaid() -> None:
    never = command_ends(APP, command="check", said="no answer")

    assert never.judge(seen(ran(5, "no answer"))).ruling is Ruling.HOLDS
    assert never.judge(seen(ran(5, 0, took=4.9))).ruling is Ruling.BROKEN


def test_a_late_command_may_be_the_kubelets_to_tell() -> None:
    app = having(APP, liveness=Probe(asks=Exec(("check",))))
    said = 'Liveness probe failed: command timed out: "check" timed out after 1s'
    late = command_ends(app, command="check", said="no answer", late=seconds(2))
    told = at(1, Event(Uid("e"), WEB.uid, "Unhealthy", said))

    assert late.judge(seen(told, at(2, restarted(WEB)), ran(3, 0))).ruling is Ruling.HOLDS


@pytest.mark.parametrize(
    ("probes", "patience"),
    [
        ({}, 5),
        ({"readiness": Probe(failures=1)}, 5),  # restarts nobody
        ({"liveness": Probe(failures=1)}, 0.5),  # a timeout of 1 s, less half a second
        ({"liveness": Probe(failures=1, timeout=seconds(0.6))}, 0.5),
        ({"startup": Probe(failures=2, period=seconds(2))}, 2.5),
        ({"startup": Probe(failures=9), "liveness": Probe(period=seconds(1))}, 2.5),
        ({"liveness": Probe()}, 5),
    ],
)
def test_a_command_is_waited_for_as_long_as_no_probe_can_have_it_restarted(
    probes: dict[str, Probe], patience: float
) -> None:
    never = command_ends(having(APP, **probes), command="check", said="no answer")

    assert never.judge(seen()).get == (Getting(APP.pod, "check", seconds(patience), "app"),)


def test_a_command_that_is_to_end_has_its_time_whoever_asks_meanwhile() -> None:
    app = having(APP, liveness=Probe(failures=1))
    ends = command_ends(app, command="check", said=3, late=seconds(1))

    assert ends.judge(seen()).get == (Getting(APP.pod, "check", seconds(6), "app"),)


@pytest.mark.parametrize(
    ("heard", "ruling"),
    [
        pytest.param(ran(5, 1, CHILDREN), Ruling.HOLDS, id="dead"),
        pytest.param(ran(5, 0, CHILDREN), Ruling.BROKEN, id="alive"),
        pytest.param(ran(5, 2, CHILDREN), Ruling.BROKEN, id="unseen"),
        pytest.param(ran(5, 1, CHECK), Ruling.OPEN, id="another-command"),
        pytest.param(ran(30, LOST, CHILDREN), Ruling.UNKNOWN, id="nobody-could-look"),
    ],
)
def test_a_child_is_looked_for_in_its_container(heard: Got, ruling: Ruling) -> None:
    law = child_is_dead(APP)

    assert law.judge(seen()).get == (Getting(APP.pod, CHILDREN, seconds(5), "app"),)
    assert law.judge(seen(heard)).ruling is ruling


def test_a_child_that_lives_is_told_of_in_words() -> None:
    assert child_is_dead(APP).judge(seen(ran(5, 0, CHILDREN))).because == (
        "not every app's child process was dead in 5 s: web-1 said that it lives"
    )


@pytest.mark.parametrize(("path", "ruling"), [("/health", "holds"), ("/", "open")])
def test_a_child_s_death_may_be_the_kubelets_to_tell_of(path: str, ruling: str) -> None:
    app = having(APP, liveness=Probe(asks=HttpGet(path, 8080)))
    aftermath = seen(unhealthy(1), at(2, restarted(WEB)), ran(3, 0, CHILDREN))

    assert child_is_dead(app).judge(aftermath).ruling.value == ruling


ASKED = having(APP, liveness=Probe(asks=HttpGet("/health", 8080)))
LIE = lied(ASKED, path="/health", said=500)


def counts(moment: float, lies: float | None, of: Pod = WEB) -> Answered:
    told = {} if lies is None else {"lies_/health": lies}
    return Answered(seconds(moment), of.uid, of.workload, 200, {"since": moment + 60, **told})


def unhealthy(
    moment: float, status: int = 500, *, of: Pod = WEB, reason: str = "Unhealthy"
) -> Entry:
    said = f"Liveness probe failed: HTTP probe failed with statuscode: {status}"
    return at(moment, Event(Uid(f"e{moment}"), of.uid, reason, said))


@pytest.mark.parametrize(
    ("heard", "ruling"),
    [
        pytest.param([counts(0, None), counts(1, 1)], Ruling.HOLDS, id="the-first"),
        pytest.param([counts(0, 2), counts(1, 3)], Ruling.HOLDS, id="one-more"),
        pytest.param([counts(0, 2), counts(1, 2)], Ruling.BROKEN, id="no-more"),
        pytest.param([counts(0, None), counts(1, None)], Ruling.BROKEN, id="none"),
        pytest.param([counts(1, 3)], Ruling.BROKEN, id="nobody-knows-since-when"),
        pytest.param([counts(0, 1), counts(1, 2, TWIN)], Ruling.BROKEN, id="another-pod"),
        pytest.param([counts(0, None), unhealthy(1)], Ruling.HOLDS, id="as-the-kubelet-heard"),
        pytest.param([counts(0, None), unhealthy(1, 503)], Ruling.BROKEN, id="another-status"),
        pytest.param([counts(0, None), unhealthy(1, of=TWIN)], Ruling.BROKEN, id="of-another"),
        pytest.param(
            [counts(0, None), unhealthy(1, reason="ProbeWarning")], Ruling.BROKEN, id="no-failure"
        ),
        pytest.param([], Ruling.UNKNOWN, id="nobody-was-asked"),
    ],
)
def test_a_lie_by_near_misses(heard: list[Entry], ruling: Ruling) -> None:
    assert LIE.judge(seen(*heard)).ruling is ruling


@pytest.mark.parametrize(("first", "then"), [(1, 2), (2, 1)], ids=["the-count", "the-kubelet"])
def test_whichever_tells_it_first_is_the_proof(first: float, then: float) -> None:
    verdict = LIE.judge(seen(counts(0, None), counts(first, 1), unhealthy(then)))

    assert (verdict.ruling, verdict.took) == (Ruling.HOLDS, seconds(1))


def test_the_app_whose_probe_is_slowest_has_its_time() -> None:
    slow = having(APP, liveness=Probe(period=seconds(10), timeout=seconds(1)))
    law = lied((app_of(pod("db-1")), slow), path="/health", said=500)

    verdict = law.judge(story(counts(0, None), end=40, stood=[WEB, pod("db-1")]))

    assert verdict.because.startswith("not every app was asked for /health in 16 s")


def test_what_the_kubelet_heard_may_be_of_another_fault_that_is_open() -> None:
    aftermath = replace(seen(counts(0, None), unhealthy(1)), beside=(Effect("refuses"),))
    counted = replace(seen(counts(0, None), counts(1, 1)), beside=(Effect("refuses"),))

    assert LIE.judge(aftermath).ruling is Ruling.BROKEN
    assert LIE.judge(counted).ruling is Ruling.HOLDS


def test_how_often_it_had_lied_before_is_no_news() -> None:
    before = counts(-1, 3)

    for lies, ruling in ((3, Ruling.BROKEN), (4, Ruling.HOLDS)):
        aftermath = replace(seen(before, counts(0.1, lies)), first=1)
        assert LIE.judge(aftermath).ruling is ruling


@pytest.mark.parametrize(
    ("probes", "longest"),
    [
        ({}, 5),
        ({"liveness": Probe(period=seconds(10), timeout=seconds(1))}, 16),
        ({"liveness": Probe(delay=seconds(4), period=seconds(10), timeout=seconds(1))}, 20),
        (
            {
                "liveness": Probe(period=seconds(1), timeout=seconds(1)),
                "readiness": Probe(period=seconds(20), timeout=seconds(2)),
            },
            27,
        ),
    ],
    ids=["no-probe", "a-period", "its-delay", "the-slowest"],
)
def test_it_is_waited_for_until_a_probe_has_asked(probes: dict[str, Probe], longest: float) -> None:
    law = lied(having(APP, **probes), path="/health", said=500)

    verdict = law.judge(seen(counts(0, None), counts(1, None)))

    assert verdict.because.startswith(f"not every app was asked for /health in {longest} s")
