"""What goes wrong: the faults that scenarios name, a file each.

A fault is a frozen dataclass of plain data: it names its targets, causes one thing through the
cluster's port, undoes it, and names the law that shows it to have been real. It knows no other.
"""

from chaos.faults.answering import Answering
from chaos.faults.bandwidth import Bandwidth
from chaos.faults.blackhole import Blackhole
from chaos.faults.checks import FailingCheck
from chaos.faults.child import ChildDeath
from chaos.faults.control_plane import ControlPlaneDown
from chaos.faults.control_plane_frozen import ControlPlaneFrozen
from chaos.faults.crash import Crash
from chaos.faults.deadlock import Deadlock
from chaos.faults.deletion import PodDeleted
from chaos.faults.disk_full import DiskFull
from chaos.faults.down import Down
from chaos.faults.force import ForceDeleted
from chaos.faults.forgotten import NodeForgotten
from chaos.faults.grpc import GrpcHealth
from chaos.faults.hang import Hang
from chaos.faults.health import FailingHealth
from chaos.faults.joins import NodeJoins
from chaos.faults.killed import Killed
from chaos.faults.kubelet import KubeletDown
from chaos.faults.kubelet_frozen import KubeletFrozen
from chaos.faults.latency import Latency
from chaos.faults.leak import Leak
from chaos.faults.limit_data import LimitData
from chaos.faults.loop import CrashLoop
from chaos.faults.memory_full import MemoryFull
from chaos.faults.node import NodeDeath
from chaos.faults.node_frozen import NodeFrozen
from chaos.faults.node_partitioned import NodePartitioned
from chaos.faults.orphan import Orphaned
from chaos.faults.out_of_service import OutOfService
from chaos.faults.password import PasswordDemand
from chaos.faults.probe import FailingProbe
from chaos.faults.refusing import Refusing
from chaos.faults.reset import Reset
from chaos.faults.runtime_down import RuntimeDown
from chaos.faults.runtime_frozen import RuntimeFrozen
from chaos.faults.scale import Scaled
from chaos.faults.slicer import Slicer
from chaos.faults.slow_close import SlowClose
from chaos.faults.slow_start import SlowStart
from chaos.faults.startup import NeverStarted
from chaos.faults.starved import Starved
from chaos.faults.stopped import Stopped
from chaos.faults.taint import Tainted

__all__ = [
    "Answering",
    "Bandwidth",
    "Blackhole",
    "ChildDeath",
    "ControlPlaneDown",
    "ControlPlaneFrozen",
    "Crash",
    "CrashLoop",
    "Deadlock",
    "DiskFull",
    "Down",
    "FailingCheck",
    "FailingHealth",
    "FailingProbe",
    "ForceDeleted",
    "GrpcHealth",
    "Hang",
    "Killed",
    "KubeletDown",
    "KubeletFrozen",
    "Latency",
    "Leak",
    "LimitData",
    "MemoryFull",
    "NeverStarted",
    "NodeDeath",
    "NodeForgotten",
    "NodeFrozen",
    "NodeJoins",
    "NodePartitioned",
    "Orphaned",
    "OutOfService",
    "PasswordDemand",
    "PodDeleted",
    "Refusing",
    "Reset",
    "RuntimeDown",
    "RuntimeFrozen",
    "Scaled",
    "Slicer",
    "SlowClose",
    "SlowStart",
    "Starved",
    "Stopped",
    "Tainted",
]
