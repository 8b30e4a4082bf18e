"""What a poisoned wire must show: its toxic, and a request that was seen to suffer from it.

An order alone proves nothing: the harness sends a request over the wire itself, and measures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chaos.clock import Seconds, seconds
from chaos.history.history import History
from chaos.history.looked import Sounded, Sounding
from chaos.judging.law import law
from chaos.judging.looking import next_look
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows import trace
from chaos.windows.window import Window
from chaos.workloads.admitted import Apps, Stand, Workload, each
from chaos.workloads.wires import PROBES, Toxic, Way

NOTICE = seconds(15)  # a toxic works at once; the app behind it may just be starting again
LISTENS = seconds(2)  # longer than what was ordered
QUIET = 1.0  # seconds without an answer: what comes over a wire inside a cluster takes milliseconds
WHOLE = 4  # KB that a request and its answer are at most, as far as anybody waits for them
SLACK = 0.9  # of what was ordered: toxiproxy's timers begin before ours do
KB = 1000  # toxiproxy: bandwidth's KB
TELLING = 0.02  # seconds: twenty times what a request inside a machine takes

IN_SECONDS = frozenset({"latency", "timeout", "slow_close", "reset_peer"})
Suffers = Callable[[Sounded, float], bool]


@law
def suffers(
    aftermath: History, apps: Apps, *, wire: str, toxic: Toxic, amount: float = 0
) -> Verdict:
    """Each pod's wire had the toxic, and a request over it was seen to suffer from that.

    `amount` is what was ordered, in the fault's own unit.
    """
    patience = Seconds(LISTENS + (amount if toxic in IN_SECONDS else WHOLE / (amount or KB)))
    window = trace(Seconds(NOTICE + patience))
    looks = {
        Sounding(stand, wire, _way(app, wire), patience): _in_time(
            _soundings(aftermath, app, stand, wire), Seconds(aftermath.start + window.latest)
        )
        for app in each(apps)
        for stand in app.stands
    }
    firsts = {
        asked: next((s for s in seen if toxic in s.toxics and EFFECTS[toxic](s, amount)), None)
        for asked, seen in looks.items()
    }
    facts = [fact for fact in firsts.values() if fact is not None]
    if len(facts) == len(firsts):
        return _proved(aftermath, facts, window)
    left = {asked: looks[asked] for asked, fact in firsts.items() if fact is None}
    return _unproved(aftermath, left, window)


def _proved(aftermath: History, facts: list[Sounded], window: Window) -> Verdict:
    last = max(facts, key=lambda fact: fact.at)
    took = Seconds(max(0.0, last.at - aftermath.start))
    because = f"after {took:.1f} s, expected in {window}: {window.because}"
    return Verdict(Ruling.HOLDS, because, tuple(facts), took, window)


def _unproved(aftermath: History, left: dict[Sounding, list[Sounded]], window: Window) -> Verdict:
    """Broken when the time was over at the last look at one; else those are to be looked at."""
    deadline = Seconds(aftermath.start + window.latest)
    over = [seen[-1] for seen in left.values() if seen and seen[-1].at >= deadline]
    if over:
        because = f"no request over {over[0].wire} suffered from it in {window.latest:g} s"
        return Verdict(Ruling.BROKEN, because, tuple(over), window=window)
    lasts = [seen[-1].at if seen else None for seen in left.values()]
    dues = (next_look(aftermath, at, deadline) for at in lasts)
    open_ = Verdict(Ruling.OPEN, "not yet", window=window, due=min(dues))
    return replace(open_, sound=tuple(left))


def _soundings(aftermath: History, app: Workload, stand: Stand, wire: str) -> list[Sounded]:
    heard = (e for e in aftermath.about("sounded", app.name) if isinstance(e, Sounded))
    return [e for e in heard if (e.uid, e.wire) == (stand.uid, wire)]


def _in_time(heard: list[Sounded], deadline: Seconds) -> list[Sounded]:
    """Up to the first that came when the time was over: what follows changes no verdict."""
    late = next((i for i, one in enumerate(heard) if one.at >= deadline), len(heard))
    return heard[: late + 1]


def _way(app: Workload, wire: str) -> Way:
    """How to speak on a wire: a probe's as that probe does, in HTTP if it only connects."""
    probe = next((app.probe(name) for name in PROBES if name == wire), None)
    if probe is None:
        return ""
    return "grpc" if probe.how == "grpc" else "http"


def _late(heard: Sounded, delay: float) -> bool:
    return heard.first is not None and heard.first >= SLACK * delay


def _slow(heard: Sounded, rate: float) -> bool:
    """All bytes together, there and back, took as long as so few KB/s make them."""
    needed = (heard.sent + heard.count) / (rate * KB)
    return needed >= TELLING and heard.count > 0 and heard.last >= SLACK * needed


def _silent(heard: Sounded, timeout: float) -> bool:
    """Nothing came back, until it was closed as ordered; a restart of the app may close it, too."""
    silence = SLACK * timeout if timeout else QUIET
    return not heard.count and heard.took >= silence and (heard.end == "closed" or not timeout)


def _closed_late(heard: Sounded, delay: float) -> bool:
    return heard.end == "closed" and heard.took - heard.last >= SLACK * delay


EFFECTS: dict[Toxic, Suffers] = {
    "latency": _late,
    "bandwidth": _slow,
    "timeout": _silent,
    "reset_peer": lambda heard, after: heard.end == "reset" and heard.took >= SLACK * after,
    "slicer": lambda heard, size: heard.pieces > 1 and heard.count / heard.pieces <= 2 * size,
    "limit_data": lambda heard, most: heard.end == "closed" and heard.count <= most,
    "slow_close": _closed_late,
    "down": lambda heard, _: heard.end == "refused",
}
