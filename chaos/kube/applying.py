"""From manifests to objects: all are tried before one is made, and nobody else's is changed.

What has no namespace of its own belongs to the scenario's Namespace: if nobody deletes it before,
the cluster's garbage collector does when that is gone (Kubernetes' documentation, "Owners and
Dependents": what is cluster-scoped may have an owner that is so too).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from chaos.clock import poll, seconds
from chaos.errors import BadManifest, NotSteady
from chaos.kube import namespaces
from chaos.kube.client import Client
from chaos.kube.kinds import CRD, Kinds, Resource, promised
from chaos.recording.ports import Refused
from chaos.values import Json
from chaos.workloads import Spec
from chaos.workloads.complaints import complaint

ESTABLISHED = seconds(30)  # a CRD is served some 0.1 s after it was made: measured
GOING = seconds(30)  # a CRD that is deleted takes its objects with it first
AGAIN = seconds(0.1)
# A dry run makes nothing, so what needs another of the files finds it missing.
MISSING = re.compile(r"\bnot found\b|\bwas found\b|does not support dry run")
BINDINGS = {"RoleBinding", "ClusterRoleBinding"}


@dataclass(frozen=True)
class Applying:
    """Makes a scenario's objects; `owner` is what the scenarios of this harness are known by."""

    client: Client
    namespace: str
    owner: str
    kinds: Kinds
    made: list[tuple[str, str]] = field(default_factory=list)  # path and uid

    def must_be_taken(self, things: Sequence[tuple[Spec, Json]]) -> None:
        """Have the API server try each of them; BadManifest for the first that it refuses.

        One alone is not tried: nothing is made before it.
        """
        coming = promised(thing for _, thing in things)
        for spec, thing in things:
            with _told(spec, thing):
                if (thing["apiVersion"], thing["kind"]) not in coming:
                    self._try(thing, alone=len(things) == 1)

    def apply(self, spec: Spec, thing: Json) -> Json:
        """Make one of a spec's objects be so; BadManifest with the line of what is refused."""
        with _told(spec, thing):
            resource, moved = self.kinds.of(thing), self._moved(spec, thing)
            if resource.namespaced:
                return self.client.apply(resource.place(thing, self.namespace), moved)
            made = self._made(resource, moved)
            if thing["kind"] == CRD:
                self._must_be_served(thing)
            return made

    def leave(self) -> None:
        """Delete what lies in no namespace, and is still what was made here. Twice is once."""
        while self.made:
            path, uid = self.made[-1]
            try:
                self.client.request("DELETE", path, {"preconditions": {"uid": uid}})
            except Refused as error:
                if error.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
                    raise
            self.made.pop()

    def _try(self, thing: Json, *, alone: bool) -> None:
        resource = self.kinds.of(thing)
        if alone:
            return
        try:
            if resource.namespaced:
                self.client.apply(resource.place(thing, self.namespace), thing, trial=True)
            else:
                self._make(resource, thing, trial=True)
        except BadManifest as error:
            if not MISSING.search(str(error)):
                raise

    def _made(self, resource: Resource, thing: Json) -> Json:
        """An object that is the scenario's alone, though it lies in no namespace."""
        meta = thing["metadata"]
        uid = namespaces.uid(self.client, self.namespace)
        owner = {"apiVersion": "v1", "kind": "Namespace", "name": self.namespace, "uid": uid}
        labels = (meta.get("labels") or {}) | {namespaces.OWNER: self.owner}
        ours = thing | {"metadata": meta | {"labels": labels, "ownerReferences": [owner]}}
        poll(lambda: not self._going(resource, thing), within=GOING, every=AGAIN)
        made = self._make(resource, ours)
        self.made.append((resource.place(thing, self.namespace), made["metadata"]["uid"]))
        return made

    def _make(self, resource: Resource, thing: Json, *, trial: bool = False) -> Json:
        path = resource.collection(thing["apiVersion"], self.namespace)
        try:
            return self.client.make(path, thing, trial=trial)
        except Refused as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
            if trial and self._frees_its_name(resource, thing):
                return {}
            name = f"{thing['kind']}/{thing['metadata']['name']}"
            why = "is on the cluster already, and a scenario changes nothing that it has not made"
            raise BadManifest(f"metadata.name: {name} {why}") from error

    def _there(self, resource: Resource, thing: Json) -> Json:
        try:
            return self.client.get(resource.place(thing, self.namespace))
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return {}

    def _frees_its_name(self, resource: Resource, thing: Json) -> bool:
        """Whether what had that name is gone by now, or goes with a scenario of ours."""
        there = self._there(resource, thing)
        labels = (there.get("metadata") or {}).get("labels") or {}
        return not there or labels.get(namespaces.OWNER) == self.owner

    def _going(self, resource: Resource, thing: Json) -> bool:
        """Whether one of that name is an earlier scenario's, and on its way out."""
        meta = self._there(resource, thing).get("metadata") or {}
        return "deletionTimestamp" in meta

    def _must_be_served(self, crd: Json) -> None:
        """Wait until the API server has the kinds that a CRD brings."""

        def served() -> bool:
            wanted = promised([crd])
            return all(kind in self.kinds.served(v, anew=True) for v, kind in wanted)

        if not poll(served, within=ESTABLISHED, every=AGAIN):
            name = crd["metadata"]["name"]
            raise NotSteady(f"{CRD}/{name}: its kinds are not served {ESTABLISHED:g} s later")

    def _moved(self, spec: Spec, thing: Json) -> Json:
        """It, with the accounts that a binding names in the scenario's namespace."""
        written, subjects = _written(spec, thing).namespace, thing.get("subjects")
        if thing["kind"] not in BINDINGS or not written or not isinstance(subjects, list):
            return thing
        return thing | {"subjects": [self._subject(one, written) for one in subjects]}

    def _subject(self, one: Any, written: str) -> Any:
        moves = isinstance(one, dict) and one.get("namespace") == written
        return one | {"namespace": self.namespace} if moves else one


@contextmanager
def _told(spec: Spec, thing: Json) -> Iterator[None]:
    """The API server's complaints with the file and the line of what they are about."""
    try:
        yield
    except BadManifest as error:
        told = complaint(_written(spec, thing), str(error), error.causes)
        raise BadManifest(told) from error


def _written(spec: Spec, thing: Json) -> Spec:
    """What was found in a file: one beside the spec, or itself."""
    return next((one for one in spec.written if one.manifest is thing), spec)


def in_order(spec: Spec) -> list[Json]:
    """What is beside a spec: first what says which kinds there are."""
    return sorted(spec.beside, key=lambda thing: thing["kind"] != CRD)
