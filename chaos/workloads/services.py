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


def chooses(thing: Json, labels: Json) -> bool:
    """Whether it is a Service that chooses pods of these labels."""
    said = thing.get("spec") if thing["kind"] == "Service" else None
    selector = said.get("selector") if isinstance(said, dict) else None
    return isinstance(selector, dict) and bool(selector) and selector.items() <= labels.items()


def _fronts(spec: Spec, labels: Json) -> Iterator[Front]:
    for one in spec.beside:
        if chooses(one, labels):
            publishes = one["spec"].get("publishNotReadyAddresses") is True
            yield Front(one["metadata"]["name"], publishes)
