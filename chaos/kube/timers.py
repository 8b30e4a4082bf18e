"""How soon this cluster notices a dead node: its live settings (oracle 2.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from chaos.clock import Seconds, seconds
from chaos.history.timers import Timers
from chaos.kube.client import Client

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}  # of a Go duration
LONGEST_BACKOFF = "5m0s"  # kubelet's default: pkg/kubelet/kubelet.go, MaxCrashLoopBackOff
# kube-controller-manager's own (oracle 1 and 6), for flags that its command line does not have.
DEFAULTS = {
    "node-monitor-period": "5s",
    "node-monitor-grace-period": "50s",
    "node-eviction-rate": "0.1",
}
CONTROLLERS = quote("component=kube-controller-manager", safe="")  # as kubeadm labels its pod


def timers(client: Client, node: str, flags: Mapping[str, str]) -> Timers:
    """The controllers' flags, and the configz of one node's kubelet."""
    kubelet = client.get(f"/api/v1/nodes/{node}/proxy/configz")["kubeletconfig"]
    backoff = kubelet.get("crashLoopBackOff") or {}
    return Timers(
        lease=seconds(kubelet["nodeLeaseDurationSeconds"]),
        monitor_period=duration(flags["node-monitor-period"]),
        monitor_grace=duration(flags["node-monitor-grace-period"]),
        eviction_rate=float(flags["node-eviction-rate"]),
        longest_backoff=duration(backoff.get("maxContainerRestartPeriod") or LONGEST_BACKOFF),
    )


def controller_flags(client: Client) -> dict[str, str]:
    """The controllers' flags as their pod's command line has them; else their defaults.

    Where a provider hides its control plane no pod is there, and only the defaults are known.
    """
    path = f"/api/v1/namespaces/kube-system/pods?labelSelector={CONTROLLERS}"
    containers = (c for pod in client.get(path)["items"] for c in pod["spec"]["containers"])
    words = (w for c in containers for w in [*(c.get("command") or ()), *(c.get("args") or ())])
    return DEFAULTS | flags_in(words)


def flags_in(words: Iterable[str]) -> dict[str, str]:
    """The flags of a command line, by name: `--name=value`."""
    pairs = (word.removeprefix("--").partition("=") for word in words if word.startswith("--"))
    return {name: value for name, _, value in pairs}


def duration(text: str) -> Seconds:
    """A Go duration, as in "8s", "1m30s" or "250ms"."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    if "".join(number + unit for number, unit in parts) != text or not parts:
        raise ValueError(f"not a duration: {text!r} (expected one like 1m30s)")
    return seconds(sum(float(number) * UNITS[unit] for number, unit in parts))
