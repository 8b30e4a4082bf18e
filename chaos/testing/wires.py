"""The wires of fake pods: what toxics make of them, for probes and for who measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chaos.clock import Seconds
from chaos.errors import NoSuchTarget
from chaos.history.looked import Sounded, Sounding
from chaos.testing.illness import Heard
from chaos.testing.patient import FakePod
from chaos.workloads.containers import Probe
from chaos.workloads.wires import Toxic

Toxics = Mapping[Toxic, Mapping[str, int]]
THOUSAND = 1000  # of toxiproxy's milliseconds, and of its KB
QUICK = 0.002  # seconds: a request over a wire that nothing ails
SENT, ANSWERED = 2000, 200  # bytes


def poisoned(pod: FakePod, wire: str, toxic: Toxic, numbers: dict[str, int]) -> None:
    """Put a toxic on a wire."""
    if wire not in pod.wires:
        there = ", ".join(pod.wires) or "none"
        raise NoSuchTarget(f"{pod.shown.name} has no wire {wire!r}; there are: {there}")
    pod.wires[wire][toxic] = numbers


def probed(toxics: Toxics, probe: Probe) -> Heard:
    """What a probe hears over a wire, if the app is well."""
    if "down" in toxics:
        return "failing"
    if probe.how == "tcp-socket":  # toxiproxy takes the connection, and that is all it wants
        return "well"
    if "reset_peer" in toxics or "limit_data" in toxics:
        return "failing"
    return "silence" if late(toxics, probe.timeout) else "well"


def late(toxics: Toxics, patience: float) -> bool:
    """Whether whoever waits so long for an answer waits in vain."""
    return "timeout" in toxics or _span(toxics, "latency", "latency") >= patience


def sounded(pod: FakePod, asked: Sounding, at: Seconds) -> Sounded:
    """A request over a wire: the last word is that of the worst toxic."""
    toxics = pod.wires.get(asked.wire, {})
    heard = _heard(toxics, asked.patience)
    name = pod.shown.workload
    return Sounded(at, pod.shown.uid, name, asked.wire, tuple(sorted(toxics)), **heard)


def _heard(toxics: Toxics, patience: float) -> dict[str, Any]:
    if "down" in toxics:
        return {"end": "refused"}
    if "reset_peer" in toxics:
        return {"end": "reset", "took": _span(toxics, "reset_peer", "timeout"), "sent": SENT}
    if "timeout" in toxics:
        span = _span(toxics, "timeout", "timeout")
        return {"end": "closed" if span else "open", "took": span or patience, "sent": SENT}
    count = toxics.get("limit_data", {}).get("bytes", ANSWERED)
    first = max(QUICK, _span(toxics, "latency", "latency"))
    rate = toxics.get("bandwidth", {}).get("rate", 0)
    last = first + (SENT + count) / (rate * THOUSAND) if rate else first
    took = last + _span(toxics, "slow_close", "delay")
    pieces = count // toxics.get("slicer", {}).get("average_size", count) if count else 0
    return {
        "end": "closed",
        "took": took,
        "first": first,
        "last": last,
        "sent": SENT,
        "count": count,
        "pieces": pieces,
    }


def _span(toxics: Toxics, toxic: Toxic, number: str) -> float:
    return toxics.get(toxic, {}).get(number, 0) / THOUSAND
