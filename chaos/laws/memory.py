"""Laws about memory that an app takes and never gives back (oracle: L3).

What it holds is told by its resident set, which the kernel counts; that it had too much, by its
end. The recorder asks the patients when a law's time is over, as for all that they say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chaos.clock import Seconds, seconds
from chaos.history.facts import Answered, Entry
from chaos.history.history import History
from chaos.judging.due import effect_on
from chaos.judging.ends import ends_in
from chaos.judging.law import law
from chaos.judging.saying import AGAIN, NOTICE, Sign, all_say, first_told, said, still_say, told
from chaos.judging.verdict import Ruling, Verdict
from chaos.patient import reported
from chaos.workloads.admitted import Apps, Stand, Workload

HALF = 0.5  # of what a rate promises: a busy machine is slow, a full leak stands
GROWTH = 2.0  # MiB: ten times what an idle server was seen to take or give in a minute
SOON = seconds(0.1)  # between two looks at the fastest leak
OOM = "OOMKilled"  # a reason that some runtimes do not give: then it must have said that it leaks
KILLED = 137  # 128 + SIGKILL: how the kernel ends who has too much (oracle: L11)


@law
def leak(
    aftermath: History, apps: Apps, *, mib_per_second: float = 0, up_to_mib: float = 0
) -> Verdict:
    """The memory of every app was seen to grow as fast as it was told, or was its end.

    Without a rate, as older records have it, the app's word is enough.
    """
    first = first_told(aftermath, apps, reported.RSS_MIB)
    need = GROWTH / mib_per_second if mib_per_second else 0.0  # seconds until it can be told

    def grown(answer: Answered) -> bool:
        since = first.get(answer.uid, answer)
        promised = mib_per_second * (answer.at - max(since.at, aftermath.start))
        least = max(HALF * min(promised, up_to_mib), min(GROWTH, HALF * up_to_mib))
        return _leaking(answer) and _rss(answer) >= _rss(since) + least

    def killed(app: Workload, stand: Stand) -> Iterator[Entry]:
        leaks = any(a.uid == stand.uid and _leaking(a) for a in aftermath.answers(app.name))
        ends = ends_in(aftermath, app.narrowed, stand)
        return (e for e, end in ends if end.exit_code == KILLED and (leaks or end.reason == OOM))

    notice, again = Seconds(NOTICE + need / HALF), Seconds(min(AGAIN, max(SOON, need)))
    missing = "not every app's memory grew as it was told"
    return all_say(aftermath, apps, Sign(grown, missing, notice, again, killed))


@law
def goes_on_growing(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """Nothing stops the leak: the app's memory grows as fast as it was told, up to the end."""
    first = first_told(aftermath, workload, reported.RSS_MIB)
    rate = effect_on(aftermath, workload, whole=True).mib_per_second
    verdict = still_say(
        aftermath,
        workload,
        through,
        lambda a: _leaking(a) and _grew(first.get(a.uid, a), a, rate),
        "it does not leak, or does not grow as it was told,",
    )
    if any(first.get(last.uid) is last for last in verdict.evidence if isinstance(last, Answered)):
        because = "nobody saw how much memory it had before"
        return replace(verdict, ruling=Ruling.UNKNOWN, because=because)
    return verdict


def _rss(answer: Answered) -> float:
    return told(answer, reported.RSS_MIB)


def _grew(first: Answered, last: Answered, rate: float) -> bool:
    """By half of what the rate promises at least."""
    promised = HALF * rate * (last.at - first.at)
    return _rss(last) > _rss(first) and _rss(last) >= _rss(first) + promised


def _leaking(answer: Answered) -> bool:
    return bool(said(answer, reported.LEAKING))
