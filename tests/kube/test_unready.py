"""Why a pod is not ready, told from its status and its events."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chaos.clock import ManualClock, seconds
from chaos.errors import NotSteady
from chaos.history.facts import Container, Event, Observed, Termination
from chaos.history.journal import Journal
from chaos.kube.client import Client
from chaos.kube.running import Running
from chaos.kube.unready import in_vain, refused, troubles
from chaos.testing import pod
from chaos.workloads import deployment
from chaos.workloads.admitted import Uid

TLS = "Readiness probe failed: http: server gave HTTP response to HTTPS client"
QUOTA = 'Error creating: pods "web-x" is forbidden: exceeded quota: few, requested: pods=1'
ILL = pod("web-1", ready=False)
numbers = iter(range(1000))


def said(reason: str, message: str, *, about: str = "uid-web-1", uid: str = "") -> Event:
    return Event(Uid(uid or f"e{next(numbers)}"), Uid(about), reason, message)


def waits(reason: str, message: str = "", *, ended: str = "") -> Container:
    last = Termination("c0", 137, ended) if ended else None
    return Container("app", state="waiting", ready=False, reason=reason, message=message, last=last)


def told(*events: Event, container: Container | None = None) -> list[str]:
    shown = pod("web-1", ready=False, containers=(container or Container("app"),))
    return [*troubles(shown, events)]


def test_a_probe_that_is_never_kept_is_told_in_its_own_words() -> None:
    """The only place that says so is the event (YOURLS/charts issue 76)."""
    advice = "what the probe asks for, and how, has to fit the app"
    first, last = said("Unhealthy", "Readiness probe failed: dial"), said("Unhealthy", TLS)

    assert told(first, last) == [f"web-1: {TLS} ({advice})"]
    assert told(said("Unhealthy", TLS, about="uid-web-2")) == ["web-1: Running, not ready"]
    assert told(said("Pulled", TLS)) == ["web-1: Running, not ready"]
    assert told(said("Unhealthy", "one\ntwo\x1b[31m"))[0].startswith("web-1: one\\ntwo\\x1b[31m")


@pytest.mark.parametrize(
    ("ended", "kill", "advice"),
    [
        pytest.param(
            "Error",
            "Container app failed liveness probe, will be restarted",
            "it is killed since its probe fails",
            id="a-probe-kills-it",
        ),
        pytest.param(
            "Error",
            "Container app failed startup probe, will be restarted",
            "it is killed since its probe fails",
            id="so-does-its-startup-probe",
        ),
        pytest.param(
            "Error",
            "Container proxy failed liveness probe, will be restarted",
            "the app ends by itself: read its log",
            id="but-that-was-another-container",
        ),
        pytest.param(
            "Error",
            "Container app definition changed, will be restarted",
            "the app ends by itself: read its log",
            id="killed-since-it-is-another-now",
        ),
        pytest.param(
            "Error",
            "Stopping container app",
            "the app ends by itself: read its log",
            id="killed-for-another-reason",
        ),
        pytest.param(
            "OOMKilled", "", "the app needs more memory than its limit", id="too-little-memory"
        ),
        pytest.param("", "", "the app ends by itself: read its log", id="nobody-told-how-it-ended"),
        pytest.param("Completed", "", "the app ends by itself: read its log", id="it-ends"),
    ],
)
def test_a_loop_has_more_than_one_cause(ended: str, kill: str, advice: str) -> None:
    other = said("Pulled", "Container app failed liveness probe")  # no kill
    events = [other, *([said("Killing", kill)] if kill else [])]
    assert told(*events, container=waits("CrashLoopBackOff", "back-off 10s", ended=ended)) == [
        f"web-1: CrashLoopBackOff: back-off 10s ({advice})"
    ]


def test_only_who_waits_for_a_reason_is_told_of() -> None:
    runs = Container("app", state="running", reason="Strange")
    waits_for_nothing = Container("app", state="waiting")

    assert told(container=runs) == ["web-1: Running, not ready"]
    assert told(container=waits_for_nothing) == ["web-1: Running, not ready"]
    assert told(container=waits("ContainerCreating")) == ["web-1: ContainerCreating"]
    nameless = pod("web-1", ready=False, phase="")
    assert [*troubles(nameless, [])] == ["web-1: Unknown, not ready"]


@pytest.mark.parametrize(
    ("container", "line", "vain"),
    [
        (waits("ErrImageNeverPull"), "ErrImageNeverPull (put the image on the nodes, or", True),
        (waits("ErrImagePull", "not found"), "ErrImagePull: not found (put the image", True),
        (waits("ErrImagePull", "i/o timeout"), "ErrImagePull: i/o timeout (put", False),
        (waits("ContainerCreating"), "ContainerCreating", False),
        (
            waits("CreateContainerConfigError", 'configmap "x" not found'),
            'CreateContainerConfigError: configmap "x" not found (make what',
            False,
        ),
    ],
)
def test_advice_fits_and_who_waits_in_vain_is_known(
    container: Container,
    line: str,
    vain: bool,  # noqa: FBT001  a row
) -> None:
    (only,) = told(container=container)

    assert only.startswith(f"web-1: {line}")
    assert in_vain(container) is vain


def test_who_may_not_run_as_root_never_will() -> None:
    why = "container has runAsNonRoot and image will run as root (pod: x)"
    container = waits("CreateContainerConfigError", why)
    advice = "let it run as another user, or drop runAsNonRoot"

    assert told(container=container) == [f"web-1: CreateContainerConfigError: {why} ({advice})"]
    assert in_vain(container)


def test_where_no_node_has_room_the_scheduler_says_so() -> None:
    (line, _) = told(said("FailedScheduling", "0/2 nodes are available"))

    assert line == (
        "web-1: FailedScheduling: 0/2 nodes are available (make room on a node, or ask for less)"
    )


@pytest.mark.parametrize(
    ("event", "final"),
    [
        (said("FailedCreate", QUOTA), True),
        (said("FailedCreate", 'pods "web-x" is forbidden: violates PodSecurity "x"'), True),
        (said("FailedCreate", 'serviceaccount "default" not found'), False),
        (said("Warning", QUOTA), False),
    ],
)
def test_who_may_make_no_pod_may_not_later_either(event: Event, final: bool) -> None:  # noqa: FBT001  a row
    assert refused(event) is final


class Scene:
    """A Deployment that was applied, and what is said of it one second later."""

    def __init__(self, name: str = "web") -> None:
        self.clock = ManualClock()
        self.journal = Journal(self.clock)
        client = Client.__new__(Client)  # nobody is asked: nothing gets ready
        self.running = Running(deployment(name), Uid("w"), "ns", client, self.journal)

    def sees(self, *things: Event | object) -> None:
        def write() -> None:
            for thing in things:
                self.journal.write(Observed(self.clock.now(), thing))  # type: ignore[arg-type]

        self.clock.at(seconds(1), write)

    def refusal(self) -> Iterator[str]:
        with pytest.raises(NotSteady) as caught:
            self.running.wait(until=seconds(30))
        yield from str(caught.value).splitlines()


def test_a_quota_is_told_at_once_and_not_waited_out() -> None:
    scene = Scene()
    scene.sees(said("FailedCreate", QUOTA, about="a-replica-set"))

    lines = [*scene.refusal()]

    assert lines[1:3] == ["  1 of 1 pods do not exist", f"  {QUOTA}"]
    assert scene.clock.now() == seconds(1)


@pytest.mark.parametrize("name", ["web", "api"])
def test_another_one_s_quota_says_nothing_of_this_one(name: str) -> None:
    scene = Scene("api")
    scene.sees(said("FailedCreate", QUOTA.replace("web", name), about="a-replica-set"))

    _, first, *rest = scene.refusal()

    assert first == "  1 of 1 pods do not exist"
    assert any("quota" in line for line in rest) is (name == "api")


def test_the_last_word_of_an_event_counts_and_its_place_is_that_of_the_last() -> None:
    """Events are merged: the kubelet writes the newest message into the one that is there."""
    scene = Scene()
    again = said("Unhealthy", TLS, uid="first")
    scene.sees(ILL, said("Unhealthy", "refused", uid="first"), said("Unhealthy", "timeout"), again)

    _, line, _ = scene.refusal()

    assert line.startswith(f"  web-1: {TLS} (")
