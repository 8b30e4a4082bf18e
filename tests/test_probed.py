"""A kubelet's word for a probe that failed, in its own words as events have them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chaos import History, Ruling, seconds
from chaos.history.effect import Effect
from chaos.history.facts import Entry, Event
from chaos.history.looked import Got
from chaos.judging.law import Law
from chaos.judging.probed import ANY, RESET, RPC, SILENT, failures
from chaos.laws import answer_as, answer_late, silent_for, stop_answering
from chaos.testing import app_of, at, pod, restarted, story
from chaos.workloads.admitted import Uid, Workload
from chaos.workloads.containers import ContainerSpec, Probe
from chaos.workloads.handlers import Exec, Grpc, Handler, HttpGet, TcpSocket

GET = 'Get "http://10.0.0.7:8080/health": '
TO = "dial tcp 10.0.0.7:8080: connect: "
REFUSED = f"{GET}{TO}connection refused"
AWAITED = f"{GET}context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
CUT = f"{GET}read tcp 10.0.0.1:58056->10.0.0.7:8080: read: connection reset by peer"
UNANSWERED = "timeout: health rpc did not complete within 2s"
LED_ON = f"{GET}stopped after 10 redirects"
TIMED_OUT = 'command timed out: "check" timed out after 1s'
UNWELL = 'service unhealthy (responded with "NOT_SERVING")'
UNSERVED = "HTTP probe failed with statuscode: 500"
HEALTH = HttpGet("/health", 8080)
WEB, TWIN = pod("web-1"), pod("web-2")


def app(asks: Handler | None, *, name: str = "liveness", port: int = 8080) -> Workload:
    """Of two containers: `app`, with one probe that asks so, and one that has none."""
    spec = ContainerSpec("app", ports=(("main", port),), desk=8081)
    probed = replace(spec, **{name: Probe(asks=asks)})  # type: ignore[arg-type]
    return app_of(WEB, containers=(probed, ContainerSpec("beside")))


def word(
    message: str, moment: float = 1, *, kind: str = "Liveness", of: str = "app", **changes: object
) -> Entry:
    event = Event(Uid(f"e{moment}"), WEB.uid, "Unhealthy", f"{kind} probe failed: {message}")
    return at(moment, replace(event, container=of, **changes))  # type: ignore[arg-type]


def seen(*entries: Entry, end: float = 40) -> History:
    return story(*entries, end=end, stood=[WEB, TWIN])


def heard(web: Workload, path: str, said: int | str, *entries: Entry) -> bool:
    return any(failures(seen(*entries), web, web.pod, path, said))


@pytest.mark.parametrize(
    ("asks", "said", "message", "told"),
    [
        pytest.param(HEALTH, 500, UNSERVED, True, id="a-status"),
        pytest.param(HEALTH, 50, UNSERVED, False, id="another-status"),
        pytest.param(HEALTH, RESET, UNSERVED, False, id="a-status-is-no-reset"),
        pytest.param(HEALTH, 301, LED_ON, True, id="redirects"),
        pytest.param(HEALTH, 399, LED_ON, True, id="whatever-their-status"),
        pytest.param(HEALTH, 299, LED_ON, False, id="a-success-leads-nowhere"),
        pytest.param(HEALTH, 400, LED_ON, False, id="nor-does-an-error"),
        pytest.param(HEALTH, 301, REFUSED, False, id="refused-is-no-redirect"),
        pytest.param(HEALTH, 301, UNSERVED, False, id="an-error-is-no-redirect"),
        pytest.param(HEALTH, "refused", REFUSED, True, id="refused"),
        pytest.param(HEALTH, "refused", CUT, True, id="cut-off-by-the-door-that-closed"),
        pytest.param(HEALTH, RESET, CUT, True, id="reset"),
        pytest.param(HEALTH, RESET, f"{GET}EOF", True, id="an-end"),
        pytest.param(HEALTH, RESET, REFUSED, False, id="refused-is-no-reset"),
        pytest.param(HEALTH, "nothing", REFUSED, False, id="a-word-that-no-kubelet-says"),
        pytest.param(HEALTH, "refused", AWAITED, False, id="silence-is-no-refusal"),
        pytest.param(HttpGet("health?all=1", 8080), 500, UNSERVED, True, id="with-a-query"),
        pytest.param(HttpGet("/health", "main"), 500, UNSERVED, True, id="by-the-port-s-name"),
        pytest.param(HttpGet("/health", "other"), 500, UNSERVED, False, id="by-another-name"),
        pytest.param(HttpGet("/health", 8081), 500, UNSERVED, False, id="at-another-port"),
        pytest.param(HttpGet("/", 8080), 500, UNSERVED, False, id="for-another-path"),
        pytest.param(HttpGet("/", 8080), "refused", REFUSED, True, id="refused-whatever-the-path"),
        pytest.param(HttpGet("/", 8081), "refused", REFUSED, False, id="refused-at-another-port"),
        pytest.param(HttpGet("/health", 8080, host="db"), 500, UNSERVED, False, id="another-host"),
        pytest.param(TcpSocket(8080), "refused", f"{TO}connection refused", True, id="tcp"),
        pytest.param(TcpSocket("main"), "refused", f"{TO}connection refused", True, id="tcp-name"),
        pytest.param(TcpSocket(8081), "refused", f"{TO}connection refused", False, id="tcp-port"),
        pytest.param(TcpSocket(8080, "db"), "refused", REFUSED, False, id="tcp-elsewhere"),
        pytest.param(TcpSocket(8080), RESET, CUT, False, id="tcp-asks-for-no-path"),
        pytest.param(Grpc(8082), "refused", "connection refused", False, id="grpc-is-another-port"),
        pytest.param(Grpc(8082), 4, UNWELL, False, id="grpc-is-no-path"),
        pytest.param(Exec(("curl",)), "refused", "connection refused", False, id="a-command-s"),
        pytest.param(None, 500, UNSERVED, True, id="by-a-handler-that-is-not-known"),
    ],
)
def test_what_a_probe_heard_by_near_misses(
    asks: Handler | None, said: int | str, message: str, *, told: bool
) -> None:
    assert heard(app(asks), "/health", said, word(message)) is told


@pytest.mark.parametrize(
    ("asks", "said", "message", "told"),
    [
        pytest.param(Grpc(8082), 4, UNWELL, True, id="it-is-ill"),
        pytest.param(Grpc(8082), SILENT, UNWELL, False, id="and-not-silent"),
        pytest.param(Grpc(8082), SILENT, UNANSWERED, True, id="it-is-silent"),
        pytest.param(Grpc(8082), 4, UNANSWERED, False, id="and-not-ill"),
        pytest.param(Grpc(8082), 0, UNWELL, False, id="nor-well"),
        pytest.param(Grpc(8082), 4, "error: health rpc probe failed: EOF", False, id="an-error"),
        pytest.param(HEALTH, 4, UNWELL, False, id="a-page-that-says-so"),
        pytest.param(HEALTH, SILENT, AWAITED, False, id="who-asks-a-path-asks-no-service"),
    ],
)
def test_a_health_service_by_near_misses(
    asks: Handler, said: int | str, message: str, *, told: bool
) -> None:
    assert heard(app(asks), RPC, said, word(message), at(3, restarted(WEB))) is told


@pytest.mark.parametrize(
    ("runs", "said", "message", "told"),
    [
        pytest.param(("check",), 1, "", True, id="it-is"),
        pytest.param(("/bin/check", "-a"), 3, "it is ill", True, id="by-its-path-and-in-its-words"),
        pytest.param(("check",), 0, "", False, id="a-success-is-no-failure"),
        pytest.param(("check",), SILENT, "", False, id="nor-is-silence"),
        pytest.param(("check",), SILENT, TIMED_OUT, True, id="which-reads-so"),
        pytest.param(("check",), 1, TIMED_OUT, False, id="and-has-no-status"),
        pytest.param(("other",), SILENT, TIMED_OUT, False, id="of-another-command"),
        pytest.param(("check",), "refused", TIMED_OUT, False, id="silence-is-no-refusal"),
        pytest.param(("check",), 1, "my database timed out", True, id="in-words-like-it"),
        pytest.param(("other",), 1, "", False, id="another-command"),
        pytest.param(("sh", "-c", "check"), 1, "", False, id="in-a-shell-that-may-say-it-itself"),
        pytest.param((), 1, "", False, id="nothing-is-run"),
    ],
)
def test_a_command_that_failed_by_near_misses(
    runs: tuple[str, ...], said: int | str, message: str, *, told: bool
) -> None:
    mended = at(3, restarted(WEB))

    assert heard(app(Exec(runs)), "check", said, word(message), mended) is told


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        pytest.param(word(UNSERVED), True, id="it-is"),
        pytest.param(word(UNSERVED, of=""), True, id="told-before-containers-were-kept"),
        pytest.param(word(UNSERVED, of="beside"), False, id="another-container"),
        pytest.param(word(UNSERVED, kind="Readiness"), False, id="a-probe-that-it-has-not"),
        pytest.param(word(UNSERVED, about=TWIN.uid), False, id="another-pod"),
        pytest.param(word(UNSERVED, reason="ProbeWarning"), False, id="no-failure"),
        pytest.param(word(UNSERVED, kind="Its other"), False, id="no-probe-that-there-is"),
    ],
)
def test_whose_probe_it_was_by_near_misses(entry: Entry, *, told: bool) -> None:
    assert heard(app(HEALTH), "/health", 500, entry) is told


@pytest.mark.parametrize("name", ["liveness", "readiness", "startup"])
def test_any_probe_of_it_tells(name: str) -> None:
    assert heard(app(HEALTH, name=name), "/health", 500, word(UNSERVED, kind=name.capitalize()))


def test_who_names_no_port_answers_at_the_usual_one() -> None:
    spec = ContainerSpec("app", liveness=Probe(asks=HEALTH))

    assert heard(app_of(WEB, containers=(spec,)), "/health", 500, word(UNSERVED))
    assert not heard(app(HEALTH, port=80), "/health", 500, word(UNSERVED))


@pytest.mark.parametrize(
    ("asks", "path", "message"),
    [(HEALTH, "/health", AWAITED), (HEALTH, ANY, AWAITED), (Grpc(8082), ANY, UNANSWERED)],
)
def test_silence_tells_only_of_who_was_restarted_for_it(
    asks: Handler, path: str, message: str
) -> None:
    web, silence, mended = app(asks), word(message), at(3, restarted(WEB))

    assert heard(web, path, SILENT, silence, mended)
    assert not heard(web, path, SILENT, silence)
    assert not heard(web, path, SILENT, silence, at(3, WEB), at(3, restarted(TWIN)))
    assert not heard(web, "/other", SILENT, silence, mended)


@pytest.mark.parametrize("moment", [3, 3.1])
def test_what_the_next_container_says_while_it_boots_is_not_the_fault_s(moment: float) -> None:
    booting, mended = word(REFUSED, moment), at(3, restarted(WEB))

    assert heard(app(HEALTH), "/health", "refused", word(REFUSED, 2.9), mended)
    assert not heard(app(HEALTH), "/health", "refused", mended, booting)


def test_while_another_fault_is_open_it_may_be_about_that() -> None:
    aftermath = replace(seen(word(UNSERVED)), beside=(Effect("refuses"),))
    web = app(HEALTH)

    assert not any(failures(aftermath, web, web.pod, "/health", 500))


def well(moment: float, path: str = "/health") -> Got:
    return Got(seconds(moment), WEB.uid, "web", path, 200)


@pytest.mark.parametrize(
    ("law", "message"),
    [
        (answer_as(app(HEALTH), path="/health", said=500), UNSERVED),
        (answer_as(app(HEALTH), path="/health", said="refused"), REFUSED),
        (silent_for(app(HEALTH), path="/health", span=seconds(0.5)), AWAITED),
    ],
    ids=["a-status", "refused", "silence"],
)
def test_who_was_restarted_before_anybody_asked_is_proved_by_its_probe(
    law: Law, message: str
) -> None:
    used_up = (word(message, 0.4), at(1, restarted(WEB)), well(2), well(5))
    verdict = law.judge(seen(*used_up))

    assert (verdict.ruling, verdict.took) == (Ruling.HOLDS, seconds(0.4))
    assert verdict.evidence == used_up[:1]
    assert law.judge(seen(*used_up[1:])).ruling is Ruling.BROKEN


def test_the_first_proof_counts_whoever_had_it() -> None:
    law = answer_as(app(HEALTH), path="/health", said=500)
    ours = replace(well(1), said=500)

    for at_ in (0.5, 2):
        verdict = law.judge(seen(*sorted((ours, word(UNSERVED, at_)), key=lambda e: e.at)))
        assert (verdict.ruling, verdict.took) == (Ruling.HOLDS, seconds(min(1, at_)))


def test_no_probe_tells_how_late_an_answer_was() -> None:
    law = answer_late(app(HEALTH), path="/health", said=500, by=seconds(0.5))

    assert law.judge(seen(word(UNSERVED, 0.4), well(5))).ruling is Ruling.BROKEN


def test_a_hung_app_that_was_restarted_before_anybody_asked_fell_silent() -> None:
    law = stop_answering(app(HEALTH))

    assert law.judge(seen(word(AWAITED, 1), at(2, restarted(WEB)))).ruling is Ruling.HOLDS
    assert law.judge(seen(at(2, restarted(WEB)))).ruling is not Ruling.HOLDS
    assert law.judge(seen(word(REFUSED, 1), at(2, restarted(WEB)))).ruling is not Ruling.HOLDS
