"""YAML as objects for an API server: each with where it was written, or the line that is wrong.

What YAML can say and JSON cannot (dates, keys that are lists, aliases without an end) is refused
here, and so is a name that would lead a request elsewhere.
"""

from __future__ import annotations

import dataclasses
import math
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from chaos.errors import BadManifest, one_line, quoted
from chaos.workloads.builders import Spec
from chaos.workloads.folders import inside
from chaos.workloads.lists import unfolded
from chaos.workloads.written import Written, written

LONGEST = 253  # characters of an object's name, in Kubernetes
VERSION = re.compile(r"([a-z0-9]([-.a-z0-9]*[a-z0-9])?/)?v[0-9][a-z0-9]*")
OWN = "a scenario has one namespace, its own"
UNBUILT = "a kustomization is built first, as `kubectl kustomize FOLDER > app.yaml` does"
KIND = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def documents(path: Path, namespace: str = "") -> Iterator[Spec]:
    """The objects of a file, or of a folder; BadManifest with the line of what is wrong.

    Those of that namespace are without it, and the Namespace itself is not among them.
    """
    for file in map(Path, inside(str(path))) if os.path.isdir(path) else (path,):  # noqa: PTH112  a path that cannot be one is no folder
        if file.stem == "kustomization":
            raise BadManifest(f"{one_line(file)}: {UNBUILT}")
        for one in written(file):
            found = (document(each, namespace) for each in unfolded(one))
            yield from (spec for spec in found if spec.kind != "Namespace")


def document(one: Written, namespace: str = "") -> Spec:
    """One object; BadManifest with the file and the line of what is wrong in it."""
    where, said, origin = one.where, one.value, f"{one.where}:{one.line}"
    if not isinstance(said, dict):
        raise BadManifest(f"{origin}: an object is wanted, this is {type(said).__name__}")
    lines = {path: place.line for path, place in one.places.items()}
    _must_be_json(said, "", lambda path: f"{where}:{lines.get(path, one.line)}")
    meta = said.get("metadata")
    name = meta.get("name") if isinstance(meta, dict) else None
    for field, value in (
        ("apiVersion", said.get("apiVersion")),
        ("kind", said.get("kind")),
        ("metadata.name", name),
    ):
        if not isinstance(value, str) or not value:
            raise BadManifest(f"{origin}: {field} is missing or is no text")
    spec = Spec(str(name), said["kind"], said, origin=origin, lines=lines)
    _must_lead_to_one_object(spec, where)
    return _taken_over(spec, where, namespace)


def _must_be_json(value: Any, path: str, at: Callable[[str], str]) -> None:
    """YAML has more kinds of values than an API server takes."""
    match value:
        case dict():
            for key, inner in value.items():
                _must_be_plain(key, path, at)
                _must_be_json(inner, f"{path}.{key}" if path else str(key), at)
        case list():
            for number, inner in enumerate(value):
                _must_be_json(inner, f"{path}[{number}]", at)
        case _:
            _must_be_plain(value, path, at)


def _must_be_plain(value: Any, path: str, at: Callable[[str], str]) -> None:
    match value:
        case None | bool() | int():
            return
        case str() if not any("\ud800" <= letter <= "\udfff" for letter in value):
            return
        case float() if math.isfinite(value):
            return
        case _:
            kind = type(value).__name__
            why = f"{quoted(str(value), 60)} is no JSON ({kind}): put it in quotes"
            raise BadManifest(f"{at(path)}: {one_line(path)}: {why}")


def _must_lead_to_one_object(spec: Spec, where: str) -> None:
    """Its names are steps of a path on the API server: none leads out of our namespace."""
    said = spec.manifest
    if not VERSION.fullmatch(said["apiVersion"]):
        raise _wrong(spec, where, "apiVersion", f"{quoted(said['apiVersion'])} is none, as apps/v1")
    if not KIND.fullmatch(spec.kind):
        raise _wrong(spec, where, "kind", f"{quoted(spec.kind)} is none, as Deployment")
    steps = spec.name in {".", ".."} or "/" in spec.name or "%" in spec.name
    if steps or not spec.name.isprintable() or len(spec.name) > LONGEST:
        why = f"{quoted(spec.name)} cannot be a name: at most {LONGEST} letters, without / and %"
        raise _wrong(spec, where, "metadata.name", why)


def _taken_over(spec: Spec, where: str, namespace: str) -> Spec:
    """It without its namespace, if that is the one to be taken over."""
    meta = spec.manifest["metadata"]
    itself = spec.kind == "Namespace"
    said = spec.name if itself else meta.get("namespace")
    if said is None:
        return dataclasses.replace(spec, namespace=namespace)
    if said == "" or said != namespace:
        told = quoted(said, 60)
        why = f"leave {told} out, or have it taken over by namespace={told}: {OWN}"
        raise _wrong(spec, where, "metadata.name" if itself else "metadata.namespace", why)
    meta = {key: value for key, value in meta.items() if key != "namespace"}
    return dataclasses.replace(
        spec, manifest=spec.manifest | {"metadata": meta}, namespace=namespace
    )


def _wrong(spec: Spec, where: str, path: str, why: str) -> BadManifest:
    return BadManifest(f"{where}:{spec.lines[path]}: {path}: {why}")
