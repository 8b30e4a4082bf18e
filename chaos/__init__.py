"""Hurt a Kubernetes cluster on purpose, record what it does, judge it by laws.

Here, and in the rooms that are named here, is what scenarios, faults and laws are written with; all
else may move. Names are imported when they are first used: a run without scenarios pays for none.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chaos import errors, faults, laws, testing, windows, workloads
    from chaos.clock import Seconds, minutes, seconds
    from chaos.history.effect import Effect
    from chaos.history.history import History
    from chaos.judging.law import Law, law
    from chaos.judging.recovery import Recovery, every, spells
    from chaos.judging.ruling import eventually, never
    from chaos.judging.subject import Controller, Lost
    from chaos.judging.verdict import Ruling, Verdict
    from chaos.ports.capability import Capability
    from chaos.ports.cluster import Cluster
    from chaos.ports.fault import Fault
    from chaos.running.session import Chaos
    from chaos.workloads.admitted import Apps, NodeName, Workload

__all__ = [
    "Apps",
    "Capability",
    "Chaos",
    "Cluster",
    "Controller",
    "Effect",
    "Fault",
    "History",
    "Law",
    "Lost",
    "NodeName",
    "Recovery",
    "Ruling",
    "Seconds",
    "Verdict",
    "Workload",
    "errors",
    "eventually",
    "every",
    "faults",
    "law",
    "laws",
    "minutes",
    "never",
    "seconds",
    "spells",
    "testing",
    "windows",
    "workloads",
]

_HOMES = {
    "chaos.clock": ("Seconds", "minutes", "seconds"),
    "chaos.history.effect": ("Effect",),
    "chaos.history.history": ("History",),
    "chaos.judging.law": ("Law", "law"),
    "chaos.judging.recovery": ("Recovery", "every", "spells"),
    "chaos.judging.ruling": ("eventually", "never"),
    "chaos.judging.subject": ("Controller", "Lost"),
    "chaos.judging.verdict": ("Ruling", "Verdict"),
    "chaos.ports.capability": ("Capability",),
    "chaos.ports.cluster": ("Cluster",),
    "chaos.ports.fault": ("Fault",),
    "chaos.running.session": ("Chaos",),
    "chaos.workloads.admitted": ("Apps", "NodeName", "Workload"),
}
_ROOMS = ("errors", "faults", "laws", "testing", "windows", "workloads")


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return importlib.import_module(f"chaos.{name}")
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module 'chaos' has no attribute {name!r}")
