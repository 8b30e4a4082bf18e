"""What is done to the API server's objects on purpose: pods, scales and nodes.

Whatever is not there raises NoSuchTarget, so that healing it is done already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from chaos.clock import Seconds, poll, seconds
from chaos.errors import ChaosError, NoSuchTarget
from chaos.kube.client import Client
from chaos.recording.ports import Refused
from chaos.values import Json
from chaos.workloads.admitted import Stand, Workload

GROUPS = {"ReplicationController": "api/v1"}  # what can be scaled is of apps/v1, but for this one
CONFLICTS = seconds(10)  # others write a node's taints as well: then it is read again
AGAIN = seconds(0.05)


@dataclass(frozen=True)
class Objects:
    """The objects of one API server."""

    client: Client

    def delete(self, pod: Stand, grace: Seconds | None) -> None:
        """Delete the pod of this uid and no other; a grace of 0 takes the object away at once."""
        body: Json = {"preconditions": {"uid": pod.uid}}
        if grace is not None:
            body["gracePeriodSeconds"] = int(grace)
        with _there(f"pod {pod.name}, uid {pod.uid}", HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
            self.client.request("DELETE", _pod(pod), body)

    def scale(self, app: Workload, replicas: int, namespace: str) -> None:
        """Ask for another number of pods."""
        plural = f"{app.kind.lower()}s"
        group = GROUPS.get(app.kind, "apis/apps/v1")
        path = f"/{group}/namespaces/{namespace}/{plural}/{app.name}/scale"
        with _there(f"{app.kind} {app.name} that can be scaled", HTTPStatus.NOT_FOUND):
            self.client.patch(path, {"spec": {"replicas": replicas}})

    def address(self, service: str, namespace: str) -> str:
        """Where a service is; empty when there is none, or it has no address of its own."""
        path = f"/api/v1/namespaces/{namespace}/services/{quote(service, '')}"
        try:
            found = str(self.client.get(path)["spec"].get("clusterIP") or "")
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return ""
        return "" if found == "None" else found

    def label(self, pod: Stand, name: str, value: str | None) -> None:
        """Give a pod a label, or take it off (None); not to another pod of the same name."""
        meta = {"uid": pod.uid, "labels": {name: value}}
        with _there(f"pod {pod.name}, uid {pod.uid}", HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
            self.client.patch(_pod(pod), {"metadata": meta})

    def taint(self, node: str, taint: str) -> None:
        """Put a taint on a node, written key=value:effect; one that is there already stays."""
        wanted = taint_of(taint)
        self._retaint(node, lambda taints: [*_without(taints, wanted), wanted])

    def untaint(self, node: str, taint: str) -> None:
        """Take a taint off a node, whatever its value; nothing to do when it is not there."""
        wanted = taint_of(taint)
        self._retaint(node, lambda taints: _without(taints, wanted))

    def forget(self, node: str) -> None:
        """Delete a node's object."""
        with _there(f"node {node}", HTTPStatus.NOT_FOUND):
            self.client.request("DELETE", _node(node))

    def knows(self, node: str) -> bool:
        """Whether the node has an object."""
        try:
            self.client.get(_node(node))
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return False
        return True

    def _retaint(self, node: str, change: Callable[[list[Json]], list[Json]]) -> None:
        """Read, change and write, again while somebody else writes in between."""
        if not poll(lambda: self._retainted(node, change), within=CONFLICTS, every=AGAIN):
            raise ChaosError(f"the taints of {node} change all the time: not written")

    def _retainted(self, node: str, change: Callable[[list[Json]], list[Json]]) -> bool:
        with _there(f"node {node}", HTTPStatus.NOT_FOUND):
            found = self.client.get(_node(node))
            version = found["metadata"]["resourceVersion"]
            before = found["spec"].get("taints") or []
            after = change(before)
            try:
                if after != before:
                    meta = {"resourceVersion": version}
                    self.client.patch(_node(node), {"metadata": meta, "spec": {"taints": after}})
            except Refused as error:
                if error.status != HTTPStatus.CONFLICT:
                    raise
                return False
        return True


def plural(kind: str) -> str:
    """A kind's name in a path, formed as Kubernetes' own kinds form it."""
    name = kind.lower()
    return f"{name[:-1]}ies" if name.endswith("y") else name + ("es" if name[-1] == "s" else "s")


def taint_of(text: str) -> Json:
    """A taint as the API has it; ChaosError when it is not key:effect or key=value:effect."""
    named, _, effect = text.rpartition(":")
    key, _, value = named.partition("=")
    if not key or effect not in {"NoSchedule", "PreferNoSchedule", "NoExecute"}:
        raise ChaosError(f"not a taint: {text!r} (expected one like key=value:NoExecute)")
    return {"key": key, "effect": effect} | ({"value": value} if value else {})


def _without(taints: list[Json], taint: Json) -> list[Json]:
    """All but the one of this key and effect: there can be only one."""
    same = (taint["key"], taint["effect"])
    return [one for one in taints if (one["key"], one["effect"]) != same]


def _pod(pod: Stand) -> str:
    return f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}"


def _node(node: str) -> str:
    return f"/api/v1/nodes/{node}"


@contextmanager
def _there(what: str, *statuses: HTTPStatus) -> Iterator[None]:
    """A target that is not there, or is another of its name, is no target."""
    try:
        yield
    except Refused as error:
        if error.status in statuses:
            raise NoSuchTarget(f"there is no {what}: {error}") from error
        raise
