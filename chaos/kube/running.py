"""From applied to ready: waits on the recorder's news, and says what was wrong when in vain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from chaos.clock import Seconds, seconds
from chaos.errors import NotSteady
from chaos.history.active import given_up
from chaos.history.coming_up import first_start
from chaos.history.facts import Endpoints, Event, Node, Observed, Pod
from chaos.history.journal import Journal
from chaos.kube.client import Client
from chaos.kube.podspec import workload_from
from chaos.kube.unready import in_vain, refused, troubles
from chaos.values import Json
from chaos.workloads import Spec, pod_of
from chaos.workloads.admitted import NodeName, Stand, Uid, Workload
from chaos.workloads.first_start import FirstStart
from chaos.workloads.pods import LABEL, at_first
from chaos.workloads.services import fronts

READY_WITHIN = seconds(60)


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
            first = first_start(self._seen(pod) for pod in pods)
        return self._workload(pods, first)

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
        """Whether each service before its pods sends traffic to every one of them."""
        known = self.journal.known("endpoints").values()
        slices = [piece for piece in known if isinstance(piece, Endpoints)]
        uids = {pod.uid for pod in pods}
        return all(
            uids <= {uid for piece in slices if piece.service == front.name for uid in piece.ready}
            for front in fronts(self.spec)
        )

    def _hopeless(self) -> bool:
        pods = self._pods()
        if len(pods) < self._wanted() and any(map(refused, self._own_events())):
            return True
        return any(in_vain(container) for pod in pods for container in pod.containers)

    def _why_not(self) -> str:
        """Each pod that is not ready, why, and what to do about it."""
        pods, wanted = self._pods(), self._wanted()
        events = self._events()
        ill = (pod for pod in pods if not pod.ready)
        told = [trouble for pod in ill for trouble in troubles(pod, events)]
        if len(pods) < wanted:
            told += [f"{wanted - len(pods)} of {wanted} pods do not exist", *self._refusals()]
        if pods and not told:
            told.append(f"its service sends no traffic to {', '.join(p.name for p in pods)}")
        kubectl = f"kubectl -n {self.namespace} describe pods -l {LABEL}={self.spec.name}"
        lines = "".join(f"\n  {trouble}" for trouble in told)
        return f"{self.spec.kind}/{self.spec.name} did not become ready:{lines}\n  see: {kubectl}"

    def _refusals(self) -> list[str]:
        """What its controller was told when it wanted to make a pod."""
        failed = (e.message for e in self._own_events() if e.reason == "FailedCreate")
        return [*failed][-1:]

    def _own_events(self) -> Iterator[Event]:
        """What was said of whoever makes its pods: known by the name, its uid is not."""
        return (event for event in self._events() if self.spec.name in event.message)

    def _events(self) -> list[Event]:
        """The last word of each event so far, in the order of these words."""
        seen = (e.thing for e in self.journal.index.entries if isinstance(e, Observed))
        last: dict[Uid, Event] = {}
        for event in seen:
            if isinstance(event, Event):
                last.pop(event.uid, None)
                last[event.uid] = event
        return list(last.values())

    def _seen(self, pod: Pod) -> list[Observed]:
        """All that was shown and said of a pod, in order."""
        index = self.journal.index
        keys = (("pod", pod.uid), ("event", pod.uid))
        about = chain.from_iterable(index.about(key, 0, len(index.entries)) for key in keys)
        return sorted((e for e in about if isinstance(e, Observed)), key=lambda entry: entry.at)

    def _workload(self, pods: list[Pod], first: FirstStart | None) -> Workload:
        """What the API server made of it: one look at one pod, for the defaults it filled in."""
        stands = tuple(_stand(pod) for pod in pods)
        uid = self.uid or pods[0].uid  # a static pod has none until its mirror is made
        return workload_from(self.spec, uid, stands, self._admitted(pods), first)

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
