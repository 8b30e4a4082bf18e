"""What a probe can fail by on its way through toxiproxy, and by how much."""

from __future__ import annotations

from collections.abc import Callable

from chaos.workloads.admitted import Apps, Workload, each
from chaos.workloads.containers import ProbeName
from chaos.workloads.handlers import Exec
from chaos.workloads.wires import Mishap, milliseconds

LATE = 1.0  # seconds by which a slow answer misses the longest timeout
ONE = 1  # byte of an answer that is cut


def cannot_fail(apps: Apps, name: ProbeName, how: Mishap) -> str:
    """Why a probe of one of the apps cannot be made to fail so; empty when each can."""
    for app in each(apps):
        probe = app.probe(name)
        if probe is None:
            return f"{app} has no {name} probe"
        if probe.how == "exec" and how != "refused":
            return (
                f"{app}'s {name} probe is a command, run inside its container: no proxy is between,"
                f' and it can be "refused", which is to fail, not {how!r}'
            )
        if probe.how == "exec" and len({*map(_program_of(name), each(apps))}) > 1:
            return f"not every {name} probe of {apps} runs the same program: name those that do"
        if probe.how == "exec" and name == "readiness" and _restarts_with_it(app):
            return f"{app}'s liveness probe runs the same program: it would be restarted, too"
        if probe.how == "tcp-socket" and how != "refused":
            return (
                f"{app}'s {name} probe only connects, and toxiproxy takes the connection: it can"
                f' be "refused", not {how!r}'
            )
    return ""


def program_of(apps: Apps, name: ProbeName) -> str:
    """The program that their probes run; empty for those that run none."""
    return next(iter(map(_program_of(name), each(apps))), "")


def _restarts_with_it(app: Workload) -> bool:
    """Whether what its readiness probe runs is what a probe runs that ends containers."""
    others = {program_of(app, "liveness"), program_of(app, "startup")}
    return program_of(app, "readiness") in others


def _program_of(name: ProbeName) -> Callable[[Workload], str]:
    def program(app: Workload) -> str:
        probe = app.probe(name)
        return probe.asks.program if probe is not None and isinstance(probe.asks, Exec) else ""

    return program


def numbers_of(apps: Apps, name: ProbeName, how: Mishap) -> dict[str, int]:
    """The toxic's numbers, in toxiproxy's units."""
    match how:
        case "slow":
            return {"latency": milliseconds(amount_of(apps, name, how))}
        case "cut":
            return {"bytes": ONE}
        case "refused":
            return {}
        case _:
            return {"timeout": 0}


def amount_of(apps: Apps, name: ProbeName, how: Mishap) -> float:
    """The seconds of a slow answer, the bytes of one that is cut; else nothing."""
    probes = [probe for app in each(apps) if (probe := app.probe(name))]
    late = LATE + max((probe.timeout for probe in probes), default=0.0)
    return {"slow": late, "cut": float(ONE)}.get(how, 0.0)
