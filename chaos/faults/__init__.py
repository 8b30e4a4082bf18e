"""The faults scenarios name."""

from chaos.faults.crash import Crash
from chaos.faults.hang import Hang
from chaos.faults.health import FailingHealth
from chaos.faults.leak import Leak
from chaos.faults.node import NodeDeath

__all__ = ["Crash", "FailingHealth", "Hang", "Leak", "NodeDeath"]
