"""The cluster that faults and scenarios act on: the `chaos.cluster.Stage` of a real API server."""

from __future__ import annotations

import copy
import secrets
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Protocol, overload

from chaos.clock import Seconds, seconds
from chaos.cluster import Machine
from chaos.entry import Answered, Pod, Stand, Uid, Workload
from chaos.errors import BadManifest, ChaosError, NoSuchTarget
from chaos.history import Journal
from chaos.kube.client import Client
from chaos.kube.parse import pod_from, report_from
from chaos.kube.running import READY_WITHIN, Running
from chaos.manifests import complaint
from chaos.source import Json, Lost, Refused
from chaos.windows import Timers
from chaos.workloads import DESK, MAIN, Spec

OWNER = "pytest-chaos/owner"
ASK_WITHIN = seconds(1)  # per port: a hung app must not hold up whoever asks
TELL_WITHIN = seconds(5)
MOST_ASKED = 8  # at once: as many connections as are kept open anyway
NOT_FOUND = HTTPStatus.NOT_FOUND


class Provider(Protocol):
    """Who made the cluster: it knows the machines, and has the patient's image."""

    @property
    def image(self) -> str:
        """The patient's image, as the nodes know it."""

    @property
    def pull_policy(self) -> str:
        """Never, when the image is on the nodes already; else IfNotPresent."""

    @property
    def timers(self) -> Timers:
        """How soon the live cluster notices a dead node."""

    def machine(self, node: str) -> Machine:
        """The machine under a node."""


class KubeCluster:
    """One scenario's cluster: its own namespace, the journal that its recorder writes."""

    def __init__(
        self, client: Client, provider: Provider, journal: Journal, *, namespace: str
    ) -> None:
        self.namespace = namespace
        self._client = client
        self._provider = provider
        self._journal = journal
        self._ran: list[Workload] = []

    @classmethod
    def in_new_namespace(
        cls, client: Client, provider: Provider, journal: Journal, *, owner: str = "pytest-chaos"
    ) -> KubeCluster:
        """A cluster port with a namespace that nobody else has; `leave` deletes it."""
        name = f"chaos-{secrets.token_hex(4)}"
        meta = {"name": name, "labels": {OWNER: owner}}
        client.create("/api/v1/namespaces", {"metadata": meta})
        _without_waiting_for_its_account(client, name)
        return cls(client, provider, journal, namespace=name)

    def leave(self) -> None:
        """Delete the namespace, and its pods without grace; does not wait for the end of it."""
        path = f"/api/v1/namespaces/{self.namespace}"
        self._client.delete(path)
        self._client.delete(f"{path}/pods", grace=0)

    @property
    def ran(self) -> tuple[Workload, ...]:
        """Every workload of the scenario so far."""
        return tuple(self._ran)

    @property
    def timers(self) -> Timers:
        """How soon this cluster notices a dead node, as its programs say: for windows."""
        return self._provider.timers

    @overload
    def run(self, spec: Spec, /, *, within: Seconds = ...) -> Workload: ...

    @overload
    def run(
        self, spec: Spec, second: Spec, /, *rest: Spec, within: Seconds = ...
    ) -> tuple[Workload, ...]: ...

    def run(self, *specs: Spec, within: Seconds = READY_WITHIN) -> Workload | tuple[Workload, ...]:
        """Run one workload or several, and return when all their pods are ready.

        BadManifest when the API server refuses one; NotSteady when they do not become ready.
        """
        begun = tuple(self._begin(spec) for spec in specs)
        end = Seconds(self._journal.clock.now() + within)
        running = tuple(run.wait(until=end) for run in begun)
        self._ran += running
        return running[0] if len(running) == 1 else running

    def machine(self, node: str) -> Machine:
        """The machine under a node; NoSuchTarget names those there are."""
        try:
            return self._provider.machine(node)
        except (KeyError, NoSuchTarget) as error:
            names = [n["metadata"]["name"] for n in self._client.get("/api/v1/nodes")["items"]]
            there = ", ".join(sorted(names))
            raise NoSuchTarget(f"there is no node {node}; there are: {there}") from error

    def tell(self, pod: Stand, order: str, **settings: float | str) -> None:
        """Give a patient an order and return when it has taken it; NoSuchTarget if it is gone."""
        self._must_be_the_same(pod)
        try:
            self._order(pod, {"do": order, **settings})
        except (Refused, Lost) as error:
            if isinstance(error, Refused) and error.status == NOT_FOUND:
                raise NoSuchTarget(
                    f"there is no pod {pod.name}, uid {pod.uid}: there are {self._pods_there(pod)}"
                ) from error
            raise ChaosError(f"{pod.name} could not be told to {order}: {error}") from error

    def soothe(self, pod: Stand) -> None:
        """Tell a patient to be well again; nothing to do when it is gone or does not run."""
        try:
            self._order(pod, {"do": "heal"})
        except Refused:
            return  # the API server answered: nobody listens there, so nobody is ill
        except Lost as error:
            if self._runs(pod):
                raise ChaosError(f"{pod.name} could not be told to heal: {error}") from error

    def ask(self, *pods: Stand) -> tuple[Answered, ...]:
        """Ask patients how they are, all at once, on both their ports; write the answers down."""
        with ThreadPoolExecutor(max_workers=MOST_ASKED) as askers:
            return tuple(askers.map(self._ask, pods))

    def _ask(self, pod: Stand) -> Answered:
        status, _ = self._get(pod, MAIN, "/") or (None, b"")
        _, report = self._get(pod, DESK, "/report") or (None, b"")
        at = self._journal.clock.now()
        answer = Answered(at, pod.uid, self._workload(pod), status, report_from(report))
        self._journal.write(answer)
        return answer

    def _begin(self, spec: Spec) -> Running:
        """Apply a spec and what it needs beside it."""
        for beside in spec.beside:
            self._apply(spec, beside)
        made = self._apply(spec, _with_image(spec, self._provider))
        uid = Uid(made["metadata"]["uid"])
        return Running(spec, uid, self.namespace, self._client, self._journal)

    def _apply(self, spec: Spec, manifest: Json) -> Json:
        path = collection(manifest, self.namespace)
        try:
            return self._client.apply(f"{path}/{manifest['metadata']['name']}", manifest)
        except BadManifest as error:
            raise BadManifest(complaint(spec, str(error))) from error

    def _order(self, pod: Stand, body: Json) -> None:
        target = f"{pod.namespace}/{pod.name}:{DESK}"
        status, said = self._client.proxy(target, "POST", "/orders", body, within=TELL_WITHIN)
        if status != HTTPStatus.OK:
            text = said.decode(errors="replace").strip()
            raise ChaosError(f"{pod.name} did not take the order {body}: {status} {text}")

    def _get(self, pod: Stand, port: int, path: str) -> tuple[int, bytes] | None:
        """What a pod says on one of its ports; None when it says nothing in time."""
        target = f"{pod.namespace}/{pod.name}:{port}"
        try:
            return self._client.proxy(target, "GET", path, within=ASK_WITHIN)
        except (Refused, Lost):
            return None

    def _must_be_the_same(self, pod: Stand) -> None:
        """A StatefulSet's next pod has the same name: it is another one."""
        pods = (p for p in self._journal.known("pod").values() if isinstance(p, Pod))
        uids = {p.uid for p in pods if p.name == pod.name and p.namespace == pod.namespace}
        if uids and pod.uid not in uids:
            raise NoSuchTarget(f"pod {pod.name}, uid {pod.uid}, is gone: another has its name")

    def _pods_there(self, pod: Stand) -> str:
        pods = (p for p in self._journal.known("pod").values() if isinstance(p, Pod))
        return ", ".join(sorted(p.name for p in pods if p.uid != pod.uid)) or "no others"

    def _runs(self, pod: Stand) -> bool:
        """Whether the API server has the pod and thinks that it is well."""
        try:
            path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}"
            shown = pod_from(self._client.get(path))
        except Refused as error:
            if error.status == NOT_FOUND:
                return False
            raise
        return shown.uid == pod.uid and shown.ready

    def _workload(self, pod: Stand) -> str:
        """The workload that a pod stood for; its own name when we did not run it."""
        ours = (w.name for w in self._ran if pod.uid in {stand.uid for stand in w.stands})
        return next(ours, pod.name)


def remnants(client: Client) -> list[str]:
    """The namespaces that runs of ours made and did not live to delete."""
    found = client.get(f"/api/v1/namespaces?labelSelector={OWNER}")["items"]
    return [n["metadata"]["name"] for n in found if n["status"]["phase"] == "Active"]


def collection(manifest: Json, namespace: str) -> str:
    """Where objects of a kind are: its plural is formed as Kubernetes' own kinds form it."""
    kind, group = str(manifest["kind"]).lower(), str(manifest["apiVersion"])
    plural = f"{kind[:-1]}ies" if kind.endswith("y") else kind + ("es" if kind[-1] == "s" else "s")
    return f"/{'apis' if '/' in group else 'api'}/{group}/namespaces/{namespace}/{plural}"


def _with_image(spec: Spec, provider: Provider) -> Json:
    """The manifest with the patient in every container that names no image."""
    manifest: Json = copy.deepcopy(spec.manifest)
    pod = manifest["spec"] if spec.kind == "Pod" else manifest["spec"]["template"]["spec"]
    for container in pod.get("containers") or ():
        if "image" not in container:
            container["image"] = provider.image
            container["imagePullPolicy"] = provider.pull_policy
    return manifest


def _without_waiting_for_its_account(client: Client, namespace: str) -> None:
    """Make the ServiceAccount that every pod needs: its controller would make the same, later."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts"
    try:
        client.create(path, {"metadata": {"name": "default"}})
    except Refused as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
