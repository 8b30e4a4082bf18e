"""Why a pod is not ready, by its status and what was said of it, with advice that fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chaos.errors import one_line
from chaos.history.facts import Container, Event, Pod

TELLING = frozenset({"FailedScheduling", "FailedMount", "FailedCreatePodSandBox"})
IMAGE = "put the image on the nodes, or name another"
LOOPS = "CrashLoopBackOff"
ADVICE = {
    "ErrImagePull": IMAGE,
    "ImagePullBackOff": IMAGE,
    "ErrImageNeverPull": IMAGE,
    "InvalidImageName": "correct the image's name",
    LOOPS: "the app ends by itself: read its log",
    "CreateContainerConfigError": "make what the container refers to",
    "FailedScheduling": "make room on a node, or ask for less",
}
PROBED = "what the probe asks for, and how, has to fit the app"
STARVED = "the app needs more memory than its limit"
ROOT = "runAsNonRoot"  # kubernetes: pkg/kubelet/kuberuntime/security_context.go
AS_ROOT = "let it run as another user, or drop runAsNonRoot"

HOPELESS = frozenset({"ErrImageNeverPull", "InvalidImageName"})  # the kubelet tries again in vain
PULLING = frozenset({"ErrImagePull", "ImagePullBackOff"})
FINAL = ("not found", "connection refused", "no such host", "denied", "unauthorized")  # to a pull
REFUSED = ("exceeded quota", "violates PodSecurity")  # to make a pod, as long as nobody changes it
KILLED = ("failed liveness probe", "failed startup probe")  # kuberuntime_manager.go: Killing


def in_vain(container: Container) -> bool:
    """Whether waiting longer will not make it run."""
    if container.reason in PULLING:
        return any(word in container.message.lower() for word in FINAL)
    return container.reason in HOPELESS or ROOT in container.message


def refused(event: Event) -> bool:
    """Whether it says that its controller may not make the pod, however often it tries."""
    return event.reason == "FailedCreate" and any(word in event.message for word in REFUSED)


def troubles(pod: Pod, events: Sequence[Event]) -> Iterator[str]:
    """Each thing that is wrong with a pod; `events` are all that were said, in their order."""
    said = [event for event in events if event.about == pod.uid]
    waiting = [one for one in pod.containers if one.state == "waiting" and one.reason]
    for container in waiting:
        yield f"{pod.name}: {_waits(container, said)}"
    for event in said:
        if event.reason in TELLING:
            advice = ADVICE.get(event.reason, "")
            yield f"{pod.name}: {_advised(event.reason, event.message, advice)}"
    if failures := [event.message for event in said if event.reason == "Unhealthy"]:
        yield f"{pod.name}: {_advised(one_line(failures[-1]), '', PROBED)}"
    elif not waiting:
        yield f"{pod.name}: {pod.phase or 'Unknown'}, not ready"


def _waits(container: Container, said: Sequence[Event]) -> str:
    return _advised(container.reason, container.message, _advice(container, said))


def _advice(container: Container, said: Sequence[Event]) -> str:
    """What to do about a container that waits: a loop has more than one cause."""
    if ROOT in container.message:
        return AS_ROOT
    if container.reason != LOOPS:
        return ADVICE.get(container.reason, "")
    if container.last is not None and container.last.reason == "OOMKilled":
        return STARVED
    kills = (event.message for event in said if event.reason == "Killing")
    ours = (message for message in kills if f"Container {container.name} " in message)
    killed = any(why in message for message in ours for why in KILLED)
    return "it is killed since its probe fails" if killed else ADVICE[LOOPS]


def _advised(what: str, message: str, advice: str) -> str:
    told = f"{what}: {message}" if message else what
    return f"{told} ({advice})" if advice else told
