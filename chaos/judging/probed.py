"""What a kubelet says of its own probes that failed: how the app was for the one that matters.

It is heard also where a container was restarted before anybody else could ask (kubernetes:
pkg/kubelet/prober/prober.go, pkg/probe/http, tcp and grpc).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from chaos.clock import Seconds
from chaos.history.facts import Event, Observed
from chaos.history.history import History
from chaos.workloads.admitted import Stand, Workload
from chaos.workloads.containers import PROBES, Probe
from chaos.workloads.handlers import Exec, Grpc, HttpGet, TcpSocket
from chaos.workloads.probes import MAIN

ANY = ""  # of whatever path
RPC = "grpc.health.v1"  # of none: its health service by gRPC
NEVER = Seconds(math.inf)
REFUSED, RESET, SILENT = "refused", "reset", "no answer"
# How it reads in Go's words. Who waits at a door when that is closed hears a reset (Linux: tcp(7)).
READS = {
    REFUSED: ("connection refused", "connection reset by peer"),
    RESET: ("connection reset by peer", "EOF"),
    SILENT: ("exceeded while awaiting headers)", "health rpc did not complete within"),
}
REDIRECTS = 3  # the first digit of their statuses
LED_ON = "stopped after 10 redirects"  # whatever their status (pkg/probe/http: RedirectChecker)
UNHEALTHY = "service unhealthy (responded with "  # pkg/probe/grpc/grpc.go
OVERDUE = "command timed out: "  # cri-client: ErrCommandTimedOut
KILLED = re.compile(r"ontainer \S+ failed (liveness|startup) probe")


def failures(
    aftermath: History, app: Workload, stand: Stand, path: str, said: int | str
) -> Iterator[Observed]:
    """Its word that a probe, of those that ask the app for this path, came to this.

    `said` is a status, or how it fails in a word, as of a GET of ours. While another fault is open
    it may be about that. The next container refuses too while it boots, and a busy machine is
    silent: of who was restarted only what came before counts, who was not is asked himself.
    """
    until = _restarted(aftermath, app, stand)
    if aftermath.beside or (said == SILENT and until == NEVER):
        return
    for entry in aftermath.about("event", stand.uid):
        match entry:
            case Observed(at=at, thing=Event(reason="Unhealthy") as event) if at < until:
                if any(_reads(probe, event, said) for probe in _asking(app, event, path, said)):
                    yield entry


def kills(aftermath: History, app: Workload, stand: Stand) -> Iterator[Observed]:
    """Its word that it killed the container that is meant for a probe that had failed."""
    for entry in aftermath.about("event", stand.uid):
        match entry:
            case Observed(thing=Event(reason="Killing") as event):
                ours = app.named in {"", event.container} or not event.container
                if ours and KILLED.search(event.message):
                    yield entry


def _restarted(aftermath: History, app: Workload, stand: Stand) -> Seconds:
    """When one of the pod's containers was first seen to be anew since the fault was begun."""
    before = sum(pod.restarts for pod in aftermath.stood(app.name) if pod.uid == stand.uid)
    fresh = (seen.at for seen, pod in aftermath.of_pod(stand.uid) if pod.restarts > before)
    return next(fresh, NEVER)


def _reads(probe: Probe, event: Event, said: int | str) -> bool:
    """Whether it says so; of a command that failed no kubelet says with which status."""
    if isinstance(probe.asks, Exec):
        overdue = OVERDUE in event.message
        return overdue if said == SILENT else not overdue and isinstance(said, int) and said != 0
    if isinstance(probe.asks, Grpc) and isinstance(said, int):
        return said != 0 and UNHEALTHY in event.message
    if isinstance(said, int):
        led_on = said // 100 == REDIRECTS and event.message.endswith(LED_ON)
        return led_on or event.message.endswith(f"statuscode: {said}")
    return any(words in event.message for words in READS.get(said, ()))


def _asking(app: Workload, event: Event, path: str, said: int | str) -> Iterator[Probe]:
    """The probes that the event may be about, and that ask what the fault is done to."""
    named = event.message.partition(" probe failed: ")[0].lower()
    for spec in app.containers:
        probes = (spec.probe(name) for name in PROBES if name == named)
        for probe in filter(None, probes if event.container in {"", spec.name} else ()):
            if _hears(probe, dict(spec.ports), app.port or MAIN, path, said):
                yield probe


def _hears(probe: Probe, ports: Mapping[str, int], main: int, path: str, said: int | str) -> bool:
    """Whether it asks at the app's main port; one whose handler is not known is believed."""
    match probe.asks:
        case HttpGet(port=port, host="") as get:
            anywhere = path == ANY or said == REFUSED  # a closed door is no path's
            return ports.get(str(port), port) == main and (anywhere or get.asked == path)
        case TcpSocket(port=port, host=""):
            return ports.get(str(port), port) == main and said == REFUSED
        case Grpc():
            return path in {ANY, RPC}
        case Exec() as run:
            return run.program.rpartition("/")[2] == path
        case None:
            return True
        case _:
            return False
