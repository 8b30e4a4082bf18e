"""The cluster that faults and scenarios act on: the `Cluster` port of a real API server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import overload

from chaos.clock import Seconds
from chaos.errors import NoSuchTarget
from chaos.history.facts import Answered, Node
from chaos.history.journal import Journal
from chaos.history.looked import Checked, Getting, Got, Inspected, Sounded, Sounding
from chaos.history.timers import Timers
from chaos.kube import namespaces
from chaos.kube.applying import Applying, in_order
from chaos.kube.completed import Unsupplied, completed
from chaos.kube.kinds import Kinds
from chaos.kube.leases import Leases
from chaos.kube.looks import Looks
from chaos.kube.objects import Objects
from chaos.kube.patients import Patients
from chaos.kube.running import READY_WITHIN, Running
from chaos.kube.site import Site
from chaos.kube.visits import Visitors
from chaos.kube.wires import Wires
from chaos.patient.orders import TERM_SECONDS
from chaos.ports.cluster import Machine, Program
from chaos.ports.fault import TERM
from chaos.values import Json
from chaos.workloads import Spec
from chaos.workloads.admitted import Stand, Uid, Workload
from chaos.workloads.wires import Toxic


class KubeCluster:
    """One scenario's cluster: its own namespace, the journal that its recorder writes."""

    def __init__(self, site: Site, journal: Journal, *, namespace: str) -> None:
        self.namespace = namespace
        self.term = TERM
        self._client = client = site.client
        self._site = site
        self._journal = journal
        self._ran: list[Workload] = []
        self._patients = Patients(client, journal, reachable=site.provided.reachable)
        self._visitors = Visitors(self._patients.visits, journal)
        self._looks = Looks(self._patients, self._visitors, site.hands, journal, self._app)
        self._wires = Wires(self._patients, self._workload)
        self._objects = Objects(client)
        self._leases = Leases(client, site.holder)
        self._applying = Applying(client, namespace, site.holder, Kinds(client))

    @classmethod
    def in_new_namespace(cls, site: Site, journal: Journal) -> KubeCluster:
        """A cluster port with a namespace that nobody else has; `leave` deletes it."""
        return cls(site, journal, namespace=namespaces.made(site.client, site.holder))

    def leave(self) -> None:
        """Delete the namespace, its pods without grace, and what was made beside it.

        Does not wait for the end of it.
        """
        self._site.hands.displace(self.namespace)
        namespaces.delete(self._client, self.namespace)
        self._applying.leave()

    @property
    def ran(self) -> tuple[Workload, ...]:
        """Every workload of the scenario so far."""
        return tuple(self._ran)

    @property
    def timers(self) -> Timers:
        """How soon this cluster notices a dead node, as its programs say: for windows."""
        return self._site.timers

    @overload
    def run(self, spec: Spec, /, *, within: Seconds = ...) -> Workload: ...

    @overload
    def run(
        self, spec: Spec, second: Spec, /, *rest: Spec, within: Seconds = ...
    ) -> tuple[Workload, ...]: ...

    def run(self, *specs: Spec, within: Seconds = READY_WITHIN) -> Workload | tuple[Workload, ...]:
        """Run one workload or several, and return when all their pods are ready.

        CannotHere, before anything is applied, when nobody can lay static pods; BadManifest when
        the API server refuses one; NotSteady when they do not become ready.
        """
        for spec in specs:
            self._site.abilities.admit_workload(spec)
        self._applying.must_be_taken([one for spec in specs for one in self._tried(spec)])
        begun = tuple(self._begin(spec) for spec in specs)
        end = Seconds(self._journal.clock.now() + within)
        running = tuple(run.wait(until=end) for run in begun)
        self._ran += running
        return running[0] if len(running) == 1 else running

    @property
    def ready_nodes(self) -> tuple[str, ...]:
        """The names of the nodes that are Ready, as last seen."""
        return tuple(sorted(node.name for node in self._ready()))

    @property
    def control_planes(self) -> tuple[str, ...]:
        """The names of the Ready nodes that carry a control plane; none where it is no node."""
        return tuple(sorted(node.name for node in self._ready() if node.control_plane))

    def claim(self, node: str, *, lasting: Seconds) -> None:
        """Keep a node for this run, at least for so long; ChaosError says whose it is."""
        self._leases.take(node, lasting)

    def release(self, node: str) -> None:
        """Give a node back; one that is not ours stays whose it is. Twice is once."""
        self._leases.give_back(node)

    def machine(self, node: str) -> Machine:
        """The machine under a node; NoSuchTarget names those there are."""
        try:
            return self._site.hands.machine(node)
        except (KeyError, NoSuchTarget) as error:
            names = [n["metadata"]["name"] for n in self._client.get("/api/v1/nodes")["items"]]
            there = ", ".join(sorted(names))
            raise NoSuchTarget(f"there is no node {node}; there are: {there}") from error

    def control_plane(self, name: str) -> Program:
        """etcd, kube-apiserver, kube-controller-manager or kube-scheduler; else NoSuchTarget."""
        return self._site.hands.control_plane(name)

    def check(self, what: str) -> Checked:
        """Look whether a program works, and write it down: etcd, worker1/kubelet."""
        node, _, name = what.rpartition("/")
        program = self.machine(node).program(name) if node else self.control_plane(name)
        why = program.trouble()
        found = Checked(self._journal.clock.now(), what, up=not why, why=why)
        self._journal.write(found)
        return found

    def inspect(self, *pods: Stand) -> tuple[Inspected, ...]:
        """Look which of the pods' containers run on their nodes, and how; write it down."""
        return self._looks.inspect(*pods)

    def tell(self, pod: Stand, order: str, **settings: float | str) -> None:
        """Give a patient an order, with a term, and return when it has taken it."""
        self._patients.tell(pod, order, {TERM_SECONDS: self.term, **settings})

    def soothe(self, *pods: Stand) -> None:
        """Tell patients to be well again; nothing to do for one that is gone or does not run."""
        self._patients.soothe(*pods)

    def ask(self, *pods: Stand) -> tuple[Answered, ...]:
        """Ask patients how they are, all at once, on both their ports; write the answers down."""
        return self._looks.ask(*pods)

    def poison(self, pod: Stand, wire: str, toxic: Toxic, **numbers: int) -> None:
        """Put a toxic on one of a pod's wires, in toxiproxy's units; NoSuchTarget without one."""
        self._wires.poison(pod, wire, toxic, numbers)

    def cure(self, wire: str, toxic: Toxic, *pods: Stand) -> None:
        """Take a toxic off a wire of each pod; nothing to do for one that is gone."""
        self._wires.cure(wire, toxic, *pods)

    def sound(self, *wires: Sounding) -> tuple[Sounded, ...]:
        """Send a request over each wire, all at once; write down how it went."""
        return self._wires.sound(*wires)

    def get(self, *paths: Getting) -> tuple[Got, ...]:
        """Ask pods for paths, or run commands, as their probes do, all at once; write it down."""
        return self._looks.get(*paths)

    def delete(self, pod: Stand, *, grace: Seconds | None = None) -> None:
        """Delete a pod with its own grace period or with this one; 0 waits for nobody."""
        self._objects.delete(pod, grace)

    def scale(self, app: Workload, replicas: int) -> None:
        """Ask an app's controller for this number of pods."""
        self._objects.scale(app, replicas, next((s.namespace for s in app.stands), self.namespace))

    def label(self, pod: Stand, name: str, value: str | None) -> None:
        """Give a pod a label, or take it off (None)."""
        self._objects.label(pod, name, value)

    def taint(self, node: str, taint: str) -> None:
        """Put a taint, written key=value:effect, on a node. Twice is once."""
        self._objects.taint(node, taint)

    def untaint(self, node: str, taint: str) -> None:
        """Take a taint off a node. Twice is once."""
        self._objects.untaint(node, taint)

    def forget(self, node: str) -> None:
        """Delete a node's object; its machine runs on."""
        self._objects.forget(node)

    def remember(self, node: str) -> None:
        """Have a forgotten node register again: its kubelet does so when it starts, only then."""
        if not self._objects.knows(node):
            kubelet = self.machine(node).program("kubelet")
            kubelet.stop()
            kubelet.start()

    def add_node(self, node: str) -> None:
        """Add a node of this name; it is Ready when this returns."""
        self._site.hands.add_node(node)

    def remove_node(self, node: str) -> None:
        """Take away a node that was added so, machine and object; nothing to do for others."""
        self._site.hands.remove_node(node)

    def _ready(self) -> list[Node]:
        nodes = (n for n in self._journal.known("node").values() if isinstance(n, Node))
        return [node for node in nodes if node.ready == "True"]

    def _begin(self, spec: Spec) -> Running:
        """Apply a spec and what it needs beside it."""
        for beside in in_order(spec):
            self._applying.apply(spec, beside)
        manifest, uid = self._completed(spec), Uid("")
        if spec.kind == "StaticPod":
            manifest["metadata"]["namespace"] = self.namespace
            self._site.hands.place(manifest["spec"]["nodeName"], manifest)
        else:
            uid = Uid(self._applying.apply(spec, manifest)["metadata"]["uid"])
        return Running(spec, uid, self.namespace, self._client, self._journal)

    def _completed(self, spec: Spec) -> Json:
        address = self._objects.address
        return completed(spec, self._site, lambda name: address(name, self.namespace))

    def _tried(self, spec: Spec) -> Iterator[tuple[Spec, Json]]:
        """What the API server can try of a spec: a static pod is no business of its."""
        yield from ((spec, beside) for beside in in_order(spec))
        if spec.kind != "StaticPod":
            yield spec, completed(spec, Unsupplied(), lambda _: "")

    def _workload(self, pod: Stand) -> str:
        """The workload that a pod stood for; its own name when we did not run it."""
        app = self._app(pod)
        return pod.name if app is None else app.name

    def _app(self, pod: Stand) -> Workload | None:
        ours = (w for w in self._ran if pod.uid in {stand.uid for stand in w.stands})
        return next(ours, None)
