"""Judgements: all verdicts about one fault, and how a law is asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chaos.clock import Seconds, seconds
from chaos.history.history import History
from chaos.history.journal import Act
from chaos.judging.law import Law
from chaos.judging.verdict import Ruling, Verdict, ruled

PATIENCE = seconds(60)  # what a law still asks for long after its time it will not get
ENDLESS = "the law itself failed: it is open"
ADVICE = "give its verdict `due`, the moment at which an absence can be ruled on"
ORDER = (Ruling.BROKEN, Ruling.UNKNOWN, Ruling.OPEN, Ruling.HOLDS)  # the worst news first


@dataclass(frozen=True, slots=True)
class Judgement:
    """All verdicts about one fault. `end` is the frontier at which they were reached.

    A `proof` is the verdict about its symptom: whether the fault was real.
    """

    fault: str
    number: int
    end: Seconds
    verdicts: tuple[tuple[Law, Verdict], ...] = ()
    act: Act = "injected"
    proof: bool = False

    def has(self, ruling: Ruling) -> bool:
        """Whether any law got this ruling."""
        return any(verdict.ruling is ruling for _, verdict in self.verdicts)

    def __str__(self) -> str:
        """One line per law, the broken ones first."""
        ordered = sorted(self.verdicts, key=lambda pair: ORDER.index(pair[1].ruling))
        after = "after" if self.act == "injected" else "after healing"
        return "\n".join([f"{after} {self.fault}:", *(self._line(*pair) for pair in ordered)])

    def _line(self, law: Law, verdict: Verdict) -> str:
        return f"  {ruled(verdict.ruling, proof=self.proof):<7} {law}: {verdict.because}"


def judge(law: Law, history: History) -> Verdict:
    """Ask one law. A law that fails itself has said nothing: UNKNOWN, and what went wrong in it."""
    try:
        verdict = law.judge(history)
    except Exception as error:  # noqa: BLE001  a law is anybody's code, and its crash is no verdict
        return Verdict(Ruling.UNKNOWN, f"the law itself failed: {type(error).__name__}: {error}")
    if verdict.ruling is Ruling.OPEN and (why := _endless(verdict.due, history.end)):
        return replace(verdict, ruling=Ruling.UNKNOWN, because=f"{ENDLESS}, {why}")
    return verdict


def _endless(due: Seconds | None, end: Seconds) -> str:
    """Why an open verdict would be waited for without an end; empty when it will be decided."""
    if due is None:
        return f"and says no moment at which it is due: {ADVICE}"
    if PATIENCE < end - due < math.inf:
        return f"{end - due:.0f} s after it was due"
    return ""


def progress(laws: Sequence[Law], verdicts: Sequence[Verdict], now: Seconds) -> str:
    """For somebody who watches: what is waited for, and for how long at most."""
    waiting = [(law, v) for law, v in zip(laws, verdicts, strict=True) if v.ruling is Ruling.OPEN]
    names = ", ".join(law.short for law, _ in waiting[:3])
    left = max((v.due - now for _, v in waiting if v.due is not None), default=0.0)
    return f"waiting for {names}: at most {max(0.0, left):.0f} s more"
