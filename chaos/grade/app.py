"""A user's own app: the workloads in their manifests, and what is written beside them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from chaos.errors import BadManifest, one_line
from chaos.grade.services import served
from chaos.lint import sources
from chaos.lint.objects import Object, Reading, objects
from chaos.workloads import Spec
from chaos.workloads.documents import document
from chaos.workloads.manifests import RUN, workloads

OWN = {"Namespace"}  # a graded app has one of its own, which the harness makes


@dataclasses.dataclass(frozen=True, slots=True)
class App:
    """All of it: `name` is the last part of what it was read from."""

    name: str
    workloads: tuple[Spec, ...]


def app(names: Iterable[str], kustomizations: Iterable[str], stdin: BinaryIO) -> App:
    """The app in these files, folders and kustomizations; BadManifest with what is wrong."""
    named, built = list(names), list(kustomizations)
    there = list(objects(sources(named, built, stdin), Reading()))
    found = workloads([_spec(one) for one in there if one.kind not in OWN])
    where = ", ".join(map(one_line, [*named, *built]))
    if not found:
        raise BadManifest(f"{where}: no workload is in there: {', '.join(sorted(RUN))}")
    first = Path(*named[:1] or built[:1])
    name = first.absolute().name if first.name in {"", ".."} else first.name
    spaces = {one.name: one.namespace for one in there if one.kind == "Service" and one.namespace}
    return App(one_line(name), served(found, spaces))


def _spec(one: Object) -> Spec:
    """An object of the namespace that it is written for, which another takes the place of."""
    said, meta = one.said, one.said.get("metadata")
    if isinstance(meta, dict):
        said = said | {"metadata": {k: v for k, v in meta.items() if k != "namespace"}}
    spec = document(dataclasses.replace(one.document, value=said))
    return dataclasses.replace(spec, namespace=one.namespace)
