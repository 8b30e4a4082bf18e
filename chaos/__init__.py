"""Hurt a Kubernetes cluster on purpose, record what it does, judge it by laws.

The names are imported when they are first used: a pytest run without scenarios pays for none.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chaos.clock import minutes, seconds
    from chaos.history.history import History
    from chaos.judging.law import Law
    from chaos.judging.verdict import Ruling, Verdict
    from chaos.ports.capability import Capability
    from chaos.ports.cluster import Cluster
    from chaos.ports.fault import Fault
    from chaos.session import Chaos

__all__ = [
    "Capability",
    "Chaos",
    "Cluster",
    "Fault",
    "History",
    "Law",
    "Ruling",
    "Verdict",
    "minutes",
    "seconds",
]

_HOMES = {
    "Capability": "chaos.ports.capability:Capability",
    "Chaos": "chaos.session:Chaos",
    "Cluster": "chaos.ports.cluster:Cluster",
    "Fault": "chaos.ports.fault:Fault",
    "History": "chaos.history.history:History",
    "Law": "chaos.judging.law:Law",
    "Ruling": "chaos.judging.verdict:Ruling",
    "Verdict": "chaos.judging.verdict:Verdict",
    "minutes": "chaos.clock:minutes",
    "seconds": "chaos.clock:seconds",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'chaos' has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)
