"""What a new pod takes until it runs, and until it is ready, by its spec (oracle 2.2, L8)."""

from __future__ import annotations

from chaos.clock import Seconds
from chaos.windows.probes import answered, delayed
from chaos.windows.terms import START
from chaos.windows.window import Term
from chaos.workloads.admitted import Probe, ProbeName, Workload


def started(workload: Workload | None) -> tuple[Term, ...]:
    """A new pod's containers run: first its init containers, one after the other."""
    count = len(workload.init) if workload is not None else 0
    span, words = Seconds(count * START.span), f"{count} init container{'s' * (count > 1)}"
    return (Term("init containers", span, START.source, f"{words} {span:g} s"), START)


def readied(workload: Workload | None) -> tuple[Term, ...]:
    """A pod that runs is ready: the slowest of its startup, then of its readiness probes says so.

    Of an app that is up as soon as it runs.
    """
    names: tuple[ProbeName, ...] = ("startup", "readiness")
    return tuple(_slowest(workload, name) for name in names) if workload is not None else ()


def _slowest(workload: Workload, name: ProbeName) -> Term:
    """From a container's start to its probe's last success."""
    probes = [probe for spec in workload.containers if (probe := spec.probe(name))]
    span = max(map(_said, probes), default=Seconds(0.0))
    return Term(f"{name} probe", span, "initialDelaySeconds, periodSeconds, successThreshold")


def _said(probe: Probe) -> Seconds:
    return Seconds(sum(term.span for term in (delayed(probe), *answered(probe))))
