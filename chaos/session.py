"""A scenario's handle on chaos: cause faults, judge laws, always heal."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from chaos.clock import Seconds, seconds
from chaos.cluster import Stage, Witness
from chaos.entry import Gap, Healed, Healing, Injected, Injecting, Workload
from chaos.errors import ChaosError, LawBroken, NotInjected, NotSteady, Undecided
from chaos.fault import Fault
from chaos.history import Act, History, Journal
from chaos.judgement import Judgement, judge
from chaos.law import Law, Ruling, Verdict
from chaos.laws.steady import SETTLE, steady
from chaos.ledger import Ledger, heal
from chaos.log import touches

PATIENCE = seconds(15)  # how long the recorder may lag behind a law's time before we give it up
RETRY = seconds(0.2)  # between two attempts at confirming, while the API server is away
TICK = seconds(1)  # how often somebody who watches is told what we wait for


@dataclass
class Chaos:
    """Binds one cluster to one journal for the length of one scenario."""

    cluster: Stage
    journal: Journal
    witness: Witness
    ledger: Ledger
    say: Callable[[str], None] = lambda _: None
    judgements: list[Judgement] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _open: list[tuple[Fault, int]] = field(default_factory=list)
    _last: tuple[Fault, int] | None = None
    _proven: set[int] = field(default_factory=set)

    @contextmanager
    def inject(self, fault: Fault) -> Iterator[None]:
        """Cause a fault for as long as the block lasts, then undo it.

        Raises NotSteady, before anything is done, if a workload is not well and still, and
        NotInjected, at the block's end, if it was not asked about and left no trace.
        """
        if not self._open:
            self._settle()
        armed = (fault, next(self._numbers))
        page = self.ledger.arm(*armed)
        try:
            self._inject(*armed)
            self._open.append(armed)
            yield
            self._prove(*armed)
        finally:
            if armed in self._open:
                self._open.remove(armed)
            self._heal(*armed)
            self.ledger.disarm(page)
            self._last = armed

    def expect(self, *laws: Law) -> None:
        """Wait until the aftermath of the fault decides every law; raise if one is not kept."""
        __tracebackhide__ = True
        if not self._open:
            raise ChaosError("no fault is open: call expect() inside `with chaos.inject(...)`")
        fault, number = self._open[-1]
        self._prove(fault, number)
        self._keep(self._judge(fault, number, laws))

    def expect_after_heal(self, *laws: Law) -> None:
        """Wait until what follows the last fault's healing decides every law."""
        __tracebackhide__ = True
        if self._last is None:
            raise ChaosError(
                "no fault has been healed: call expect_after_heal() behind `with chaos.inject(...)`"
            )
        fault, number = self._last
        self._keep(self._judge(fault, number, laws, act="healed"))

    def _inject(self, fault: Fault, number: int) -> None:
        clock = self.journal.clock
        self.journal.write(Injecting(clock.now(), str(fault), number))
        fault.inject(self.cluster)
        self.journal.write(Injected(clock.now(), str(fault), number))

    def _heal(self, fault: Fault, number: int) -> None:
        clock = self.journal.clock
        self.journal.write(Healing(clock.now(), str(fault), number))
        heal(fault, self.cluster)
        self.journal.write(Healed(clock.now(), str(fault), number))

    def _settle(self) -> None:
        """Every workload is Ready and has been still for a probe period, or nothing is done."""
        laws = [
            steady(app, still=still(app), within=SETTLE) for app in self.cluster.ran if app.stands
        ]
        start = self.journal.clock.now()
        verdicts = self._wait(laws, lambda: self.journal.so_far(start))
        ill = [v.because for v in verdicts if v.ruling is not Ruling.HOLDS]
        if ill:
            raise NotSteady(f"nothing was injected: {'; '.join(ill)}")

    def _prove(self, fault: Fault, number: int) -> None:
        """The fault took effect, or nothing that follows means anything. Once is enough."""
        if number in self._proven:
            return
        self._proven.add(number)
        symptom = replace(self._judge(fault, number, [fault.symptom()]), proof=True)
        self.judgements.append(symptom)
        if symptom.has(Ruling.BROKEN):
            raise NotInjected(f"the fault left no trace, so nothing was judged\n{symptom}")
        if symptom.has(Ruling.UNKNOWN):
            raise Undecided(f"whether the fault took effect cannot be told\n{symptom}")

    def _keep(self, judgement: Judgement) -> None:
        """Remember a judgement; raise if a law was broken, or could not be decided."""
        self.judgements.append(judgement)
        if judgement.has(Ruling.BROKEN):
            raise LawBroken(str(judgement))
        if judgement.has(Ruling.UNKNOWN):
            raise Undecided(str(judgement))

    def _judge(
        self, fault: Fault, number: int, laws: Sequence[Law], act: Act = "injected"
    ) -> Judgement:
        verdicts = self._wait(laws, lambda: self.journal.since(number, act))
        return Judgement(
            fault=str(fault),
            number=number,
            end=self.journal.frontier,
            verdicts=tuple(zip(laws, verdicts, strict=True)),
            act=act,
        )

    def _wait(self, laws: Sequence[Law], history: Callable[[], History]) -> list[Verdict]:
        """Ask every law, and again those that the news touch, until none is open."""
        asked = history()
        verdicts = [judge(law, asked) for law in laws]
        while waiting := _open(verdicts):
            due = min(v.due for v in waiting if v.due is not None)
            self._await_news(asked.last, due, laws, verdicts)
            longer = history()
            names = _touched(asked, longer)
            for index, law in enumerate(laws):
                if _may_change(verdicts[index], law, names, longer.end):
                    verdicts[index] = judge(law, longer)
            asked = longer
        return verdicts

    def _await_news(
        self, seen: int, due: Seconds, laws: Sequence[Law], verdicts: Sequence[Verdict]
    ) -> None:
        """Wait for an entry, or for the moment at which an absence can be ruled on."""
        clock, journal = self.journal.clock, self.journal
        while len(journal) == seen and clock.now() < due:
            tick = Seconds(min(due, clock.now() + TICK))
            clock.wait(journal.news, until=tick, unless=lambda: len(journal) > seen)
            self.say(_progress(laws, verdicts, clock.now()))
        if clock.now() >= due:
            self._look_again([v for v in _open(verdicts) if v.due is not None and v.due <= due])

    def _look_again(self, ripe: Sequence[Verdict]) -> None:
        """Ask the apps that these verdicts rest on, then have the recorder confirm the rest."""
        if silent := tuple(dict.fromkeys(stand for verdict in ripe for stand in verdict.ask)):
            self.cluster.ask(*silent)
        late = [v.due for v in ripe if v.due is not None and v.due > self.journal.frontier]
        if late:
            self._confirm(max(late))

    def _confirm(self, due: Seconds) -> None:
        """Have the recorder look again; when it cannot for long, its silence is a gap."""
        clock, journal = self.journal.clock, self.journal
        self.witness.confirm()
        if journal.frontier >= due:
            return
        if clock.now() > due + PATIENCE:
            journal.write(Gap(journal.frontier, clock.now(), "the recorder could not look again"))
            journal.vouch(clock.now())
        else:
            clock.wait(journal.news, until=Seconds(clock.now() + RETRY), unless=lambda: False)


def still(app: Workload) -> Seconds:
    """A probe period of the workload: how long nothing may have changed; 1 s without probes."""
    probes = (app.liveness, app.readiness, app.startup)
    return seconds(max([1.0, *(probe.period for probe in probes if probe is not None)]))


def _open(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [v for v in verdicts if v.ruling is Ruling.OPEN]


def _touched(before: History, after: History) -> frozenset[str]:
    """The names that the entries between two histories are about."""
    fresh = after.log.entries[before.last : after.last]
    return frozenset(name for entry in fresh for _, name in touches(entry))


def _may_change(verdict: Verdict, law: Law, names: frozenset[str], frontier: Seconds) -> bool:
    """An open verdict changes with news of its subject, or when the frontier passes its due."""
    if verdict.ruling is not Ruling.OPEN:
        return False
    return bool(names & law.about) or (verdict.due is not None and frontier >= verdict.due)


def _progress(laws: Sequence[Law], verdicts: Sequence[Verdict], now: Seconds) -> str:
    waiting = [(law, v) for law, v in zip(laws, verdicts, strict=True) if v.ruling is Ruling.OPEN]
    names = ", ".join(law.short for law, _ in waiting[:3])
    left = max((v.due - now for _, v in waiting if v.due is not None), default=0.0)
    return f"waiting for {names}: at most {max(0.0, left):.0f} s more"
