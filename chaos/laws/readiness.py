"""Laws about readiness: who gets traffic from a service (oracle: L4, control 2)."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.clock import Seconds, seconds
from chaos.entry import Endpoints, Observed, Uid, Workload
from chaos.history import History
from chaos.law import Verdict, eventually, law, never, spells
from chaos.windows import Window


@law
def leaves_endpoints(aftermath: History, workload: Workload, *, within: Window) -> Verdict:
    """The pod's service sends it no more traffic."""
    out = ((seen, None if inside else "out") for seen, inside in _inside(aftermath, workload))
    return eventually(aftermath, spells(out), within, missing="it stayed in the endpoints")


@law
def rejoins_endpoints(aftermath: History, workload: Workload, *, within: Window) -> Verdict:
    """The pod's service sends it traffic again."""
    back = ((seen, "in" if inside else None) for seen, inside in _inside(aftermath, workload))
    steady = seconds(3)  # as for a restart: a recovery must last
    return eventually(
        aftermath, spells(back), within, missing="it stayed out of the endpoints", hold=steady
    )


@law
def never_leaves_endpoints(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """The pod's service sends it traffic all the time."""
    out = (seen for seen, inside in _inside(aftermath, workload) if not inside)
    return never(aftermath, next(out, None), through)


def _inside(aftermath: History, workload: Workload) -> Iterator[tuple[Observed, bool]]:
    """For each sighting of its service's slices: whether all its pods are among the ready."""
    ours = {stand.uid for stand in workload.stands}
    slices: dict[str, frozenset[Uid]] = {"opening": aftermath.opening.endpoints(workload.name)}
    for seen, piece in aftermath.of_service(workload.name):
        slices.pop("opening", None)
        slices[piece.name] = _ready(seen, piece)
        yield seen, ours <= frozenset().union(*slices.values())


def _ready(seen: Observed, piece: Endpoints) -> frozenset[Uid]:
    return frozenset() if seen.gone else frozenset(piece.ready)
