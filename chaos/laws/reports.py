"""Laws about what an app reports of itself, in the words of the patient's report."""

from __future__ import annotations

from chaos.clock import Seconds
from chaos.history.facts import Answered
from chaos.history.history import History
from chaos.judging.law import law
from chaos.judging.saying import AGAIN, STARTED, Sign, all_say, said
from chaos.judging.verdict import Verdict
from chaos.patient import reported
from chaos.workloads.admitted import Apps


@law
def reports(aftermath: History, apps: Apps, *, what: str, value: bool | float | str) -> Verdict:
    """Every app was seen to say so of itself."""
    missing = f"not every app said {what}: {value}"
    return all_say(aftermath, apps, Sign(lambda a: said(a, what) == value, missing))


@law
def start_slowly(aftermath: History, apps: Apps, *, slow: float) -> Verdict:
    """Every app was seen to start anew, as slowly as it was told: its main port gave no answer yet.

    It is asked twice while it starts.
    """

    def starts(answer: Answered) -> bool:
        return answer.status is None and said(answer, reported.SLOW_SECONDS) == slow

    missing = f"not every app was seen to start in {slow:g} s"
    again = Seconds(min(AGAIN, slow / 2))
    return all_say(aftermath, apps, Sign(starts, missing, STARTED, again))


@law
def starts_with(aftermath: History, apps: Apps, *, what: str, value: bool | float | str) -> Verdict:
    """Every app was seen to start anew, and to say so of itself."""
    missing = f"not every app started with {what}: {value}"
    return all_say(aftermath, apps, Sign(lambda a: said(a, what) == value, missing, STARTED))
