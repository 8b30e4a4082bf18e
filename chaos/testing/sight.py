"""The fake recorder: what is shown is written down at once, unless the watch is down."""

from __future__ import annotations

from dataclasses import dataclass, field

from chaos.clock import ManualClock, Seconds
from chaos.history.facts import Gap, Observed, Thing
from chaos.history.journal import Journal
from chaos.history.snapshot import identity


@dataclass
class FakeSight:
    """Sees the fake cluster. While it is `blind` nothing is written down or vouched for."""

    journal: Journal
    clock: ManualClock
    blind: bool = False
    _missed: dict[tuple[str, str], Observed] = field(default_factory=dict)

    def see(self, thing: Thing, *, gone: bool = False) -> None:
        """Write a sighting down; while blind the last of each thing is kept for `rise`."""
        sighting = Observed(self.clock.now(), thing, gone=gone)
        if self.blind:
            self._missed[identity(thing)] = sighting
        else:
            self.journal.write(sighting)

    def confirm(self) -> str:
        """Everything up to now is written down, unless it is blind."""
        if self.blind:
            return "the recorder is blind"
        self.journal.vouch(self.clock.now())
        return ""

    def blink(self, start: Seconds, end: Seconds) -> None:
        """Be blind from `start` to `end`, then write the gap and what there is to be seen."""
        self.clock.at(start, self._fall)
        self.clock.at(end, lambda: self._rise(Gap(start, end, "blinked")))

    def _fall(self) -> None:
        self.journal.vouch(self.clock.now())
        self.blind = True

    def _rise(self, gap: Gap) -> None:
        """As a list does it: each thing as it is now, not what it went through."""
        self.blind = False
        self.journal.write(gap)
        for missed in self._missed.values():
            self.journal.write(Observed(self.clock.now(), missed.thing, gone=missed.gone))
        self._missed.clear()
