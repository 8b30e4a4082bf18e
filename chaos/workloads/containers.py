"""A pod's containers as the API server admitted them: their probes, limits and hooks.

Frozen plain data, as everything that a history or a ledger keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chaos.clock import Seconds, seconds
from chaos.workloads.handlers import Handler, Hook, How

NOTHING, SECOND, PERIOD = seconds(0), seconds(1), seconds(10)  # the API server's for a probe

ProbeName = Literal["liveness", "readiness", "startup"]
PROBES: tuple[ProbeName, ...] = ("liveness", "readiness", "startup")


@dataclass(frozen=True, slots=True)
class Probe:
    """The five numbers of a probe, as the API server filled them in (seconds and counts).

    `asks` is its handler; None when that is of a kind not known here.
    """

    delay: Seconds = NOTHING
    timeout: Seconds = SECOND
    period: Seconds = PERIOD
    successes: int = 1
    failures: int = 3
    grace: Seconds | None = None
    asks: Handler | None = None

    @property
    def how(self) -> How:
        """The kind of its handler, as `kubectl describe` calls it."""
        return "unknown" if self.asks is None else self.asks.kind


@dataclass(frozen=True, slots=True)
class RestartRule:
    """Whether a container that ended with one of these codes is started again (1.34 and later)."""

    codes: tuple[int, ...]
    among: bool = True  # the operator In; NotIn otherwise
    action: str = "Restart"


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """A container as it was admitted. `memory` (MiB) and `cpus` are its limits, None without.

    `ports` are its TCP ports by name ("" without), `desk` the one at which an app of ours takes
    orders, `sidecar` says that it is an init container that stays, `restart_policy` is its own,
    before the pod's; empty when it has none.
    """

    name: str = ""
    liveness: Probe | None = None
    readiness: Probe | None = None
    startup: Probe | None = None
    memory: float | None = None
    cpus: float | None = None
    ports: tuple[tuple[str, int], ...] = ()
    desk: int | None = None
    sidecar: bool = False
    restart_policy: str = ""
    restart_rules: tuple[RestartRule, ...] = ()
    pre_stop: Hook | None = None
    post_start: Hook | None = None

    @property
    def port(self) -> int | None:
        """The first TCP port that it names; None when it names none."""
        return next((number for _, number in self.ports), None)

    def probe(self, name: ProbeName) -> Probe | None:
        """One of its probes, if it has it."""
        probes = {"liveness": self.liveness, "readiness": self.readiness, "startup": self.startup}
        return probes[name]
