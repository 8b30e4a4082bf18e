"""Laws are asked until none is open, and looked at again what they rest on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from chaos.clock import Seconds, seconds
from chaos.history.facts import Gap
from chaos.history.history import History
from chaos.history.journal import Journal
from chaos.judging.judgement import judge, progress
from chaos.judging.law import Law
from chaos.judging.questions import may_change, touched
from chaos.judging.verdict import Ruling, Verdict
from chaos.ports.cluster import Cluster, Confirmer

PATIENCE = seconds(15)  # how long the recorder may lag behind a law's time before we give it up
RETRY = seconds(0.2)  # between two attempts at confirming, while the API server is away
NEVER = Seconds(math.inf)
TICK = seconds(1)  # how often somebody who watches is told what we wait for


@dataclass(frozen=True)
class Asking:
    """Whoever asks laws: about a journal, with a cluster at hand to look at again."""

    cluster: Cluster
    journal: Journal
    confirmer: Confirmer
    say: Callable[[str], None]

    def ask(
        self, laws: Sequence[Law], history: Callable[[], History], until: Seconds = NEVER
    ) -> list[Verdict]:
        """Ask every law, and again those that the news touch, until none is open; or `until`."""
        asked = history()
        verdicts = [judge(law, asked) for law in laws]
        while (waiting := _open(verdicts)) and self.journal.clock.now() < until:
            due = min(until, *(v.due for v in waiting if v.due is not None))
            self._await_news(asked.last, due, laws, verdicts)
            longer = history()
            names = touched(asked, longer)
            for index, law in enumerate(laws):
                if may_change(verdicts[index], law, names, longer.end):
                    verdicts[index] = judge(law, longer)
            asked = longer
        return verdicts

    def all_at_once(self, laws: Sequence[Law], history: Callable[[], History]) -> list[Verdict]:
        """Ask every law until all hold at the same moment, or one cannot any more."""
        verdicts = self.ask(laws, history)
        while all(verdict.ruling is Ruling.HOLDS for verdict in verdicts):
            longer = history()
            now = [judge(law, longer) for law in laws]
            if not _open(now):
                return now
            verdicts = self.ask(laws, history)
        return verdicts

    def already(self, law: Law) -> Verdict:
        """What a law says of the cluster as it stands, asked and looked at: nothing was done."""
        start, first = self.journal.clock.now(), len(self.journal)
        asked = judge(law, self.journal.undisturbed(start, first, end=start))
        self.look([replace(asked, sound=())])  # whoever sends no request over a wire has heard none
        return judge(law, self.journal.undisturbed(start, first, end=NEVER))

    def look_on(
        self,
        laws: Sequence[Law],
        verdicts: list[Verdict],
        history: Callable[[], History],
        until: Seconds,
    ) -> None:
        """Late is not never: of what has not come in time, whether it comes at all until then."""
        clock, journal = self.journal.clock, self.journal
        while missed := [index for index, verdict in enumerate(verdicts) if verdict.missed]:
            longer = history()
            for index in missed:
                verdicts[index] = judge(laws[index], longer)
            if clock.now() >= until:
                return
            self.say(f"looking on for what did not come: at most {until - clock.now():.0f} s more")
            tick = Seconds(min(until, clock.now() + TICK))
            clock.wait(journal.news, until=tick, unless=partial(_has_more, journal, longer.last))
            if clock.now() >= until:
                self._confirm(until)

    def _await_news(
        self, seen: int, due: Seconds, laws: Sequence[Law], verdicts: Sequence[Verdict]
    ) -> None:
        """Wait for an entry, or for the moment at which an absence can be ruled on."""
        clock, journal = self.journal.clock, self.journal
        while len(journal) == seen and clock.now() < due:
            tick = Seconds(min(due, clock.now() + TICK))
            clock.wait(journal.news, until=tick, unless=lambda: len(journal) > seen)
            self.say(progress(laws, verdicts, clock.now()))
        if clock.now() >= due:
            self._look_again([v for v in _open(verdicts) if v.due is not None and v.due <= due])

    def _look_again(self, ripe: Sequence[Verdict]) -> None:
        """Look at what these verdicts rest on, then have the recorder confirm the rest."""
        self.look(ripe)
        shown = [v for v in ripe if not (v.ask or v.inspect or v.check or v.sound or v.get)]
        late = [v.due for v in shown if v.due is not None and v.due > self.journal.frontier]
        if late:
            self._confirm(max(late))

    def look(self, ripe: Sequence[Verdict]) -> None:
        """Ask the apps, and look at the containers and programs, that these verdicts rest on."""
        if silent := tuple(dict.fromkeys(stand for verdict in ripe for stand in verdict.ask)):
            self.cluster.ask(*silent)
        if hidden := tuple(dict.fromkeys(stand for verdict in ripe for stand in verdict.inspect)):
            self.cluster.inspect(*hidden)
        for program in dict.fromkeys(what for verdict in ripe for what in verdict.check):
            self.cluster.check(program)
        if wires := tuple(dict.fromkeys(wire for verdict in ripe for wire in verdict.sound)):
            self.cluster.sound(*wires)
        if paths := tuple(dict.fromkeys(path for verdict in ripe for path in verdict.get)):
            self.cluster.get(*paths)

    def _confirm(self, due: Seconds) -> None:
        """Have the recorder look again; when it cannot for long, its silence is a gap."""
        clock, journal = self.journal.clock, self.journal
        why = self.confirmer.confirm()
        if journal.frontier >= due:
            return
        if clock.now() > due + PATIENCE:
            why = f"the recorder could not look again: {why}"
            journal.write(Gap(journal.frontier, clock.now(), why))
            journal.vouch(clock.now())
        else:
            clock.wait(journal.news, until=Seconds(clock.now() + RETRY), unless=lambda: False)


def _has_more(journal: Journal, seen: int) -> bool:
    return len(journal) > seen


def _open(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [v for v in verdicts if v.ruling is Ruling.OPEN]
