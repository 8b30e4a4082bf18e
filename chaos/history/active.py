"""Which pods a controller counts as its own: what has ended is replaced, and may lie there on."""

from __future__ import annotations

from chaos.history.facts import Pod

ENDED = frozenset({"Succeeded", "Failed"})
STAND_INS = frozenset({"ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet"})


def given_up(pod: Pod) -> bool:
    """Whether it has ended and its controller makes another, as after a kubelet has refused it.

    A kubelet that has just started may refuse what it ran before. Of a ReplicaSet such a pod stays
    as an object, and counts no more (kubernetes: controller_utils.go, FilterActivePods).
    """
    return pod.phase in ENDED and pod.owner in STAND_INS
