"""Sources as manifests with pods: lists are unfolded, autoscalers are counted in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chaos.errors import BadManifest, quoted
from chaos.lint.sources import Source
from chaos.lint.views import Manifest, mapping, reached, text, whole
from chaos.values import Json
from chaos.workloads.lists import unfolded
from chaos.workloads.manifests import has_pods
from chaos.workloads.written import Place, Written, quickly

MOST = 2_000_000  # fields of one document: seconds of work, half a gigabyte of memory


@dataclass(frozen=True, eq=False)
class Object:
    """One object, as it is written: as a document, or as an item of a list."""

    document: Written

    @property
    def said(self) -> Json:
        """Its value."""
        found: Json = self.document.value
        return found

    @property
    def kind(self) -> str:
        """What it says that it is."""
        return text(self.said.get("kind"))

    @property
    def name(self) -> str:
        """What it is called, or what its names begin with."""
        meta = mapping(self.said.get("metadata"))
        return text(meta.get("name")) or text(meta.get("generateName")) or "(no name)"

    @property
    def namespace(self) -> str:
        """Where it is to be; empty when that is not written."""
        return text(reached(self.said, "metadata.namespace"))

    @property
    def has_pods(self) -> bool:
        """Whether it is of a kind that has pods, and of Kubernetes' own."""
        return has_pods(self.said)

    def place(self, path: str) -> Place:
        """Where a field of it is written, or what the field would be written in."""
        return self.document.place(path)


@dataclass(slots=True)
class Reading:
    """What was read so far."""

    files: int = 0
    passed_over: int = 0


def objects(found: Iterable[Source], reading: Reading) -> Iterator[Object]:
    """Every object of these sources; BadManifest with the line of what is none."""
    for source in found:
        reading.files += 1
        for document in quickly(source.raw, source.where, MOST):
            if _is_object(document.value):
                yield from (Object(one) for one in unfolded(document) if _is_object(one.value))
            elif source.searched:
                reading.passed_over += 1
            else:
                raise BadManifest(_no_object(document))


def manifests(every: Iterable[Object]) -> Iterator[tuple[Object, Manifest]]:
    """Those that have pods, each with what an autoscaler leaves of it at least."""
    there = list(every)
    scaled = dict(_scaled(there))
    for one in there:
        if one.has_pods:
            at_least = scaled.get((one.namespace, one.kind, one.name))
            yield one, Manifest(one.said, one.kind, one.name, at_least)


def _is_object(value: object) -> bool:
    return bool(text(mapping(value).get("kind")))


def _no_object(document: Written) -> str:
    at, value = f"{document.where}:{document.line}", document.value
    if not isinstance(value, dict):
        return f"{at}: an object is wanted, this is {type(value).__name__}"
    return f"{at}: kind is missing or is no text: {quoted(value.get('kind'), 60)}"


def _scaled(there: Iterable[Object]) -> Iterator[tuple[tuple[str, str, str], int]]:
    """What each HorizontalPodAutoscaler scales, and to how many at least: one, unless it says."""
    for one in there:
        if one.kind == "HorizontalPodAutoscaler":
            target: Mapping[str, object] = mapping(reached(one.said, "spec.scaleTargetRef"))
            least = whole(reached(one.said, "spec.minReplicas"))
            key = one.namespace, text(target.get("kind")), text(target.get("name"))
            yield key, 1 if least is None else least
