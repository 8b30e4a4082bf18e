"""What faults and laws are about: the workloads that were run, as the API server admitted them.

Frozen plain data, as everything that a history or a ledger keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NewType

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError, NoSuchTarget
from chaos.workloads.containers import ContainerSpec, Probe, ProbeName
from chaos.workloads.first_start import FirstStart

Uid = NewType("Uid", str)
NodeName = NewType("NodeName", str)

DESK = 8081  # where an app of ours takes orders and tells how it is
GRACE = seconds(30)  # what the API server fills in for terminationGracePeriodSeconds


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a pod stood when its workload was run: how a fault names its target."""

    uid: Uid
    name: str
    node: NodeName
    namespace: str


@dataclass(frozen=True, slots=True, repr=False)
class Workload:
    """What we ran, as it stood when it had become Ready. `grace` and the like are its pods'.

    `containers` are those that run as long as the pod does. Where a fault or a law is about one of
    them, `web.container("api")` says which; where nobody says it is the only one, or the only that
    takes our orders, or the only that has the probe in question. `init` are the init containers
    that run before. `replacement` is a Job's podReplacementPolicy, `tolerates` the NoExecute
    tolerations in their order: key ("" is any) and seconds (None: ever). `first` is how long it
    took to come up; None where nobody saw that.
    """

    name: str
    kind: str
    uid: Uid
    stands: tuple[Stand, ...]
    containers: tuple[ContainerSpec, ...] = (ContainerSpec(),)
    named: str = ""
    init: tuple[str, ...] = ()
    grace: Seconds = GRACE
    restart_policy: str = "Always"
    tolerance: Seconds | None = None
    replacement: str = ""
    tolerates: tuple[tuple[str, Seconds | None], ...] = ()
    first: FirstStart | None = None
    host_network: bool = False

    def __repr__(self) -> str:
        """Its name: what a sentence, and a fault's text, in the report are made of."""
        return f"{self.name}/{self.named}" if self.named else self.name

    def container(self, name: str) -> Workload:
        """It, with one of its containers meant; NoSuchTarget names those that there are."""
        if name not in {spec.name for spec in self.containers}:
            raise NoSuchTarget(f"{self.name} has no container {name!r}: it has {self._names()}")
        return replace(self, named=name)

    @property
    def meant(self) -> ContainerSpec:
        """The container that is meant; ChaosError when nobody can tell, which names them."""
        return self._only(self._told(), "")

    @property
    def narrowed(self) -> Workload:
        """It, with the container named that is meant; of a pod with one container, as it is."""
        return self if len(self.containers) == 1 else self.container(self.meant.name)

    def probe(self, name: ProbeName) -> Probe | None:
        """One of the probes of the container that is meant, if it has it."""
        told = self._told()
        having = tuple(spec for spec in told if spec.probe(name)) or told[:1]
        return self._only(having, f" with a {name} probe").probe(name)

    @property
    def liveness(self) -> Probe | None:
        """The liveness probe of the container that is meant."""
        return self.probe("liveness")

    @property
    def readiness(self) -> Probe | None:
        """The readiness probe of the container that is meant."""
        return self.probe("readiness")

    @property
    def startup(self) -> Probe | None:
        """The startup probe of the container that is meant."""
        return self.probe("startup")

    @property
    def port(self) -> int | None:
        """The first TCP port of the container that is meant; of any when nobody can tell."""
        return next((spec.port for spec in self._told() if spec.port), None)

    def _told(self) -> tuple[ContainerSpec, ...]:
        """Those that may be meant: the named, the only one, the one that takes our orders."""
        named = tuple(spec for spec in self.containers if spec.name == self.named)
        ours = tuple(spec for spec in self.containers if spec.desk == DESK)
        return named or (ours if len(ours) == 1 else self.containers)

    def _only(self, specs: tuple[ContainerSpec, ...], such: str) -> ContainerSpec:
        if len(specs) > 1:
            said = f"{self.name}.container({specs[0].name!r})"
            which = f"{self.name} has {len(specs)} containers{such}, {_listed(specs)}"
            raise ChaosError(f"{which}: say which is meant, as {said}")
        return specs[0]

    def _names(self) -> str:
        return _listed(self.containers)

    @property
    def pod(self) -> Stand:
        """Where its only pod stood."""
        (stand,) = self.stands
        return stand

    @property
    def one(self) -> Workload:
        """It as a fault names it that hits the first of its pods and spares the others."""
        return replace(self, stands=self.stands[:1])

    @property
    def node(self) -> NodeName:
        """The node of its only pod."""
        return self.pod.node


def _listed(specs: tuple[ContainerSpec, ...]) -> str:
    return " and ".join(spec.name for spec in specs)


Apps = Workload | tuple[Workload, ...]


def each(apps: Apps) -> tuple[Workload, ...]:
    """The workloads that a fault or a law names: one, or several."""
    return (apps,) if isinstance(apps, Workload) else apps


def hit(app: Workload) -> str:
    """What a fault is done to: web; web/api where several containers are in its pods."""
    if len(app.containers) == 1:
        return app.name
    ours = [spec.name for spec in app.containers if spec.desk == DESK]
    meant = app.named or (ours[0] if len(ours) == 1 else "")
    return f"{app.name}/{meant}" if meant else app.name


def stands(apps: Apps) -> tuple[Stand, ...]:
    """Where all their pods stood; NoSuchTarget when one had none: there is nobody to hurt."""
    if nobody := [app.name for app in each(apps) if not app.stands]:
        raise NoSuchTarget(f"{nobody[0]} had no pods when it was run: there is nobody to hurt")
    return tuple(stand for app in each(apps) for stand in app.stands)


def patients(apps: Apps) -> tuple[Stand, ...]:
    """Where apps of ours stood that take orders; ChaosError where a container is named that cannot.

    A workload that names none is believed: it may be a user's own image of the patient.
    """
    for app in each(apps):
        if app.named and app.meant.desk != DESK:
            raise ChaosError(
                f"{app} takes no orders: only what answers at port {DESK} of a pod does"
            )
    return stands(apps)


def placed(apps: Apps) -> tuple[tuple[Workload, Stand], ...]:
    """Where all their pods stood, each with its workload."""
    return tuple((app, stand) for app in each(apps) for stand in app.stands)
