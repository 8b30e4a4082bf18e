"""A user's own YAML as a spec: every complaint about it names the file and the line."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from chaos.errors import BadManifest
from chaos.workloads import LABEL, Json, Spec

RUN = frozenset(
    {"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job", "Pod"}
)
FIELD = re.compile(r"\.?(?:spec|metadata)(?:\.\w+|\[\w+\])+")


def manifest(*paths: str | Path) -> Spec:
    """The one workload in these files, and whatever is written beside it."""
    specs = [spec for path in paths for spec in _documents(Path(path))]
    found = [spec for spec in specs if spec.kind in RUN]
    if len(found) != 1:
        names = ", ".join(f"{s.kind}/{s.name} ({s.origin})" for s in found) or "none"
        where = ", ".join(map(str, paths))
        raise BadManifest(f"{where}: one workload is wanted, of {', '.join(sorted(RUN))}: {names}")
    (main,) = found
    beside = tuple(spec.manifest for spec in specs if spec is not main)
    return dataclasses.replace(main, manifest=_marked(main), beside=beside)


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


def _documents(path: Path) -> Iterator[Spec]:
    try:
        nodes = list(yaml.compose_all(path.read_text(encoding="utf-8"), yaml.SafeLoader))
        whole = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise BadManifest(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise BadManifest(f"{path}{line}: {getattr(error, 'problem', error)}") from error
    for node, document in zip(nodes, whole, strict=True):
        if document is not None:
            yield _document(path, node, document)


def _document(path: Path, node: yaml.Node, document: Any) -> Spec:
    origin = f"{path}:{node.start_mark.line + 1}"
    if not isinstance(document, dict):
        raise BadManifest(f"{origin}: an object is wanted, this is {type(document).__name__}")
    meta = document.get("metadata")
    name = meta.get("name") if isinstance(meta, dict) else None
    for field, value in (
        ("apiVersion", document.get("apiVersion")),
        ("kind", document.get("kind")),
        ("metadata.name", name),
    ):
        if not isinstance(value, str) or not value:
            raise BadManifest(f"{origin}: {field} is missing or is no text")
    lines = dict(_lines(node, ""))
    return Spec(str(name), document["kind"], document, origin=origin, lines=lines)


def _lines(node: yaml.Node, path: str) -> Iterator[tuple[str, int]]:
    """Where each field is written, by the path that the API server calls it."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = f"{path}.{key.value}" if path else str(key.value)
            yield inner, key.start_mark.line + 1
            yield from _lines(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield f"{path}[{index}]", value.start_mark.line + 1
            yield from _lines(value, f"{path}[{index}]")


def _marked(spec: Spec) -> Json:
    """The manifest with the workload's label, on the object and on its pods."""
    labelled = _labelled(spec.manifest, spec.name)
    if spec.kind == "Pod":
        return labelled
    inner = labelled.get("spec")
    template = inner.get("template") if isinstance(inner, dict) else None
    if not isinstance(template, dict):
        raise BadManifest(f"{spec.origin}: {spec.kind}/{spec.name} has no spec.template")
    return labelled | {"spec": {**labelled["spec"], "template": _labelled(template, spec.name)}}


def _labelled(thing: Json, name: str) -> Json:
    meta = thing.get("metadata") or {}
    return thing | {"metadata": meta | {"labels": (meta.get("labels") or {}) | {LABEL: name}}}
