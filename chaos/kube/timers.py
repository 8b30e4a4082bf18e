"""How soon this cluster notices a dead node: its live settings (oracle 2.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from chaos.kube.client import Client
from chaos.windows import Timers

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}  # of a Go duration


def timers(client: Client, node: str, flags: Mapping[str, str]) -> Timers:
    """The controllers' flags, and the configz of one node's kubelet."""
    kubelet = client.get(f"/api/v1/nodes/{node}/proxy/configz")["kubeletconfig"]
    return Timers(
        lease=float(kubelet["nodeLeaseDurationSeconds"]),
        monitor_period=duration(flags["node-monitor-period"]),
        monitor_grace=duration(flags["node-monitor-grace-period"]),
        eviction_rate=float(flags["node-eviction-rate"]),
    )


def duration(text: str) -> float:
    """A Go duration in seconds, as in "8s", "1m30s" or "250ms"."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    if "".join(number + unit for number, unit in parts) != text or not parts:
        raise ValueError(f"not a duration: {text!r} (expected one like 1m30s)")
    return sum(float(number) * UNITS[unit] for number, unit in parts)
