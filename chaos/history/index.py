"""The index: entries in order, found by what they are about.

The index makes a question cost what it touches: a law that asks for one workload's pods reads
that workload's entries and no others, however long the past is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator

from chaos.history.facts import (
    Answered,
    Endpoints,
    Entry,
    Event,
    Gap,
    Lag,
    Node,
    Observed,
    Pod,
    Thing,
)
from chaos.history.looked import Checked, Got, Inspected, Sounded, Visited

Key = tuple[str, str]


def touches(entry: Entry) -> tuple[Key, ...]:
    """What an entry is about, as (kind of index, name): the history is indexed by these."""
    match entry:
        case Observed(thing=thing):
            return _shown(thing)
        case Answered() | Inspected() | Checked() | Got() | Sounded() | Visited():
            return _looked(entry)
        case Gap() | Lag():
            return ((entry.kind, ""),)
        case _:
            return (("act", ""),)


def _looked(entry: Answered | Inspected | Checked | Got | Sounded | Visited) -> tuple[Key, ...]:
    match entry:
        case Answered(workload=workload):
            return (("answer", workload),)
        case Checked(what=what):
            return (("checked", what),)
        case Inspected() | Got() | Sounded() | Visited():
            return ((entry.kind, entry.workload),)


def _shown(thing: Thing) -> tuple[Key, ...]:
    match thing:
        case Pod(uid=uid, workload=workload):
            return (("pod", uid), ("workload", workload))
        case Node(name=name):
            return (("node", name),)
        case Endpoints(service=service, named=named):
            return (("service", service), *(("named", uid) for uid in sorted(named)))
        case Event(about=about):
            return (("event", about),)


class Index:
    """Entries in order, with the positions of those that touch each subject."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: list[Entry] = []
        self._positions: dict[tuple[str, str], list[int]] = defaultdict(list)
        for entry in entries:
            self.append(entry)

    def append(self, entry: Entry) -> None:
        """Add one entry to the end."""
        for key in touches(entry):
            self._positions[key].append(len(self.entries))
        self.entries.append(entry)

    def about(self, key: tuple[str, str], first: int, last: int) -> Iterator[Entry]:
        """The entries that touch `key`, from position `first` up to, not with, `last`."""
        positions = self._positions.get(key, [])
        for index in range(bisect_left(positions, first), bisect_left(positions, last)):
            yield self.entries[positions[index]]
