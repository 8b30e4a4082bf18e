"""Which rights an act needs, and whether we have them: the API server is asked about ourselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chaos.kube.client import Client
from chaos.kube.kinds import Resource
from chaos.values import Json

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """A verb on a resource, written `pods`, `pods/proxy` or `deployments.apps`."""

    verb: str
    resource: str

    def __str__(self) -> str:
        """As it is spoken of."""
        return f"{self.verb} {self.resource}"

    @property
    def attributes(self) -> Json:
        """As the API server is asked about it."""
        name, _, group = self.resource.partition(".")
        resource, _, part = name.partition("/")
        asked: Json = {"verb": self.verb, "resource": resource, "subresource": part, "group": group}
        return asked


def _rights(verbs: str, *resources: str) -> frozenset[Right]:
    return frozenset(Right(verb, what) for verb in verbs.split() for what in resources)


# What every scenario needs, whatever it does: a namespace of its own, the watches, the settings.
EVERY = frozenset(
    {
        *_rights("list watch", "pods", "nodes", "events", "endpointslices.discovery.k8s.io"),
        *_rights("create delete list", "namespaces"),
        *_rights("create", "serviceaccounts"),
        *_rights("deletecollection get", "pods"),
        *_rights("get", "nodes/proxy"),
    }
)
TELL = _rights("create", "pods/proxy")
ASK = _rights("get", "pods/proxy")
RUN = _rights("create get", "pods/exec")  # `get` for a WebSocket, from 1.35 on `create` too
WIRES = _rights("create delete get", "pods/proxy")
CLAIM = _rights("create get patch delete", "leases.coordination.k8s.io")
DELETE = _rights("delete", "pods")
LABEL = _rights("patch", "pods")
TAINT = _rights("get patch", "nodes")
FORGET = _rights("get delete", "nodes")
REPLICATION = "replicationcontrollers/scale"


def to_scale(kind: str) -> frozenset[Right]:
    """What scaling a workload of this kind needs."""
    if kind == "ReplicationController":
        return _rights("patch", REPLICATION)
    return _rights("patch", f"{kind.lower()}s/scale.apps")


def to_apply(manifest: Json, where: Resource) -> frozenset[Right]:
    """What running an object needs: server-side apply is a patch that may create.

    One without a namespace is made and deleted, and nobody else's is changed.
    """
    group = str(manifest["apiVersion"]).rpartition("/")[0]
    verbs = "create patch" if where.namespaced else "create delete get"
    return _rights(verbs, f"{where.plural}.{group}" if group else where.plural)


@dataclass(frozen=True)
class Reviewer:
    """Asks about each right once."""

    client: Client
    known: dict[Right, bool]

    def lacking(self, rights: Iterable[Right]) -> list[Right]:
        """Those that we have not."""
        return [right for right in sorted(rights) if not self._has(right)]

    def _has(self, right: Right) -> bool:
        if right not in self.known:
            review = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": right.attributes},
            }
            said = self.client.create(REVIEWS, review)
            self.known[right] = bool(said["status"]["allowed"])
        return self.known[right]


Lacking = Callable[[Iterable[Right]], list[Right]]
