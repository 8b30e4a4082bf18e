"""A scenario's handle on chaos: cause faults, judge laws, always heal."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from chaos.clock import Seconds, poll, seconds
from chaos.errors import ChaosError, LawBroken, NotInjected, NotSteady, Undecided
from chaos.history.facts import Healed, Healing, Injected, Injecting, Timed
from chaos.history.journal import Act, Journal
from chaos.judging.judgement import Judgement, judge
from chaos.judging.law import Law
from chaos.judging.verdict import Ruling
from chaos.laws.steady import SETTLE, booting, steady, still
from chaos.ports.abilities import Abilities
from chaos.ports.cluster import Cluster, Confirmer
from chaos.ports.fault import Fault, effect_of, overrun, term_of
from chaos.running.asking import NEVER, Asking
from chaos.running.ledger import Ledger, heal
from chaos.running.radius import Radius

AT_ONCE = seconds(0)
AGAIN = seconds(0.5)  # between two looks at who does not listen yet
LOOK_ON = seconds(30)  # for what has not come in time: as the option's default


@dataclass
class Chaos:
    """Binds one cluster to one journal for the length of one scenario."""

    cluster: Cluster
    journal: Journal
    confirmer: Confirmer
    ledger: Ledger
    say: Callable[[str], None] = lambda _: None
    radius: Radius = field(default_factory=Radius)
    abilities: Abilities = field(default_factory=Abilities)
    look_on: Seconds = LOOK_ON
    judgements: list[Judgement] = field(default_factory=list)
    leaving: bool = False  # the scenario is over already: nothing more is proved, only healed
    mended: list[str] = field(default_factory=list)  # what became of open faults since then
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _open: list[tuple[Fault, int]] = field(default_factory=list)
    _last: tuple[Fault, int] | None = None
    _proven: set[int] = field(default_factory=set)
    _until: dict[int, Seconds] = field(default_factory=dict)
    _refuted: NotInjected | None = None

    @property
    def _asking(self) -> Asking:
        return Asking(self.cluster, self.journal, self.confirmer, self.say)

    @contextmanager
    def inject(self, fault: Fault) -> Iterator[None]:
        """Cause a fault for as long as the block lasts, then undo it.

        Raises, before anything is done, CannotHere if nobody can, and NotSteady if a workload is
        not well and still; NotInjected, at the block's end, if it was not asked about and left no
        trace; Undecided if it was open for longer than its term: others may have healed it then.
        """
        self.abilities.admit(fault)
        if not self._open:
            self._settle()
        armed = (fault, next(self._numbers))
        with self.radius.held(fault, lambda: [other for other, _ in self._open], self.cluster):
            self._must_be_news(fault)
            self._until[armed[1]] = Seconds(self.journal.clock.now() + term_of(fault))
            page = self.ledger.arm(*armed)
            try:
                self._inject(*armed)
                self._open.append(armed)
                self._ask_at_once(*armed)
                yield
                self._prove(*armed)
                self._must_be_in_time()
            except BaseException as error:
                self.leaving |= not isinstance(error, Exception)  # whoever interrupts wants to go
                raise
            finally:
                if armed in self._open:
                    self._open.remove(armed)
                self._heal(*armed)
                self.ledger.disarm(page)
                self._last = armed

    def expect(self, *laws: Law) -> None:
        """Wait until the aftermath of the fault decides every law; raise if one is not kept.

        Of several open faults the last is asked about, and all must have taken effect.
        """
        __tracebackhide__ = True
        if not self._open:
            raise ChaosError("no fault is open: call expect() inside `with chaos.inject(...)`")
        for armed in self._open:
            self._prove(*armed)
        fault, number = self._open[-1]
        self._keep(self._judge(fault, number, laws, look_on=self.look_on))

    def expect_after_heal(self, *laws: Law) -> None:
        """Wait until what follows the last fault's healing decides every law."""
        __tracebackhide__ = True
        if self._last is None:
            raise ChaosError(
                "no fault has been healed: call expect_after_heal() behind `with chaos.inject(...)`"
            )
        fault, number = self._last
        self._keep(self._judge(fault, number, laws, act="healed", look_on=self.look_on))

    def must_have_shown(self, *, meant_to: bool = True) -> None:
        """What a scenario that has passed has shown of the cluster: else it proves nothing.

        NotInjected if a fault left no trace, whoever caught that; Undecided if nothing was injected
        by one that `meant_to`, or if faults were and no law was ever asked.
        """
        if self._refuted is not None:
            raise self._refuted
        if not self._proven and meant_to:
            raise Undecided(
                "nothing was injected, so nothing was shown of the cluster: name a fault, as `with"
                " chaos.inject(Crash(web)):`; a test that only looks asserts what it sees and"
                " leaves `chaos` alone"
            )
        if self._proven and not any(not judgement.proof for judgement in self.judgements):
            raise Undecided(
                "faults were injected, and nothing was expected of the cluster: name a law, as"
                " `chaos.expect(restarted(web))`"
            )

    def _inject(self, fault: Fault, number: int) -> None:
        clock = self.journal.clock
        if self.journal.timers is None:
            self.journal.write(Timed(clock.now(), self.cluster.timers))
        self.journal.write(Injecting(clock.now(), str(fault), number, effect_of(fault)))
        self.cluster.term = term_of(fault)
        fault.inject(self.cluster)
        self.journal.write(Injected(clock.now(), str(fault), number))

    def _ask_at_once(self, fault: Fault, number: int) -> None:
        """Ask the apps while they are ill: a probe may mend one before other faults are proved."""
        asked = judge(fault.symptom(), self.journal.since(number, "injected"))
        if asked.ruling is Ruling.OPEN and (asked.ask or asked.inspect or asked.get):
            self._asking.look([asked])

    def _heal(self, fault: Fault, number: int) -> None:
        clock = self.journal.clock
        start = clock.now()
        self.journal.write(Healing(start, str(fault), number))
        if self.leaving:
            self.say(f"healing {fault}")
        try:
            with self.ledger.healing():
                heal(fault, self.cluster)
        except KeyboardInterrupt:
            self.mended.append(f"did not heal {fault}: the next run or `chaos heal` does")
            raise
        self.journal.write(Healed(clock.now(), str(fault), number))
        if self.leaving:
            self.mended.append(f"healed {fault} in {clock.now() - start:.1f} s")

    def _settle(self) -> None:
        """All workloads are Ready, and still for a probe period at once, or nothing is done."""
        laws = [
            steady(app, still=still(app), within=SETTLE) for app in self.cluster.ran if app.stands
        ]
        start = self.journal.clock.now()
        verdicts = self._asking.all_at_once(laws, lambda: self.journal.so_far(start))
        ill = [v.because for v in verdicts if v.ruling is not Ruling.HOLDS]
        if ill:
            raise NotSteady(f"nothing was injected: {'; '.join(ill)}")

    def _must_be_news(self, fault: Fault) -> None:
        """What is so before a fault is caused does not prove that it was caused.

        Who has just begun to run may be silent only since he does not listen yet: he is waited for.
        """
        if self.leaving:
            return
        symptom, clock = fault.symptom(), self.journal.clock

        def news() -> bool:
            return self._asking.already(symptom).ruling is not Ruling.HOLDS

        left = booting(self.journal.so_far(clock.now()), self.cluster.ran) - clock.now()
        if not poll(news, within=Seconds(max(0.0, left)), every=AGAIN, clock=clock):
            raise NotSteady(
                f"{fault} was not injected: nobody could tell that it was, since what is to show"
                f" it is so already: {symptom.short}: {symptom.sentence}"
            )

    def _prove(self, fault: Fault, number: int) -> None:
        """The fault took effect, or nothing that follows means anything. Once is enough."""
        if number in self._proven or self.leaving:
            return
        self._proven.add(number)
        symptom = replace(self._judge(fault, number, [fault.symptom()]), proof=True)
        self.judgements.append(symptom)
        if symptom.has(Ruling.BROKEN):
            self._refuted = NotInjected(
                f"the fault left no trace, so nothing was judged\n{symptom}"
            )
            raise self._refuted
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
        self,
        fault: Fault,
        number: int,
        laws: Sequence[Law],
        *,
        act: Act = "injected",
        look_on: Seconds = AT_ONCE,
    ) -> Judgement:
        """All verdicts; what did not come in time is looked for a while longer."""
        until = min((self._until[n] for _, n in self._open), default=NEVER)
        asking, clock = self._asking, self.journal.clock
        verdicts = asking.ask(laws, lambda: self.journal.since(number, act), until=until)
        longest = Seconds(min(until, clock.now() + look_on))
        asking.look_on(laws, verdicts, lambda: self.journal.since(number, act), longest)
        self._must_be_in_time()
        decided = tuple(zip(laws, verdicts, strict=True))
        return Judgement(str(fault), number, self.journal.frontier, decided, act)

    def _must_be_in_time(self) -> None:
        """Whatever was seen while a fault was within its term was seen before others healed it."""
        now = self.journal.clock.now()
        late = [fault for fault, number in self._open if now >= self._until[number]]
        if late and not self.leaving:
            raise overrun(late[0])
