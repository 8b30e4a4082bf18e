"""How long pods took to come up, by what the watch showed and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from chaos.clock import Seconds
from chaos.history.facts import Observed, Pod
from chaos.workloads.first_start import FirstStart

Shown = Sequence[tuple[Seconds, Pod]]


def first_start(pods: Iterable[Iterable[Observed]]) -> FirstStart | None:
    """How long the slowest of them took, step by step; None of those that never came up."""
    steps = [took for seen in pods if (took := _steps(_shown(seen))) is not None]
    return FirstStart(*map(max, zip(*steps, strict=True))) if steps else None


def _shown(seen: Iterable[Observed]) -> Shown:
    return [(one.at, one.thing) for one in seen if isinstance(one.thing, Pod)]


def _steps(shown: Shown) -> tuple[Seconds, ...] | None:
    """From its node to init containers done, to all containers running, to ready; else None."""
    moments = [_first(shown, came) for came in (_placed, _initialized, _runs, _well)]
    reached = [moment for moment in moments if moment is not None]
    if len(reached) < len(moments):
        return None
    return tuple(Seconds(max(0.0, after - before)) for before, after in pairwise(reached))


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
