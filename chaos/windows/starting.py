"""What a new pod takes until it runs, and until it is ready (oracle 2.2, L8).

By its spec, and by how long the same workload's own first start took where that was longer.
"""

from __future__ import annotations

from chaos.clock import Seconds
from chaos.windows.probes import answered, delayed
from chaos.windows.terms import START
from chaos.windows.window import Term
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import Probe, ProbeName
from chaos.workloads.first_start import FirstStart

MEASURED = "the same workload's own first start on this cluster"


def start(workload: Workload | None) -> Term:
    """A container's start anew, once it is decided: no longer than the whole pod's first one took.

    Without the pull of its image, which is on its node now.
    """
    first = _first(workload)
    if first is None:
        return START
    return _measured(first.again, " but for the pull" if first.pull else "")


def started(workload: Workload | None) -> tuple[Term, ...]:
    """A new pod's containers run, wherever: first its init containers, one after the other."""
    first = _first(workload)
    return (_initialized(workload), START if first is None else _measured(first.start))


def _measured(span: Seconds, apart: str = "") -> Term:
    if span <= START.span:
        return START
    return Term(START.name, span, MEASURED, f"{START.name} {span:.1f} s, as its first{apart}")


def _initialized(workload: Workload | None) -> Term:
    count = len(workload.init) if workload is not None else 0
    name, span = f"{count} init container{'s' * (count > 1)}", Seconds(count * START.span)
    first = _first(workload)
    if first is None or first.init <= span or not count:
        return Term("init containers", span, START.source, f"{name} {span:g} s")
    words = f"{name} {first.init:.1f} s, as its first"
    return Term("init containers", first.init, MEASURED, words)


def _first(workload: Workload | None) -> FirstStart | None:
    return workload.first if workload is not None else None


def readied(workload: Workload | None) -> tuple[Term, ...]:
    """A pod that runs is ready: the slowest of its startup, then of its readiness probes says so.

    Of an app that is up as soon as it runs. Where its first pods took longer, the app itself did,
    and may take up to twice as long when others start beside it: no spec says.
    """
    if workload is None:
        return ()
    names: tuple[ProbeName, ...] = ("startup", "readiness")
    probed = tuple(_slowest(workload, name) for name in names)
    return (*probed, _boot(workload.first, sum(term.span for term in probed)))


def _boot(first: FirstStart | None, probed: float) -> Term:
    """What the app itself took until its probes found it up, and as much again."""
    took = max(0.0, first.ready - probed) if first is not None else 0.0
    words = f"the app's own start 2 x {took:.1f} s, as its first"
    return Term("the app's own start", Seconds(2 * took), MEASURED, words)


def _slowest(workload: Workload, name: ProbeName) -> Term:
    """From a container's start to its probe's last success."""
    probes = [probe for spec in workload.containers if (probe := spec.probe(name))]
    span = max(map(_said, probes), default=Seconds(0.0))
    return Term(f"{name} probe", span, "initialDelaySeconds, periodSeconds, successThreshold")


def _said(probe: Probe) -> Seconds:
    return Seconds(sum(term.span for term in (delayed(probe), *answered(probe))))
