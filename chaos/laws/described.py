"""Laws about what the API server made of a spec (oracle: L7)."""

from __future__ import annotations

from chaos.history.history import History
from chaos.judging.law import law
from chaos.judging.subject import Controller
from chaos.judging.verdict import Ruling, Verdict
from chaos.workloads.containers import Probe, ProbeName
from chaos.workloads.describe import describe_probe

BOOK = "1.36"  # the last kubectl that prints "#success=1 #failure=3", as the book has it


@law
def described(
    aftermath: History, workload: Controller, *, line: str, place: ProbeName = "liveness"
) -> Verdict:
    """The live probe's numbers are these, as `kubectl describe` prints them."""
    del aftermath  # a pod's probes cannot be changed: what was admitted stands
    shown = _line(workload.probe(place))
    ruling = Ruling.HOLDS if shown == line else Ruling.BROKEN
    return Verdict(ruling, f"{place.capitalize()}: {shown}")


def _line(probe: Probe | None) -> str:
    return "none" if probe is None else describe_probe(probe, kubectl=BOOK)
