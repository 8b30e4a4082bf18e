"""How late the watches were, as far as looking tells.

A watch may stand and be late: what it delivers is then dated when it comes, not when it was so.
Whoever looks in the meantime notices. From a look's question to the moment at which all that it
shows has been seen, anything that came in may have been there before the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from chaos.clock import Seconds
from chaos.history.facts import LATE, Endpoints, Lag, Node, Observed, Pod
from chaos.history.journal import Journal


@dataclass
class Doubt:
    """The time since a first look that is not yet answered for.

    `words` is when each kind's watch had last shown all there was; `suspects` are the kinds that
    were found behind then, or of which no answer told.
    """

    journal: Journal
    since: Seconds
    words: dict[str, Seconds]
    suspects: set[str] = field(default_factory=set)
    until: Seconds = field(init=False)

    def __post_init__(self) -> None:
        self.until = self.since

    def suspect(self, kinds: Iterable[str]) -> None:
        """These may have stalled as early as after their last words."""
        self.suspects.update(kinds)

    def go_on(self) -> None:
        """One more look was in vain."""
        self.until = self.journal.clock.now()

    def settle(self, asked: Seconds) -> None:
        """All that the look at `asked` shows was seen by now: write down what cannot be dated."""
        now = self.journal.clock.now()
        if asked <= self.until + LATE:
            self._tell(self.since, now, Seconds(now - asked))
        else:  # nobody looked for a while
            self._tell(self.since, Seconds(self.until + LATE), Seconds(0.0))
            self._tell(asked, now, Seconds(now - asked))

    def _tell(self, since: Seconds, until: Seconds, lag: Seconds) -> None:
        """A lag, if anything came in meanwhile: from when it may have been so."""
        late = list(self._news(since, until)) if until - since > LATE else []
        if not late:
            return
        last = max(seen.at for seen in late)
        words = (self.words[s.thing.kind] for s in late if s.thing.kind in self.suspects)
        first = max(self.journal.frontier, Seconds(min(since, *words, last) - lag))
        self.journal.write(Lag(first, last))

    def _news(self, since: Seconds, until: Seconds) -> Iterator[Observed]:
        """What was seen meanwhile, of the kinds that are vouched for."""
        for entry in reversed(self.journal.index.entries):
            if entry.at <= since:
                return
            match entry:
                case Observed(thing=Pod() | Node() | Endpoints()) if entry.at <= until:
                    yield entry
                case _:
                    pass
