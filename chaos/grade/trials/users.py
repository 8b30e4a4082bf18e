"""One of the app's pods hangs while users ask: readiness keeps it from them, and others answer."""

from __future__ import annotations

from chaos.clock import seconds
from chaos.errors import Unprotected
from chaos.faults import Stopped
from chaos.grade.services import has_address, service_of
from chaos.grade.trial import SERVE, Candidate, Trial, container
from chaos.laws import goes_on_failing, keeps_answering, leaves_endpoints
from chaos.running.session import Chaos
from chaos.windows import unready
from chaos.workloads import Spec, visitor
from chaos.workloads.admitted import Workload
from chaos.workloads.handlers import HttpGet

OFTEN = seconds(0.05)  # between two requests: 20 a second, so that a second tells something
AFTERWARDS = seconds(5)  # of requests, once readiness has taken the pod out
ANSWERED = 0.99  # of those: one may be on its way when the endpoints change
AT_ONCE = seconds(5)  # of requests while nothing helps
FEWEST = 0.5  # of a pod's share of them: a request that waits keeps others from being sent
ALONE = "leaves its users without an answer when it hangs: it has one pod"
UNASKED = "goes on sending requests to a pod that hangs: {container} has no readiness probe"


def _users(candidate: Candidate, chaos: Chaos) -> None:
    app = candidate.app
    users = candidate.cluster.run(_visitor(candidate))
    helped = app.readiness is not None and len(app.stands) > 1
    with chaos.inject(Stopped(app.one)):
        if helped:
            _is_kept_from_them(app, users, chaos)
        else:
            share = FEWEST / len(app.stands)
            chaos.expect(goes_on_failing(app, to=users, at_least=share, through=AT_ONCE))
    if not helped:
        raise Unprotected(candidate.why(ALONE if len(app.stands) == 1 else UNASKED))


def _is_kept_from_them(app: Workload, users: Workload, chaos: Chaos) -> None:
    noticed = unready(app).latest
    through = seconds(noticed + AFTERWARDS)
    chaos.expect(
        leaves_endpoints(app.one),
        keeps_answering(app, to=users, at_least=ANSWERED, except_for=noticed, through=through),
    )


def _visitor(candidate: Candidate) -> Spec:
    """Somebody who asks what the app's own probes ask."""
    return visitor(
        f"{candidate.app.name}-users", of=candidate.app, path=_path(candidate.app), every=OFTEN
    )


def _path(app: Workload) -> str:
    probe = app.readiness or app.liveness
    asks = probe.asks if probe else None
    return (isinstance(asks, HttpGet) and asks.path) or "/"


def _by_http(spec: Spec) -> bool:
    """Whether it serves HTTP through a service: its probes tell."""
    service, probes = service_of(spec), ("readinessProbe", "livenessProbe", "startupProbe")
    http = any((container(spec).get(name) or {}).get("httpGet") for name in probes)
    return spec.kind in SERVE and http and service is not None and has_address(service)


USERS = Trial(
    "users", "A pod of {app} hangs: its users are answered by the others.", _users, fits=_by_http
)
