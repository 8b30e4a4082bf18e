"""What stands: the last sighting of each thing that is not gone."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.history.facts import Endpoints, Event, Node, Observed, Pod, Thing
from chaos.workloads.admitted import Uid


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The cluster as it stood when a history opened: the last sighting of each thing."""

    things: tuple[Thing, ...] = ()

    def pods(self, workload: str) -> tuple[Pod, ...]:
        """The workload's pods as they stood."""
        return tuple(t for t in self.things if isinstance(t, Pod) and t.workload == workload)

    def node(self, name: str) -> Node | None:
        """The node as it stood."""
        found = (t for t in self.things if isinstance(t, Node) and t.name == name)
        return next(found, None)

    def slices(self) -> tuple[Endpoints, ...]:
        """Every slice of every service."""
        return tuple(thing for thing in self.things if isinstance(thing, Endpoints))

    def endpoints(self, service: str) -> dict[str, frozenset[Uid]]:
        """The uids that the service sent traffic to, by the slice that named them."""
        slices = (piece for piece in self.slices() if piece.service == service)
        return {piece.name: frozenset(piece.ready) for piece in slices}


class Latest:
    """The last sighting of each thing that is not gone."""

    def __init__(self) -> None:
        self.things: dict[tuple[str, str], Thing] = {}

    def see(self, entry: Observed) -> None:
        """Take in one sighting. Events are news, not things that stand."""
        if isinstance(entry.thing, Event):
            return
        key = identity(entry.thing)
        if entry.gone:
            self.things.pop(key, None)
        else:
            self.things[key] = entry.thing

    def snapshot(self) -> Snapshot:
        """The standing things, as a value."""
        return Snapshot(tuple(self.things.values()))


def identity(thing: Thing) -> tuple[str, str]:
    """What makes a thing the same thing: a pod's and an event's uid, else the name."""
    match thing:
        case Node(name=name) | Endpoints(name=name):
            return thing.kind, name
        case _:
            return thing.kind, thing.uid
