"""From applied to ready: waits on the recorder's news, and says what was wrong when in vain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chaos.clock import Seconds, seconds
from chaos.errors import NotSteady
from chaos.history.active import given_up
from chaos.history.facts import Container, Endpoints, Event, Node, Observed, Pod
from chaos.history.journal import Journal
from chaos.kube.client import Client
from chaos.kube.podspec import workload_from
from chaos.values import Json
from chaos.workloads import Spec, pod_of
from chaos.workloads.admitted import NodeName, Stand, Uid, Workload
from chaos.workloads.pods import LABEL, at_first

READY_WITHIN = seconds(60)
HOPELESS = frozenset({"ErrImageNeverPull", "InvalidImageName"})  # the kubelet tries again in vain
PULLING = frozenset({"ErrImagePull", "ImagePullBackOff"})
FINAL = ("not found", "connection refused", "no such host", "denied", "unauthorized")  # to a pull
TELLING = frozenset({"FailedScheduling", "FailedMount", "FailedCreatePodSandBox"})
ADVICE = {
    "ErrImagePull": "put the image on the nodes, or name another",
    "ImagePullBackOff": "put the image on the nodes, or name another",
    "ErrImageNeverPull": "put the image on the nodes, or name another",
    "InvalidImageName": "correct the image's name",
    "CrashLoopBackOff": "the app ends by itself: read its log",
    "CreateContainerConfigError": "make what the container refers to",
    "FailedScheduling": "make room on a node, or ask for less",
}


@dataclass(frozen=True)
class Running:
    """A workload that was applied, on its way to being ready."""

    spec: Spec
    uid: Uid
    namespace: str
    client: Client
    journal: Journal

    def wait(self, *, until: Seconds) -> Workload:
        """The workload as it stands once all its pods are ready; NotSteady when they are not."""
        news = self.journal.news
        self.journal.clock.wait(news, until=until, unless=lambda: self._ready() or self._hopeless())
        with news:
            if not self._ready():
                raise NotSteady(self._why_not())
            pods = self._well() if self._wanted() else []
        return self._workload(pods)

    def _pods(self) -> list[Pod]:
        """Its pods in the journal, in the order of their names."""
        known = (p for p in self.journal.known("pod").values() if isinstance(p, Pod))
        mine = (p for p in known if p.workload == self.spec.name and not p.deleting)
        return sorted((p for p in mine if not given_up(p)), key=lambda pod: pod.name)

    def _well(self) -> list[Pod]:
        """Those of its pods that are ready, or have ended as a Job's should."""
        return [p for p in self._pods() if p.node and (p.ready or p.phase == "Succeeded")]

    def _ready(self) -> bool:
        well, wanted = self._well(), self._wanted()
        match self.spec.kind:
            case "CronJob":
                return True
            case "Job":  # its pods may have failed before, and more may have come since
                return len(well) >= wanted and self._served(well)
            case _:
                return len(well) == len(self._pods()) == wanted and self._served(well)

    def _wanted(self) -> int:
        if self.spec.kind == "DaemonSet":
            return self._eligible(self.spec.manifest["spec"]["template"]["spec"])
        return at_first(self.spec.kind, self.spec.manifest)

    def _eligible(self, pod: Json) -> int:
        """How many nodes a DaemonSet's pod may be on; its tolerations are not looked at."""
        chosen = (pod.get("nodeSelector") or {}).get("kubernetes.io/hostname")
        nodes = (n for n in self.journal.known("node").values() if isinstance(n, Node))
        free = (n.name for n in nodes if n.ready == "True" and not any(map(_bars, n.taints)))
        return max(1, sum(chosen in {None, name} for name in free))

    def _served(self, pods: list[Pod]) -> bool:
        """Whether its service, if it has one, sends traffic to every pod."""
        names = [b["metadata"]["name"] for b in self.spec.beside if b["kind"] == "Service"]
        if self.spec.name not in names:
            return True
        known = self.journal.known("endpoints").values()
        slices = (e for e in known if isinstance(e, Endpoints) and e.service == self.spec.name)
        return {pod.uid for pod in pods} <= {uid for piece in slices for uid in piece.ready}

    def _hopeless(self) -> bool:
        return any(_in_vain(c) for pod in self._pods() for c in pod.containers)

    def _why_not(self) -> str:
        """Each pod that is not ready, why, and what to do about it."""
        pods, wanted = self._pods(), self._wanted()
        troubles = [trouble for pod in pods if not pod.ready for trouble in self._troubles(pod)]
        if len(pods) < wanted:
            troubles += [f"{wanted - len(pods)} of {wanted} pods do not exist", *self._refusals()]
        if pods and not troubles:
            troubles.append(f"its service sends no traffic to {', '.join(p.name for p in pods)}")
        kubectl = f"kubectl -n {self.namespace} describe pods -l {LABEL}={self.spec.name}"
        told = "".join(f"\n  {trouble}" for trouble in troubles)
        return f"{self.spec.kind}/{self.spec.name} did not become ready:{told}\n  see: {kubectl}"

    def _troubles(self, pod: Pod) -> Iterator[str]:
        waiting = [c for c in pod.containers if c.state == "waiting" and c.reason]
        for container in waiting:
            yield f"{pod.name}: {_words(container)}"
        for event in self._events():
            if event.about == pod.uid and event.reason in TELLING:
                yield f"{pod.name}: {_advised(event.reason, event.message)}"
        if not waiting:
            yield f"{pod.name}: {pod.phase or 'Unknown'}, not ready"

    def _refusals(self) -> list[str]:
        """What its controller was told when it wanted to make a pod."""
        failed = (e for e in self._events() if e.reason == "FailedCreate")
        return [e.message for e in failed if self.spec.name in e.message][-1:]

    def _events(self) -> list[Event]:
        """The last word of each event so far."""
        seen = (e.thing for e in self.journal.index.entries if isinstance(e, Observed))
        return list({e.uid: e for e in seen if isinstance(e, Event)}.values())

    def _workload(self, pods: list[Pod]) -> Workload:
        """What the API server made of it: one look at one pod, for the defaults it filled in."""
        stands = tuple(_stand(pod) for pod in pods)
        uid = self.uid or pods[0].uid  # a static pod has none until its mirror is made
        return workload_from(self.spec, uid, stands, self._admitted(pods))

    def _admitted(self, pods: list[Pod]) -> Json:
        if not pods:
            return pod_of(self.spec.manifest)
        path = f"/api/v1/namespaces/{self.namespace}/pods/{pods[0].name}"
        spec: Json = self.client.get(path)["spec"]
        return spec


def _stand(pod: Pod) -> Stand:
    return Stand(pod.uid, pod.name, pod.node or NodeName(""), pod.namespace)


def _bars(taint: str) -> bool:
    return taint.endswith((":NoSchedule", ":NoExecute"))


def _in_vain(container: Container) -> bool:
    """Whether waiting longer will not bring its image."""
    if container.reason in PULLING:
        return any(word in container.message.lower() for word in FINAL)
    return container.reason in HOPELESS


def _words(container: Container) -> str:
    return _advised(container.reason, container.message)


def _advised(reason: str, message: str) -> str:
    advice = f" ({ADVICE[reason]})" if reason in ADVICE else ""
    return f"{reason}: {message}{advice}" if message else f"{reason}{advice}"
