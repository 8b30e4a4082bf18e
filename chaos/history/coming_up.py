"""How long pods took to come up, by what the watch showed and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from chaos.clock import Seconds
from chaos.history.facts import Event, Observed, Pod
from chaos.workloads.first_start import FirstStart

Shown = Sequence[tuple[Seconds, Pod]]


def first_start(pods: Iterable[Iterable[Observed]]) -> FirstStart | None:
    """How long the slowest of them took, step by step; None of those that never came up."""
    steps = [took for seen in pods if (took := _steps([*seen])) is not None]
    if not steps:
        return None
    init, start, ready, again = map(max, zip(*steps, strict=True))
    return FirstStart(init, start, ready, Seconds(start - again))


def _steps(seen: Sequence[Observed]) -> tuple[Seconds, ...] | None:
    """From its node to init containers done, to all containers running, to ready; else None.

    And once more to all containers running, but for the pulls of their images.
    """
    shown = [(one.at, one.thing) for one in seen if isinstance(one.thing, Pod)]
    moments = [_first(shown, came) for came in (_placed, _initialized, _runs, _well)]
    reached = [moment for moment in moments if moment is not None]
    if len(reached) < len(moments):
        return None
    init, start, ready = (Seconds(max(0.0, b - a)) for a, b in pairwise(reached))
    pulled = sum(max(0.0, min(b, reached[2]) - max(a, reached[1])) for a, b in _pulls(seen))
    return init, start, ready, Seconds(max(0.0, start - pulled))


def _pulls(seen: Iterable[Observed]) -> Iterator[tuple[Seconds, Seconds]]:
    """From when to when its kubelet, by its own word, pulled an image, tries in vain and all.

    Of a pod one container after the other is started (kubelet: images/image_manager.go).
    """
    since: dict[str, Seconds] = {}
    for one in seen:
        match one.thing:
            case Event(reason="Pulling", container=name):
                since.setdefault(name, one.at)
            case Event(reason="Pulled", container=name) if name in since:
                yield since.pop(name), one.at


def _first(shown: Shown, came: Callable[[Pod], bool]) -> Seconds | None:
    return next((at for at, pod in shown if came(pod)), None)


def _placed(pod: Pod) -> bool:
    return bool(pod.node)


def _initialized(pod: Pod) -> bool:
    return pod.initialized


def _runs(pod: Pod) -> bool:
    return bool(pod.containers) and all(one.state != "waiting" for one in pod.containers)


def _well(pod: Pod) -> bool:
    return pod.ready or pod.phase == "Succeeded"
