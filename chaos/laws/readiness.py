"""Laws about readiness: who gets traffic from a service (oracle: L4, control 2).

A service is found by its slices, which name the pods: what it is called says nothing. Where
several stand before a pod, each of them is meant, but for one that publishes pods that are not
ready (as a StatefulSet's own often does): it sends to them whatever happens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import dropwhile

from chaos import windows
from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.facts import Endpoints, Observed
from chaos.history.history import History
from chaos.judging.due import effect_on, unless_unseen
from chaos.judging.law import law
from chaos.judging.recovery import spells
from chaos.judging.ruling import eventually, never
from chaos.judging.stood import stands
from chaos.judging.verdict import Verdict
from chaos.windows.window import Window
from chaos.workloads.admitted import Uid, Workload

Slices = dict[tuple[str, str], frozenset[Uid]]  # by service and slice: who gets its traffic


@law
def leaves_endpoints(
    aftermath: History, workload: Workload, *, within: Window | None = None
) -> Verdict:
    """The pod's service sends it no more traffic."""
    fronts = _fronts(aftermath, workload)
    out = ((seen, None if some else "out") for seen, some, _ in _traffic(aftermath, fronts))
    effect = effect_on(aftermath, workload, whole=True)
    window = within or windows.unrouted(workload, effect, aftermath.timers)
    verdict = eventually(aftermath, spells(out), window, missing=fronts.stayed)
    return unless_unseen(aftermath, workload, "readiness", verdict)


@law
def rejoins_endpoints(
    aftermath: History, workload: Workload, *, within: Window | None = None
) -> Verdict:
    """The pod's service sends it traffic again."""
    fronts = _fronts(aftermath, workload)
    back = ((seen, "in" if every else None) for seen, _, every in _traffic(aftermath, fronts))
    steady = seconds(3)  # as for a restart: a recovery must last
    window = within or windows.ready_again(workload)
    return eventually(
        aftermath, spells(back), window, missing="it stayed out of the endpoints", hold=steady
    )


@law
def never_leaves_endpoints(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """The pod's service sends it traffic all the time."""
    fronts = _fronts(aftermath, workload)
    out = (seen for seen, _, every in _traffic(aftermath, fronts) if not every)
    return never(aftermath, next(out, None), through)


@law
def never_rejoins_endpoints(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """The pod's service, once it sends it no traffic, sends it none again."""
    fronts = _fronts(aftermath, workload)
    some_at_first, _ = _reached(_at_first(aftermath), fronts.named)
    sights = _traffic(aftermath, fronts)
    since_out = dropwhile(lambda sight: sight[1], sights) if some_at_first else sights
    back = (seen for seen, some, _ in since_out if some)
    return never(aftermath, next(back, None), through)


@dataclass(frozen=True, slots=True)
class _Fronts:
    """The services that count before a workload's pods: which of them each has ever named."""

    named: Mapping[str, frozenset[Uid]]
    publish: bool

    @property
    def stayed(self) -> str:
        """What is to say of pods that were not let go."""
        which = ", ".join(sorted(self.named))
        why = f" ({which} publishes pods that are not ready)" if self.publish else ""
        return f"it stayed in the endpoints{why}"


def _fronts(aftermath: History, workload: Workload) -> _Fronts:
    """The services before its pods; ChaosError where none has ever named one of them."""
    ours = frozenset(stand.uid for stand in stands(aftermath, workload))
    named = aftermath.fronts(ours)
    if not named:
        raise ChaosError(f"no service has ever named a pod of {workload}: there is no traffic")
    publishing = aftermath.publishing(ours)
    kept = {service: pods for service, pods in named.items() if service not in publishing}
    return _Fronts(kept or named, publish=not kept)


def _traffic(aftermath: History, fronts: _Fronts) -> Iterator[tuple[Observed, bool, bool]]:
    """For each sighting of a slice: whether any pod gets traffic, and whether all get all."""
    slices = _at_first(aftermath)
    for seen, piece in _sightings(aftermath, fronts):
        slices[piece.service, piece.name] = frozenset() if seen.gone else frozenset(piece.ready)
        yield seen, *_reached(slices, fronts.named)


def _at_first(aftermath: History) -> Slices:
    every = aftermath.opening.slices()
    return {(piece.service, piece.name): frozenset(piece.ready) for piece in every}


def _sightings(aftermath: History, fronts: _Fronts) -> list[tuple[Observed, Endpoints]]:
    found = (sight for service in fronts.named for sight in aftermath.of_service(service))
    return sorted(found, key=lambda sight: sight[0].at)


def _reached(slices: Slices, named: Mapping[str, frozenset[Uid]]) -> tuple[bool, bool]:
    """Whether any service sends to any pod that it names, and whether each sends to all."""
    sent = {
        service: frozenset[Uid]().union(*(to for (of, _), to in slices.items() if of == service))
        for service in named
    }
    some = any(pods & sent[service] for service, pods in named.items())
    return some, all(pods <= sent[service] for service, pods in named.items())
