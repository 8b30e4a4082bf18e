"""Rules about what is not there: a probe, a limit, a controller, a second pod."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.lint.finding import Severity
from chaos.lint.rule import Seen, rule
from chaos.lint.views import Manifest, reached, whole

ENDS = {"Job", "CronJob"}  # their pods end by themselves
COUNTED = {"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"}
NOBODYS = ("kubernetes.io/config.mirror", "helm.sh/hook")  # a kubelet's own pod; one run of Helm's
MEMORY = "resources.limits.memory"


@rule(
    "CH001",
    Severity.WARNING,
    claim=13,
    scenario="test_good_probes.py::test_a_probe_of_anything_is_better_than_none",
)
def no_liveness_probe(manifest: Manifest) -> Iterator[Seen]:
    """A container has no liveness probe.

    A hang without a crash needs one: without it nothing is restarted, and a readiness or startup
    probe does not help (oracle L4). Jobs are left out, which are to end, and pods that are never
    restarted.

    Fix: add a livenessProbe that asks the app itself; even one that only wants an answer helps.
    """
    if manifest.kind in ENDS or manifest.pod.get("restartPolicy") == "Never":
        return
    for container in manifest.containers:
        if "livenessProbe" not in container.probes:
            what = f"container `{container.name}` has no liveness probe: nothing ends a hang of it"
            yield Seen(f"{container.path}.livenessProbe", what)


@rule(
    "CH009",
    Severity.WARNING,
    claim=19,
    scenario="test_node_death.py::test_a_dead_node_gives_back_only_what_a_controller_owns",
)
def bare_pod(manifest: Manifest) -> Iterator[Seen]:
    """A pod has no controller.

    When its node dies, no pod with a new uid of that name ever appears and nothing runs it on
    another node (oracle N3). Static pods' mirrors and the hooks of Helm are left out.

    Fix: let a Deployment, a StatefulSet, a DaemonSet or a Job make the pod.
    """
    excused = manifest.owned or any(name in manifest.annotations for name in NOBODYS)
    if manifest.kind == "Pod" and not excused:
        yield Seen("kind", "the pod is made directly: it is lost with its node, for ever")


@rule(
    "CH010",
    Severity.WARNING,
    claim=20,
    scenario="test_node_death.py::test_a_dead_node_gives_back_only_what_a_controller_owns",
)
def one_replica(manifest: Manifest) -> Iterator[Seen]:
    """A workload has one pod.

    With Kubernetes' own timers 340 to 365 s pass before the pod of a dead node runs elsewhere
    (oracle 6, N2); a StatefulSet's is not replaced at all before the old one is given up (N4). A
    HorizontalPodAutoscaler that is read with it counts by its minReplicas.

    Fix: set replicas to 2 or more, or ignore this where the app cannot have two.
    """
    said = reached(manifest.said, "spec.replicas")
    written = 1 if said is None else whole(said)  # 1 is the API server's own
    count = written if manifest.at_least is None else manifest.at_least
    if manifest.kind in COUNTED and not manifest.owned and count == 1:
        yield Seen("spec.replicas", "there is one pod: nothing answers until its loss is made good")


@rule(
    "CH011",
    Severity.WARNING,
    claim=5,
    scenario="test_leak.py::test_a_leak_is_stopped_by_a_limit_or_by_a_probe",
)
def no_memory_limit(manifest: Manifest) -> Iterator[Seen]:
    """A container has no memory limit.

    A leak without a crash needs a limit or a probe: without them nothing happens until the node
    is short of memory (oracle L3), and then others pay for it. A limit of the whole pod counts; one
    that a LimitRange would set is not seen here.

    Fix: set resources.limits.memory to what the app may use at most.
    """
    if reached(manifest.pod, MEMORY) is not None:
        return
    for container in manifest.containers:
        if reached(container.said, MEMORY) is None:
            what = f"container `{container.name}` has no memory limit: a leak of it grows on"
            yield Seen(f"{container.path}.{MEMORY}", what)
