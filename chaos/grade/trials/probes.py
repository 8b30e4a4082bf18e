"""A probe of the app fails on its way there, while the app is well."""

from __future__ import annotations

from collections.abc import Callable

from chaos.clock import seconds
from chaos.faults import FailingProbe, Killed
from chaos.grade.services import service_of
from chaos.grade.trial import SERVE, Candidate, Trial, container
from chaos.laws import exited, exits_again, leaves_endpoints, never_restarted, rejoins_endpoints
from chaos.running.session import Chaos
from chaos.windows import killed_at_start, refused_traffic
from chaos.workloads import FOREVER, Spec

BEYOND = seconds(3)  # after it got no more traffic: a restart for that would have begun


def _liveness(candidate: Candidate, chaos: Chaos) -> None:
    one = candidate.app.one
    with chaos.inject(FailingProbe("liveness", one, how="refused")):
        chaos.expect(exited(one, code=None))  # the next container is as ill: no restart lasts


def _readiness(candidate: Candidate, chaos: Chaos) -> None:
    one = candidate.app.one
    through = seconds(refused_traffic(one).latest + BEYOND)
    with chaos.inject(FailingProbe("readiness", one, how="refused")):
        chaos.expect(leaves_endpoints(one), never_restarted(one, through=through))
    chaos.expect_after_heal(rejoins_endpoints(one))


def _startup(candidate: Candidate, chaos: Chaos) -> None:
    """It is asked only when a container starts: one is killed to have another."""
    one = candidate.app.one
    again = killed_at_start(one, FOREVER)
    with chaos.inject(FailingProbe("startup", one, how="refused")), chaos.inject(Killed(one)):
        chaos.expect(exits_again(one, code=None, within=again))


def _has(name: str) -> Callable[[Spec], bool]:
    """Whether it has that probe: one that no proxy can stand before is told as not tested."""
    return lambda spec: spec.kind in SERVE and bool(container(spec).get(name))


LIVENESS = Trial(
    "liveness",
    "{app}'s liveness probe fails: its container is ended, to be restarted.",
    _liveness,
    fits=_has("livenessProbe"),
    wired=True,
)
STARTUP = Trial(
    "startup",
    "{app}'s startup probe fails when it starts anew: its container is ended again.",
    _startup,
    fits=_has("startupProbe"),
    wired=True,
)
READINESS = Trial(
    "readiness",
    "{app}'s readiness probe fails: it gets no traffic until it succeeds, and is not restarted.",
    _readiness,
    fits=lambda spec: _has("readinessProbe")(spec) and service_of(spec) is not None,
    wired=True,
)
