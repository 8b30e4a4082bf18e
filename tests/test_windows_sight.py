"""What a probe can see of a fault, and what is said where it cannot (oracle L4, L6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chaos import Ruling, seconds, windows
from chaos.errors import ChaosError
from chaos.faults import (
    Answering,
    ChildDeath,
    Deadlock,
    FailingCheck,
    FailingHealth,
    FailingProbe,
    GrpcHealth,
    Hang,
    Leak,
    PasswordDemand,
    Refusing,
    Stopped,
)
from chaos.history.effect import Effect, How
from chaos.history.facts import Observed
from chaos.laws import leaves_endpoints, restarted
from chaos.ports.fault import Fault
from chaos.testing import app_of, at, endpoints, having, pod, story
from chaos.testing import restarted as back
from chaos.windows.sight import befalls, unseen
from chaos.workloads.admitted import Apps, Workload
from chaos.workloads.containers import PROBES, ContainerSpec, Probe, ProbeName
from chaos.workloads.handlers import Exec, Grpc, Handler, HttpGet, TcpSocket

POD = pod("web-1")
BACK = back(POD)
WEB = app_of(POD)
HEALTH, ROOT, QUERY = HttpGet("/health", 8080), HttpGet("/", 8080), HttpGet("health?full=1", 8080)
NAMED = HttpGet("/health", 8080, headers=("Authorization",))
TCP, GRPC, CAT = TcpSocket(8080), Grpc(8082), Exec(("cat", "/x"))
CHECK, SHELL = Exec(("patient-check",)), Exec(("sh", "-c", "patient-check --retries 3"))
EVERY = (HEALTH, ROOT, QUERY, NAMED, TCP, GRPC, CAT, CHECK, SHELL)


def asked(asks: Handler | None) -> Workload:
    return having(WEB, liveness=Probe(asks=asks))


def led(apps: Apps, location: str, **how: Any) -> Answering:
    return Answering(apps, manner="redirect", location=location, **how)


def effects(apps: Apps) -> dict[str, tuple[Effect, set[Handler]]]:
    """Each fault's look, with the probes that see it: what a kubelet makes of it (oracle L6)."""
    return {
        "hang": (Hang(apps).effect, {HEALTH, ROOT, QUERY, NAMED, GRPC}),
        "stopped": (Stopped(apps).effect, {HEALTH, ROOT, QUERY, NAMED, GRPC}),
        "refusing": (Refusing(apps).effect, {HEALTH, ROOT, QUERY, NAMED, TCP}),
        "health": (FailingHealth(apps).effect, {HEALTH, QUERY, NAMED}),
        "health of another path": (FailingHealth(apps, path="/").effect, {ROOT}),
        "answering": (Answering(apps, status=500).effect, {HEALTH, QUERY, NAMED}),
        "answering late": (Answering(apps, delay=3).effect, {HEALTH, QUERY, NAMED}),
        "204": (Answering(apps, status=204).effect, set()),
        "headers only": (Answering(apps, manner="headers_only").effect, set()),
        "500, and no body": (Answering(apps, status=500, manner="headers_only").effect, set()),
        "reset": (Answering(apps, manner="reset").effect, {HEALTH, QUERY, NAMED}),
        "silent": (Answering(apps, manner="silent").effect, {HEALTH, QUERY, NAMED}),
        "led to itself": (Answering(apps, manner="redirect").effect, {HEALTH, QUERY, NAMED}),
        "named itself": (led(apps, "/health").effect, {HEALTH, QUERY, NAMED}),
        "led elsewhere": (led(apps, "http://elsewhere.invalid/").effect, set()),
        "not led": (led(apps, "/", status=304).effect, set()),
        "in time": (Answering(apps, delay=0.9).effect, set()),
        "too late": (Answering(apps, delay=1).effect, {HEALTH, QUERY, NAMED}),
        "500, in time": (Answering(apps, status=500, delay=0.9).effect, {HEALTH, QUERY, NAMED}),
        "led on and on, late": (led(apps, "", delay=0.2).effect, {HEALTH, QUERY, NAMED}),
        "headers too late": (
            Answering(apps, manner="headers_only", delay=3).effect,
            {HEALTH, QUERY, NAMED},
        ),
        "two failures": (FailingHealth(apps, times=2).effect, set()),
        "one failure": (FailingHealth(apps, times=1).effect, set()),
        "three failures": (FailingHealth(apps, times=3).effect, {HEALTH, QUERY, NAMED}),
        "deadlock": (Deadlock(apps).effect, {HEALTH, QUERY, NAMED}),
        "child": (ChildDeath(apps).effect, {HEALTH, QUERY, NAMED}),
        "password": (PasswordDemand(apps).effect, {HEALTH, QUERY}),
        "grpc": (GrpcHealth(apps, status="not_serving").effect, {GRPC}),
        "serving": (GrpcHealth(apps, status="serving").effect, set()),
        "grpc silent": (GrpcHealth(apps, status="silent").effect, {GRPC}),
        "check": (FailingCheck(apps).effect, {CHECK, SHELL}),
        "check, in time": (FailingCheck(apps, delay=0.9).effect, {CHECK, SHELL}),
        "check well": (FailingCheck(apps, code=0).effect, set()),
        "check well, in time": (FailingCheck(apps, code=0, delay=0.9).effect, set()),
        "check well, too late": (FailingCheck(apps, code=0, delay=2).effect, {CHECK, SHELL}),
        "probe": (FailingProbe("liveness", apps).effect, {*EVERY}),
        "the other probe": (FailingProbe("readiness", apps).effect, set()),
    }


@pytest.mark.parametrize("name", effects(WEB))
def test_a_probe_sees_what_it_asks_for_and_nothing_else(name: str) -> None:
    effect, seen_by = effects(WEB)[name]
    assert {asks for asks in EVERY if not unseen(asked(asks), "liveness", effect)} == seen_by
    assert bool(unseen(asked(None), "liveness", effect)) == (not seen_by)
    assert {unseen(asked(asks), "liveness", effect) for asks in seen_by} <= {""}


@pytest.mark.parametrize(
    ("asks", "effect", "why"),
    [
        (TCP, Hang(WEB).effect, "only wants a connection, and gets one"),
        (CAT, Hang(WEB).effect, "runs cat: nobody can tell whether that sees it"),
        (GRPC, Refusing(WEB).effect, "asks by grpc, which the fault leaves alone"),
        (ROOT, FailingHealth(WEB).effect, "asks /, the fault lies on /health"),
        (NAMED, PasswordDemand(WEB).effect, "sends its Authorization"),
        (CAT, FailingCheck(WEB).effect, "runs cat, the fault makes patient-check fail"),
        (HEALTH, Answering(WEB, status=204).effect, "hears no failure of it"),
        (HEALTH, Answering(WEB, delay=0.5).effect, "waits 1 s, and is answered after 0.5 s"),
        (CHECK, FailingCheck(WEB, code=0).effect, "hears no failure of it"),
        (
            HEALTH,
            FailingHealth(WEB, times=2).effect,
            "wants 3 failures in a row, and hears at most 2",
        ),
    ],
)
def test_it_is_said_why_a_probe_sees_nothing(asks: Handler, effect: Effect, why: str) -> None:
    said = f"web's liveness probe {why}: nothing would restart it"
    assert unseen(asked(asks), "liveness", effect) == said
    with pytest.raises(ChaosError) as refused:
        windows.restart(asked(asks), effect)
    assert str(refused.value) == f"{said}; what holds is `never_restarted`"


@pytest.mark.parametrize("asks", [TCP, CAT])
def test_a_hang_that_a_probe_cannot_see_has_no_window(asks: Handler) -> None:
    with pytest.raises(ChaosError, match="nothing would restart it; what holds is `never_rest"):
        windows.hang(asked(asks))
    with pytest.raises(ChaosError, match="take it out of its service; what holds is `never_le"):
        windows.unready(having(WEB, readiness=Probe(asks=asks)))
    assert windows.refusal(asked(asks))


DESK, NAMED_PORT = HttpGet("/health", 8081), HttpGet("/health", "web")
PROXIED, OTHER = HttpGet("/health", 20901), HttpGet("/health", 8080, host="db.example.com")
LOOPBACK = HttpGet("/health", 8080, host="127.0.0.1")


@pytest.mark.parametrize("fault", [Hang, FailingHealth, Refusing, Deadlock, ChildDeath], ids=str)
@pytest.mark.parametrize(
    ("asks", "why"),
    [
        (HEALTH, ""),
        (NAMED_PORT, ""),
        (PROXIED, ""),
        (DESK, "asks port 8081, the fault lies on 8080"),
        (OTHER, "asks db.example.com: nobody can tell whether that sees it"),
        (LOOPBACK, "asks 127.0.0.1: nobody can tell whether that sees it"),
    ],
    ids=["main", "by-its-name", "through-a-proxy", "another-port", "another-host", "its-node"],
)
def test_a_fault_of_the_main_port_is_seen_there(
    fault: Callable[[Workload], Fault], asks: HttpGet, why: str
) -> None:
    app = having(asked(asks), ports=(("web", 8080), ("desk", 8081)))

    assert unseen(app, "liveness", fault(app).effect).partition(": nothing would")[0] == (
        why and f"web's liveness probe {why}"
    )


@pytest.mark.parametrize(
    ("name", "times", "beside", "told"),
    [
        ("liveness", 3, HEALTH, True),
        ("readiness", 3, QUERY, True),
        ("startup", 3, HEALTH, False),
        ("liveness", 3, ROOT, False),
        ("liveness", 3, TCP, False),
        ("liveness", 0, HEALTH, False),
    ],
)
def test_failures_that_two_probes_share_are_promised_to_neither(
    name: ProbeName, times: int, beside: Handler, *, told: bool
) -> None:
    probes = dict.fromkeys(PROBES, Probe(asks=beside)) | {name: Probe(asks=HEALTH)}
    effect = FailingHealth(WEB, times=times).effect

    said = unseen(having(WEB, **probes), name, effect)

    other = "liveness" if name == "readiness" else "readiness"
    shares = f"shares 3 failures with its {other} probe: nobody can tell how many it hears"
    assert said.startswith(f"web's {name} probe {shares}") is told
    assert bool(said) is told


@pytest.mark.parametrize(
    ("asks", "why"),
    [
        (TcpSocket("web"), ""),
        (TcpSocket(8081), "asks port 8081, the fault lies on 8080"),
        (TcpSocket(8080, "db"), "asks db: nobody can tell whether that sees it"),
    ],
)
def test_a_connection_is_to_a_port_and_a_host_too(asks: TcpSocket, why: str) -> None:
    app = having(asked(asks), ports=(("web", 8080), ("desk", 8081)))

    assert unseen(app, "liveness", Refusing(app).effect).partition(": nothing would")[0] == (
        why and f"web's liveness probe {why}"
    )


def test_which_probes_share_is_looked_up_in_the_container_that_has_it() -> None:
    app = ContainerSpec("app", liveness=Probe(asks=HEALTH), readiness=Probe(asks=HEALTH))
    web = replace(WEB, containers=(ContainerSpec("beside"), app))

    said = unseen(web, "liveness", FailingHealth(web, times=3).effect)

    assert said.startswith("web's liveness probe shares 3 failures with its readiness probe")


@pytest.mark.parametrize(("port", "seen"), [(80, True), (8080, True), (81, False)])
def test_the_main_port_is_the_first_that_is_named_or_the_patients_own(
    port: int, *, seen: bool
) -> None:
    app = having(asked(HttpGet("/health", port)), ports=(("web", 80), ("more", 81)))

    assert (unseen(app, "liveness", Hang(app).effect) == "") is seen
    assert seen or "the fault lies on 80:" in unseen(app, "liveness", Hang(app).effect)


def test_a_pod_on_its_nodes_network_is_asked_at_the_nodes_own_address() -> None:
    app = replace(asked(LOOPBACK), host_network=True)

    assert unseen(app, "liveness", Hang(app).effect) == ""
    assert unseen(replace(asked(OTHER), host_network=True), "liveness", Hang(app).effect)


def test_a_process_that_stands_still_is_silent_at_every_port() -> None:
    assert unseen(asked(DESK), "liveness", Stopped(WEB).effect) == ""


def test_a_fault_of_another_probe_is_not_this_one_s() -> None:
    why = "the fault befalls web's readiness probe, not its liveness probe"
    assert unseen(asked(HEALTH), "liveness", FailingProbe("readiness", WEB).effect) == why


@pytest.mark.parametrize(
    ("memory", "up_to", "why"),
    [
        (256, 128, "the leak ends at 128 MiB, the limit of web is 256 MiB"),
        (128, 128, ""),
        (64, 128, ""),
        (None, 128, ""),
    ],
)
def test_a_leak_must_reach_the_limit(memory: float | None, up_to: float, why: str) -> None:
    effect = Leak(WEB, mib_per_second=8, up_to_mib=up_to).effect
    assert unseen(having(WEB, memory=memory), "liveness", effect) == why


def test_what_ends_by_itself_needs_no_probe() -> None:
    assert unseen(WEB, "liveness", Effect("ends")) == ""
    assert unseen(WEB, "readiness", Effect("lost")) == ""


def test_nobody_is_accused_of_what_no_probe_could_see() -> None:
    soon = windows.within(seconds(10))
    hung, healthy = story(stood=[POD], end=20), Hang(WEB).effect
    aftermath = replace(hung, effect=healthy)
    for law in (restarted(asked(TCP), within=soon), restarted(WEB, within=soon)):
        verdict = law.judge(aftermath)
        assert verdict.ruling is Ruling.UNKNOWN
        assert verdict.because.endswith((": nothing would restart it", "restart it when it hangs"))
        assert not verdict.missed
    seen = restarted(asked(HEALTH), within=soon).judge(aftermath)
    assert seen.ruling is Ruling.BROKEN
    away = leaves_endpoints(having(WEB, readiness=Probe(asks=TCP)), within=soon).judge(aftermath)
    assert away.ruling is Ruling.UNKNOWN


def test_a_readiness_probe_that_cannot_see_it_takes_nothing_out() -> None:
    with pytest.raises(ChaosError, match="only wants a connection, and gets one: nothing would"):
        windows.unrouted(having(WEB, readiness=Probe(asks=TCP)), Hang(WEB).effect)


@pytest.mark.parametrize(
    ("entries", "earliest", "end", "ruling"),
    [
        pytest.param([], 0, 5, Ruling.OPEN, id="not-yet"),
        pytest.param([], 0, 20, Ruling.UNKNOWN, id="never"),
        pytest.param([at(3, BACK)], 0, 20, Ruling.HOLDS, id="in-time"),
        pytest.param([at(3, BACK)], 5, 20, Ruling.BROKEN, id="too-early"),
        pytest.param([at(12, BACK)], 0, 20, Ruling.BROKEN, id="late"),
    ],
)
def test_what_was_seen_counts_whatever_a_probe_can_see(
    entries: list[Observed], earliest: float, end: float, ruling: Ruling
) -> None:
    window = replace(windows.within(seconds(10)), earliest=seconds(earliest))
    aftermath = replace(story(*entries, stood=[POD], end=end), effect=Hang(WEB).effect)
    blind = having(WEB, liveness=Probe(period=seconds(1), asks=TCP))
    assert restarted(blind, within=window).judge(aftermath).ruling is ruling


WHO = having(app_of(pod("web-1")), liveness=Probe(), readiness=Probe(), memory=64)
PAIR = replace(
    WHO,
    containers=(
        ContainerSpec("app", desk=8081, liveness=Probe(), readiness=Probe(), memory=64),
        ContainerSpec("proxy", liveness=Probe(), memory=64),
    ),
)


@pytest.mark.parametrize("how", ["ends", "silent", "refuses", "fills"])
@pytest.mark.parametrize(
    ("hits", "app", "felt"),
    [
        pytest.param(("web",), WHO, True, id="it"),
        pytest.param(("db", "web"), WHO, True, id="it-among-others"),
        pytest.param((), WHO, True, id="who-is-not-said"),
        pytest.param(("db",), WHO, False, id="another"),
        pytest.param(("web-2",), WHO, False, id="one-of-a-longer-name"),
        pytest.param(("web/app",), PAIR, True, id="the-patient-of-two"),
        pytest.param(("web/app",), PAIR.container("app"), True, id="the-one-that-is-meant"),
        pytest.param(("web",), PAIR.container("proxy"), True, id="the-whole-pod"),
        pytest.param(("web/app",), PAIR.container("proxy"), False, id="the-other-of-two"),
        pytest.param(("web/proxy",), PAIR, False, id="not-the-patient"),
    ],
)
def test_a_fault_that_is_done_to_another_gives_no_window_here(
    how: How,
    hits: tuple[str, ...],
    app: Workload,
    felt: bool,  # noqa: FBT001  a row
) -> None:
    """A law about a container that the fault did not hit would accuse the cluster."""
    effect = Effect(how, mib_per_second=8, hits=hits)
    if not felt:
        with pytest.raises(ChaosError, match="give `within`, how soon it would be felt there"):
            windows.restart(app, effect)
    else:
        assert windows.restart(app, effect).latest > 0


def test_traffic_is_the_whole_pod_s() -> None:
    near, far = Effect("silent", hits=("web/proxy",)), Effect("silent", hits=("db",))

    assert windows.unrouted(PAIR, near) == windows.unready(PAIR)
    with pytest.raises(ChaosError, match="done to db, not to web: give `within`"):
        windows.unrouted(PAIR, far)


@pytest.mark.parametrize("how", ["lost", "evicts", "deletes", ""])
def test_what_is_done_to_nodes_and_objects_may_concern_anybody(how: How) -> None:
    assert befalls(Effect(how, hits=("db",)), WHO, whole=False)


def test_who_is_to_feel_what_is_done_to_another_is_held_to_the_scenario_s_own_word() -> None:
    """No probe of its own is asked for then: an outage of a database may well be felt."""
    blind = having(app_of(pod("web-1")), readiness=None, liveness=None)
    aftermath = story(stood=[pod("web-1")], end=20)
    law = restarted(blind, within=windows.within(seconds(10)))

    other = replace(aftermath, effect=Effect("silent", hits=("db",)))
    assert law.judge(other).ruling is Ruling.BROKEN
    own = replace(aftermath, effect=Effect("silent", hits=("web",)))
    assert law.judge(own).ruling is Ruling.UNKNOWN
    unsaid = restarted(blind).judge(other)
    assert (unsaid.ruling, unsaid.because) == (
        Ruling.UNKNOWN,
        "the fault was done to db, not to web: give `within`, how soon it would be felt there",
    )


WELL = having(app_of(pod("db-1")), liveness=Probe(period=seconds(2)))


@pytest.mark.parametrize(
    ("beside", "window"),
    [
        pytest.param((), "", id="nothing-was-done-to-it"),
        pytest.param((Effect("silent", hits=("db",)),), str(windows.hang(WELL)), id="a-hang"),
        pytest.param(
            (Effect("silent", hits=("db",)), Effect("ends", hits=("db",))),
            str(windows.crash(WELL)),
            id="the-last-of-two",
        ),
        pytest.param((Effect("deletes", hits=("web",)),), "", id="another-s"),
        pytest.param((Effect("silent"),), "", id="it-does-not-say-whose"),
    ],
)
def test_of_several_open_faults_the_one_that_was_done_to_it_gives_the_window(
    beside: tuple[Effect, ...], window: str
) -> None:
    aftermath = replace(
        story(stood=[pod("db-1"), pod("web-1")], end=0),
        effect=Effect("ends", hits=("web",)),
        beside=beside,
    )
    verdict = restarted(WELL).judge(aftermath)

    assert str(verdict.window or "") == window


def test_a_restart_is_one_container_s_and_traffic_the_pod_s() -> None:
    there = story(stood=[pod("web-1"), endpoints("web", pod("web-1"))], end=0)
    aftermath = replace(
        there,
        effect=Effect("silent", hits=("web/proxy",)),
        beside=(Effect("ends", hits=("web/app",)),),
    )

    assert restarted(PAIR).judge(aftermath).window == windows.crash(PAIR)
    assert leaves_endpoints(PAIR).judge(aftermath).window == windows.unready(PAIR)


def test_what_is_done_to_a_neighbour_in_the_pod_is_looked_at_with_this_one_s_probe() -> None:
    """A pod's containers answer for one another: nobody is accused of what a probe cannot see."""
    blind = ContainerSpec("app", desk=8081, liveness=Probe(asks=TCP), memory=64)
    pair = replace(PAIR, containers=(blind, *PAIR.containers[1:]))
    law = restarted(pair, within=windows.within(seconds(10)))
    hang = Effect("silent", seen_by=("http-get",), hits=("web/proxy",))

    now = replace(story(stood=[pod("web-1")], end=20), effect=hang)
    assert law.judge(now).ruling is Ruling.UNKNOWN
    before = replace(now, effect=Effect("ends", hits=("db",)), beside=(hang,))
    assert law.judge(before).ruling is Ruling.UNKNOWN
