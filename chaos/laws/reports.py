"""Laws about what an app reports of itself, in the words of the patient's report."""

from __future__ import annotations

from chaos.history.history import History
from chaos.judging.law import law
from chaos.judging.saying import STARTED, Sign, all_say, said
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
    """Every app was seen to start anew, and as slowly as it was told."""
    missing = f"not every app was seen to start in {slow:g} s"
    slowly = Sign(lambda a: said(a, reported.SLOW_SECONDS) == slow, missing, STARTED)
    return all_say(aftermath, apps, slowly)


@law
def starts_with(aftermath: History, apps: Apps, *, what: str, value: bool | float | str) -> Verdict:
    """Every app was seen to start anew, and to say so of itself."""
    missing = f"not every app started with {what}: {value}"
    return all_say(aftermath, apps, Sign(lambda a: said(a, what) == value, missing, STARTED))
