"""A user's own YAML as a spec: every complaint about it names the file and the line."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

from chaos.errors import BadManifest, one_line, quoted
from chaos.values import Json
from chaos.workloads.builders import Spec
from chaos.workloads.complaints import complaint
from chaos.workloads.documents import documents
from chaos.workloads.pods import LABEL, meta_of
from chaos.workloads.services import chooses

CONTROLLED = {"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet"}
RUN = frozenset(CONTROLLED | {"Job", "CronJob", "Pod"})
GROUPS = {"", "apps", "batch", "extensions"}  # others have kinds of these names, too
COUNTS = ("replicas", "completions", "parallelism")  # what is waited for
NAME = re.compile(r"[a-z0-9]([-.a-z0-9]{0,61}[a-z0-9])?")  # that is a label's value, too


def manifest(*paths: str | Path, namespace: str = "") -> Spec:
    """The one workload in these files or folders, and whatever is written beside it.

    Objects that are written for the namespace of that name are taken over by the scenario's own.
    """
    found = specs(*paths, namespace=namespace)
    if len(found) == 1:
        return found[0]
    raise BadManifest(
        f"{_names(paths)}: one workload is wanted, there are"
        f" {one_line(', '.join(map(_title, found)))}: specs(...) gives them all"
    )


def specs(*paths: str | Path, namespace: str = "") -> tuple[Spec, ...]:
    """The workloads in these files or folders, in their order; the first has the rest beside it.

    What is not their own is made before any of them is. See `manifest` for the namespace.
    """
    there = [spec for path in paths for spec in documents(Path(path), namespace)]
    if found := workloads(there):
        return found
    seen = one_line(f"; there are {', '.join(map(_title, there))}") if there else ""
    kinds = ", ".join(sorted(RUN))
    raise BadManifest(f"{_names(paths)}: a workload is wanted, of {kinds}: none{seen}")


def workloads(there: Sequence[Spec]) -> tuple[Spec, ...]:
    """The workloads among what was written, in their order; the first has the rest beside it.

    Another has the services that choose its pods. A pod finds those of the others by their names.
    """
    _must_be_single(there)
    found = [spec for spec in there if has_pods(spec.manifest)]
    _must_differ(found)
    others = tuple(spec for spec in there if not has_pods(spec.manifest))
    return tuple(
        _with(dataclasses.replace(spec, manifest=_marked(_named(spec))), others, first=not number)
        for number, spec in enumerate(found)
    )


def has_pods(manifest: Json) -> bool:
    """Whether it is of a kind that has pods, and of Kubernetes' own."""
    return manifest["kind"] in RUN and group_of(manifest) in GROUPS


def group_of(manifest: Json) -> str:
    """The API group of an object; empty for the core one."""
    return str(manifest.get("apiVersion")).rpartition("/")[0]


def _with(spec: Spec, others: tuple[Spec, ...], *, first: bool) -> Spec:
    """It, with what is beside it; a cluster may have no DNS for the services that it calls."""
    labels = meta_of(spec.manifest).get("labels") or {}
    services = [one for one in others if one.kind == "Service"]
    own = tuple(one for one in services if chooses(one.manifest, labels))
    beside = others if first else own
    calls = {one.name: _called(one) for one in services if one not in own}
    manifests = tuple(one.manifest for one in beside)
    return dataclasses.replace(spec, beside=manifests, written=beside, calls=calls)


def _called(service: Spec) -> tuple[str, ...]:
    """What a service is called by those who are written for the same namespace."""
    if not service.namespace:
        return (service.name,)
    long = f"{service.name}.{service.namespace}"
    return (service.name, long, f"{long}.svc", f"{long}.svc.cluster.local")


def _names(paths: Sequence[str | Path]) -> str:
    return ", ".join(map(one_line, paths)) or "no file"


def _title(spec: Spec) -> str:
    return f"{spec.kind}/{spec.name} ({spec.origin})"


def _must_be_single(there: Sequence[Spec]) -> None:
    """Of two objects with one name the second would take the first's place."""
    seen: dict[tuple[str, str, str], Spec] = {}
    for spec in there:
        first = seen.setdefault((group_of(spec.manifest), spec.kind, spec.name), spec)
        if first is not spec:
            name = f"{spec.kind}/{spec.name}"
            raise BadManifest(f"{spec.origin}: {name} is there already, at {first.origin}")


def _must_differ(found: Sequence[Spec]) -> None:
    """Pods are known by their workload's name, whatever its kind."""
    seen: dict[str, Spec] = {}
    for spec in found:
        first = seen.setdefault(spec.name, spec)
        if first is not spec:
            raise BadManifest(
                f"{spec.origin}: {spec.kind} {spec.name}: another name is wanted, for that of a"
                f" {first.kind} is the same, at {first.origin}"
            )


def _named(spec: Spec) -> Spec:
    """It, if its name can be its pods' label as well."""
    if not NAME.fullmatch(spec.name):
        wanted = "at most 63 of a-z, 0-9, - and ., between letters or digits"
        raise _wrong(spec, "metadata.name", f"{quoted(spec.name)} is no workload's name: {wanted}")
    return spec


def _marked(spec: Spec) -> Json:
    """The manifest with the workload's label, on the object and on its pods."""
    labelled = _labelled(spec.manifest, spec, "metadata")
    way = {"Pod": (), "CronJob": ("spec", "jobTemplate", "spec")}.get(spec.kind, ("spec",))
    _must_be_counts(spec)
    if way:
        return _templated(labelled, spec, (*way, "template"), "")
    _must_be_pod(labelled, spec, "spec")
    return labelled


def _templated(thing: Json, spec: Spec, way: tuple[str, ...], path: str) -> Json:
    """The object with its pods' template marked, which is at the end of the way."""
    name, *rest = way
    inner, path = thing.get(name), f"{path}{name}"
    if not isinstance(inner, dict):
        raise BadManifest(f"{spec.origin}: {spec.kind}/{spec.name} has no {path}")
    if rest:
        return thing | {name: _templated(inner, spec, tuple(rest), f"{path}.")}
    _must_be_pod(inner, spec, f"{path}.spec")
    return thing | {name: _labelled(inner, spec, f"{path}.metadata")}


def _must_be_counts(spec: Spec) -> None:
    said = spec.manifest.get("spec")
    for field in COUNTS:
        count = said.get(field) if isinstance(said, dict) else None
        if count is None:  # left to somebody else, as an autoscaler
            continue
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise _wrong(spec, f"spec.{field}", f"a whole number is wanted, not {quoted(count)}")


def _must_be_pod(thing: Json, spec: Spec, path: str) -> None:
    """Containers with names are what we look for in every pod."""
    pod = thing.get("spec")
    if not isinstance(pod, dict):
        raise BadManifest(f"{spec.origin}: {spec.kind}/{spec.name} has no {path}")
    containers = pod.get("containers")
    if not isinstance(containers, list) or not containers:
        seen = quoted(containers, 60)
        raise _wrong(spec, f"{path}.containers", f"a list of containers is wanted, not {seen}")
    for number, one in enumerate(containers):
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            at = f"{path}.containers[{number}]"
            raise _wrong(spec, at, f"a container with a name is wanted, not {quoted(one, 60)}")


def _labelled(thing: Json, spec: Spec, path: str) -> Json:
    meta = thing.get("metadata") or {}
    if not isinstance(meta, dict):
        raise _wrong(spec, path, f"a mapping is wanted, not {quoted(meta, 60)}")
    labels = meta.get("labels") or {}
    if not isinstance(labels, dict):
        raise _wrong(spec, f"{path}.labels", f"a mapping is wanted, not {quoted(labels, 60)}")
    return thing | {"metadata": meta | {"labels": labels | {LABEL: spec.name}}}


def _wrong(spec: Spec, path: str, why: str) -> BadManifest:
    """An error about a field, at the line that it is on."""
    return BadManifest(complaint(spec, f"{path}: {why}"))
