"""The Services before a workload's pods: by their selectors, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chaos.values import Json
from chaos.workloads.builders import Spec
from chaos.workloads.pods import meta_of


@dataclass(frozen=True, slots=True)
class Front:
    """A Service before pods; `publishes` says that it sends to those that are not ready too."""

    name: str
    publishes: bool = False


def fronts(spec: Spec) -> tuple[Front, ...]:
    """Those written beside it that choose its pods; one without a selector chooses nobody."""
    labels = meta_of(spec.manifest).get("labels") or {}
    return tuple(_fronts(spec, labels))


def _fronts(spec: Spec, labels: Json) -> Iterator[Front]:
    for one in spec.beside:
        said = one.get("spec") if one["kind"] == "Service" else None
        if isinstance(said, dict) and _chooses(said.get("selector"), labels):
            yield Front(one["metadata"]["name"], said.get("publishNotReadyAddresses") is True)


def _chooses(selector: object, labels: Json) -> bool:
    return isinstance(selector, dict) and bool(selector) and selector.items() <= labels.items()
