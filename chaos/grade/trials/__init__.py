"""The trials of the battery: one small file each."""

from chaos.grade.trials.crash import CRASH
from chaos.grade.trials.hang import HANG
from chaos.grade.trials.leak import LEAK
from chaos.grade.trials.node_death import NODE_DEATH
from chaos.grade.trials.probes import LIVENESS, READINESS, STARTUP
from chaos.grade.trials.users import USERS

__all__ = ["CRASH", "HANG", "LEAK", "LIVENESS", "NODE_DEATH", "READINESS", "STARTUP", "USERS"]
