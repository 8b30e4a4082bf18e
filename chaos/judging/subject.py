"""What a law is about. Of nobody nothing holds, and nobody is accused.

A law says by its parameters' annotations what it is about. A `Workload`, or `Apps`, are the pods
that stood when the fault came; with a `NodeName` beside it, those that stood on that node. `Lost`
are the pods that a workload had, there or gone by now. A `Controller` is what makes pods, and may
have none yet. A `NodeName` alone is a node that is known, a `Newcomer` one that is to come.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from chaos.history.history import History
from chaos.workloads.admitted import NodeName, Workload

Controller = Annotated[Workload, "controller"]
Lost = Annotated[Workload, "lost"]
Newcomer = Annotated[NodeName | str, "newcomer"]

# The first that an annotation has: an alias says more than the type that it was made of.
KINDS = ("controller", "lost", "newcomer", "nodename", "programname", "workload", "apps")
PODS = frozenset({"workload", "apps", ""})  # a workload is one, however it is annotated


@dataclass(frozen=True, slots=True)
class Subject:
    """What one law names: workloads, nodes and programs.

    Of the workloads `pods` are those whose pods it is about, `lost` those whose pods may be gone.
    `nothing` are the parameters that were given nobody: an empty tuple.
    """

    workloads: tuple[Workload, ...] = ()
    pods: tuple[Workload, ...] = ()
    lost: tuple[Workload, ...] = ()
    nodes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()

    @classmethod
    def of(cls, signature: inspect.Signature, arguments: Mapping[str, object]) -> Subject:
        """What a law's arguments name, by the annotations as they were written, or made."""
        kinds = {name: _kind(str(signature.parameters[name].annotation)) for name in arguments}
        every = [(kinds[name], one) for name, value in arguments.items() for one in _each(value)]
        apps = [(kind, one) for kind, one in every if isinstance(one, Workload)]
        return cls(
            workloads=tuple(app for _, app in apps),
            pods=tuple(app for kind, app in apps if kind in PODS),
            lost=tuple(app for kind, app in apps if kind == "lost"),
            nodes=tuple(str(one) for kind, one in every if kind == "nodename"),
            others=tuple(str(one) for kind, one in every if kind in {"newcomer", "programname"}),
            nothing=tuple(n for n, value in arguments.items() if kinds[n] and value == ()),
        )

    @property
    def names(self) -> frozenset[str]:
        """What it is called by: whose news can change the verdict."""
        apps = (app.name for app in self.workloads)
        return frozenset((*apps, *self.nodes, *self.others))

    @property
    def uids(self) -> frozenset[str]:
        """The pods that it was told of."""
        return frozenset(stand.uid for app in self.workloads for stand in app.stands)

    def nobody(self, history: History) -> str:
        """Why there is nobody to rule on, by what stood when the fault came; empty if there is."""
        return next(self._absent(history), "")

    def _absent(self, history: History) -> Iterator[str]:
        yield from (f"{name} names nobody" for name in self.nothing)
        for app in self.lost:
            if not (app.stands or history.stood(app.name)):
                yield f"{app.name} had no pods"
        for app in self.pods:
            homes = {pod.node for pod in history.stood(app.name)}
            if not homes:
                yield f"{app.name} had no pods"
            yield from (f"{app.name} had no pod on {n}" for n in self.nodes if n not in homes)

    def unknown(self, history: History) -> str:
        """Which of its nodes nothing was ever seen of or on; empty if there is none."""
        homes = {pod.node for app in self.workloads for pod in history.stood(app.name)}
        strangers = (n for n in self.nodes if n not in homes and not history.knows_node(n))
        return next((f"no node {name} was ever seen" for name in strangers), "")


def _each(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _kind(annotation: str) -> str:
    """What an argument is to a law; empty for what is no subject."""
    return next((kind for kind in KINDS if kind in annotation.lower()), "")
