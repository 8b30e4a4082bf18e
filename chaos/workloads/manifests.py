"""A user's own YAML as a spec: every complaint about it names the file and the line."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

from chaos.errors import BadManifest, one_line, quoted
from chaos.values import Json
from chaos.workloads.builders import Spec
from chaos.workloads.documents import documents
from chaos.workloads.pods import LABEL

CONTROLLED = {"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet"}
RUN = frozenset(CONTROLLED | {"Job", "CronJob", "Pod"})
COUNTS = ("replicas", "completions", "parallelism")  # what is waited for
NAME = re.compile(r"[a-z0-9]([-.a-z0-9]{0,61}[a-z0-9])?")  # that is a label's value, too
FIELD = re.compile(r"\.?(?:spec|metadata)(?:\.\w+|\[\w+\])+")


def manifest(*paths: str | Path) -> Spec:
    """The one workload in these files, and whatever is written beside it."""
    specs = [spec for path in paths for spec in documents(Path(path))]
    found = [spec for spec in specs if spec.kind in RUN]
    if len(found) != 1:
        where = ", ".join(map(one_line, paths)) or "manifest()"
        kinds = ", ".join(sorted(RUN))
        raise BadManifest(f"{where}: one workload is wanted, of {kinds}: {_told(found, specs)}")
    (main,) = workloads(specs)
    return main


def workloads(specs: Sequence[Spec]) -> tuple[Spec, ...]:
    """The workloads among what was written, in their order; the first has the rest beside it."""
    _must_be_single(specs)
    found = [spec for spec in specs if spec.kind in RUN]
    others = tuple(spec for spec in specs if spec.kind not in RUN)
    marked = [dataclasses.replace(spec, manifest=_marked(_named(spec))) for spec in found]
    if marked:
        beside = tuple(spec.manifest for spec in others)
        marked[0] = dataclasses.replace(marked[0], beside=beside, written=others)
    return tuple(marked)


def complaint(spec: Spec, message: str) -> str:
    """The API server's message, with the file and the line that it is about."""
    if not spec.origin:
        return message
    file, line = spec.origin.rsplit(":", 1)
    for name in FIELD.findall(message):
        path = name.strip(".")
        while path and path not in spec.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        if path:
            return f"{file}:{spec.lines[path]}: {message}"
    return f"{file}:{line}: {message}"


def _told(found: list[Spec], specs: list[Spec]) -> str:
    """The workloads that there are, or what there is instead."""
    if found:
        return one_line(", ".join(map(_title, found)))
    there = f"; there are {', '.join(map(_title, specs))}" if specs else ""
    return one_line(f"none{there}")


def _title(spec: Spec) -> str:
    return f"{spec.kind}/{spec.name} ({spec.origin})"


def _must_be_single(specs: Sequence[Spec]) -> None:
    """Of two objects with one name the second would take the first's place."""
    seen: dict[tuple[str, str], Spec] = {}
    for spec in specs:
        first = seen.setdefault((spec.kind, spec.name), spec)
        if first is not spec:
            name = f"{spec.kind}/{spec.name}"
            raise BadManifest(f"{spec.origin}: {name} is there already, at {first.origin}")


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
