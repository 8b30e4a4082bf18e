"""Laws about what the app itself says: nothing in the API shows a hang (oracle: L4).

The recorder asks the patients when a law's time is over, so these laws rule on the first answer
after their deadline: an answer, not the lack of one.
"""

from __future__ import annotations

from collections.abc import Iterable

from chaos.clock import Seconds
from chaos.history.facts import Answered, Entry
from chaos.history.history import History
from chaos.judging.law import law
from chaos.judging.probed import ANY, SILENT, failures
from chaos.judging.saying import ERRORS, Sign, all_say, said, still_say
from chaos.judging.verdict import Verdict
from chaos.patient import reported
from chaos.workloads.admitted import Apps, Stand, Workload


@law
def stop_answering(aftermath: History, apps: Apps) -> Verdict:
    """Every app's main port gave no answer: to us, or to a kubelet that restarted it for that."""

    def unheard(app: Workload, stand: Stand) -> Iterable[Entry]:
        return failures(aftermath, app, stand, ANY, SILENT)

    return all_say(aftermath, apps, Sign(_hung, "not every app fell silent", shown=unheard))


@law
def say_ill(aftermath: History, apps: Apps, *, status: int) -> Verdict:
    """Every app's health path was seen to answer with the status it was told."""
    return all_say(
        aftermath, apps, Sign(lambda a: _says(a, status), "not every app took the order")
    )


@law
def stays_hung(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """Nothing helps the app: it still hangs when the time is over."""
    return still_say(aftermath, workload, through, _hung, "it answers again")


@law
def serves(aftermath: History, workload: Workload, *, after: Seconds) -> Verdict:
    """When the time is over the app answers, and not with an error."""
    return still_say(aftermath, workload, after, _serving, "it does not serve")


def _hung(answer: Answered) -> bool:
    return answer.status is None and bool(said(answer, reported.HUNG))


def _serving(answer: Answered) -> bool:
    return answer.status is not None and answer.status < ERRORS


def _says(answer: Answered, status: int) -> bool:
    return said(answer, reported.HEALTH_STATUS) == status
