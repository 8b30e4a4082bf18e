"""Laws about readiness: who gets traffic from a service (oracle: L4, control 2)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile

from chaos import windows
from chaos.clock import Seconds, seconds
from chaos.history.facts import Observed
from chaos.history.history import History
from chaos.judging.due import unless_unseen
from chaos.judging.law import law
from chaos.judging.recovery import spells
from chaos.judging.ruling import eventually, never
from chaos.judging.verdict import Verdict
from chaos.windows.window import Window
from chaos.workloads.admitted import Uid, Workload


@law
def leaves_endpoints(
    aftermath: History, workload: Workload, *, within: Window | None = None
) -> Verdict:
    """The pod's service sends it no more traffic."""
    ours = _ours(workload)
    out = ((seen, None if ours & ready else "out") for seen, ready in _ready(aftermath, workload))
    window = within or windows.unrouted(workload, aftermath.effect, aftermath.timers)
    verdict = eventually(aftermath, spells(out), window, missing="it stayed in the endpoints")
    return unless_unseen(aftermath, workload, "readiness", verdict)


@law
def rejoins_endpoints(
    aftermath: History, workload: Workload, *, within: Window | None = None
) -> Verdict:
    """The pod's service sends it traffic again."""
    ours = _ours(workload)
    back = ((seen, "in" if ours <= ready else None) for seen, ready in _ready(aftermath, workload))
    steady = seconds(3)  # as for a restart: a recovery must last
    window = within or windows.ready_again(workload)
    return eventually(
        aftermath, spells(back), window, missing="it stayed out of the endpoints", hold=steady
    )


@law
def never_leaves_endpoints(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """The pod's service sends it traffic all the time."""
    ours = _ours(workload)
    out = (seen for seen, ready in _ready(aftermath, workload) if not ours <= ready)
    return never(aftermath, next(out, None), through)


@law
def never_rejoins_endpoints(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """The pod's service, once it sends it no traffic, sends it none again."""
    ours = _ours(workload)
    since_out = dropwhile(lambda sight: ours & sight[1], _ready(aftermath, workload))
    back = (seen for seen, ready in since_out if ours & ready)
    return never(aftermath, next(back, None), through)


def _ours(workload: Workload) -> frozenset[Uid]:
    return frozenset(stand.uid for stand in workload.stands)


def _ready(aftermath: History, workload: Workload) -> Iterator[tuple[Observed, frozenset[Uid]]]:
    """For each sighting of its service's slices: who is ready by all of them together."""
    slices = dict(aftermath.opening.endpoints(workload.name))
    for seen, piece in aftermath.of_service(workload.name):
        slices[piece.name] = frozenset() if seen.gone else frozenset(piece.ready)
        yield seen, frozenset().union(*slices.values())
