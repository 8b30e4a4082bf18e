"""Which kinds an API server serves, and where: it is asked once for each group and version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from chaos.errors import BadManifest, quoted
from chaos.kube.client import Client
from chaos.kube.objects import plural
from chaos.recording.ports import Refused
from chaos.values import Json
from chaos.workloads.manifests import RUN

EVERYWHERE = {"v1", "apps/v1", "batch/v1"}  # every API server has these, with the kinds below
OURS = RUN | {"Service"}
CRD = "CustomResourceDefinition"


@dataclass(frozen=True, slots=True)
class Resource:
    """Where the objects of a kind are: `plural` is what paths call it."""

    plural: str
    namespaced: bool = True

    def collection(self, version: str, namespace: str) -> str:
        """Where they all are."""
        inner = f"namespaces/{namespace}/" if self.namespaced else ""
        return f"{root(version)}/{inner}{self.plural}"

    def place(self, manifest: Json, namespace: str) -> str:
        """Where one of them is."""
        name = quote(manifest["metadata"]["name"], "")
        return f"{self.collection(manifest['apiVersion'], namespace)}/{name}"


@dataclass(frozen=True)
class Kinds:
    """What one API server serves, as far as anybody has asked."""

    client: Client
    _known: dict[str, dict[str, Resource]] = field(default_factory=dict)

    def of(self, manifest: Json) -> Resource:
        """Where an object is to be; BadManifest says which versions have such a kind."""
        version, kind = manifest["apiVersion"], manifest["kind"]
        if version in EVERYWHERE and kind in OURS:
            return usual(manifest)
        if found := self.served(version).get(kind):
            return found
        there = ", ".join(self._elsewhere(kind))
        advice = f"it is in {there}" if there else "none of its CRDs is for such a kind"
        why = f"this cluster has no {quoted(kind)} of {version}: {advice}"
        raise BadManifest(f"kind: {why}", [("kind", why)])

    def served(self, version: str, *, anew: bool = False) -> dict[str, Resource]:
        """The kinds of a group's version; none where the version is not served."""
        if anew or version not in self._known:
            self._known[version] = dict(self._kinds(version))
        return self._known[version]

    def _kinds(self, version: str) -> Iterator[tuple[str, Resource]]:
        for one in self._said(root(version)).get("resources") or ():
            if "/" not in one["name"]:
                yield one["kind"], Resource(one["name"], one["namespaced"])

    def _elsewhere(self, kind: str) -> Iterator[str]:
        """The versions that have a kind of this name."""
        groups = self._said("/apis").get("groups") or ()
        versions = [one["groupVersion"] for group in groups for one in group["versions"]]
        return (version for version in ("v1", *versions) if kind in self.served(version))

    def _said(self, path: str) -> Json:
        try:
            return self.client.get(path)
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return {}


def usual(manifest: Json) -> Resource:
    """Where one of Kubernetes' own kinds is, as far as its name tells: nobody is asked."""
    return Resource(plural(manifest["kind"]))


def root(version: str) -> str:
    """Where a group's version is; the core one has no group."""
    return f"/{'apis' if '/' in version else 'api'}/{version}"


def promised(things: Iterable[Json]) -> dict[tuple[str, str], Resource]:
    """What the CRDs among some objects will bring, by version and kind."""
    return {one: where for thing in things for one, where in _defined(thing)}


def _defined(thing: Json) -> Iterator[tuple[tuple[str, str], Resource]]:
    """Nothing of a CRD that is not sound: the API server will say what is wrong with it."""
    match thing:
        case {
            "kind": "CustomResourceDefinition",
            "spec": {
                "group": str(group),
                "names": {"plural": str(plural), "kind": str(kind)},
                "versions": list(versions),
                **rest,
            },
        }:
            where = Resource(plural, namespaced=rest.get("scope") == "Namespaced")
            yield from (((f"{group}/{name}", kind), where) for name in _served(versions))


def _served(versions: list[Any]) -> Iterator[str]:
    for one in versions:
        match one:
            case {"name": str(name)} if one.get("served", True):
                yield name
