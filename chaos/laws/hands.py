"""Laws about containers as their nodes have them: stopped, growing, starved.

They rest on what we looked at ourselves, so they hold for any app, also one that knows nothing of
us and answers no questions, and while the API server is away (oracle: L3, L4, pitfall 11).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from chaos.clock import Seconds, minutes
from chaos.history.facts import Answered, Entry
from chaos.history.history import History
from chaos.history.looked import Found, Inspected
from chaos.judging.ends import ends_in
from chaos.judging.law import law
from chaos.judging.looking import rule, search
from chaos.judging.stood import stands
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows import trace
from chaos.windows.window import Window
from chaos.workloads.admitted import Apps, Stand, Workload, placed

NOTICE = minutes(1)  # looked at once a second: the rest is for a busy machine
KILLED = 137  # 128 + SIGKILL: how the kernel ends who has too much (oracle: L11)
GROWTH = 2.0  # MiB: ten times what an idle server was seen to take or give in a minute


@law
def found_stopped(aftermath: History, apps: Apps) -> Verdict:
    """Every app's main process was found stopped on its node, and its port gave no answer."""
    seen = {
        s: [look for look, c in _looks(aftermath, a, s) if c and c.main == "stopped"]
        for a, s in placed(apps)
    }
    silent = {
        s: [a for a in _answers(aftermath, app, s) if a.status is None]
        for app, s in placed(apps)
        if app.port
    }
    return _all(aftermath, apps, seen, silent, "not every process stood still in silence")


@law
def found_growing(aftermath: History, apps: Apps) -> Verdict:
    """The memory of every app was found growing on its node, or had killed it."""
    seen = {
        s: sorted(_grown(aftermath, app, s), key=lambda fact: fact.at) for app, s in placed(apps)
    }
    return _all(aftermath, apps, seen, {}, "not every app's memory grew")


@law
def found_starved(aftermath: History, apps: Apps, *, cpus: float) -> Verdict:
    """Every app was found to be kept from the CPU that it wanted."""
    seen = {s: [*_throttled(aftermath, app, s, cpus)] for app, s in placed(apps)}
    idle = tuple(s for app, s in placed(apps) if app.port and not seen[s])
    verdict = _all(aftermath, apps, seen, {}, "not every app wanted more CPU than it was left")
    return replace(verdict, ask=idle) if verdict.ruling is Ruling.OPEN else verdict


@law
def found_failing(aftermath: History, apps: Apps, *, program: str) -> Verdict:
    """A program of every app's container, run there as a probe runs it, failed."""
    seen = {
        s: [
            look
            for look, found in _looks(aftermath, app, s)
            if found and any(code and _is(program, name) for name, code in found.failing)
        ]
        for app, s in placed(apps)
    }
    return _all(aftermath, apps, seen, {}, f"{program} did not fail in every container")


@law
def stays_stopped(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """Nobody lets the app go on: its main process still stands when the time is over."""
    deadline, window = Seconds(aftermath.start + through), Window(through, through, "must stay so")
    looks = {stand: _looks(aftermath, workload, stand) for stand in stands(aftermath, workload)}
    late = {s: next(((e, c) for e, c in of if e.at >= deadline), None) for s, of in looks.items()}
    if unseen := tuple(stand for stand, look in late.items() if look is None):
        return Verdict(Ruling.OPEN, "not yet", window=window, due=deadline, inspect=unseen)
    seen = [look for look in late.values() if look is not None]
    still = all(found is not None and found.main == "stopped" for _, found in seen)
    ruling = Ruling.HOLDS if still else Ruling.BROKEN
    took = Seconds(max(e.at for e, _ in seen) - aftermath.start)
    because = f"{'still so' if still else 'it does not stand still'} after {took:.1f} s"
    return Verdict(ruling, because, tuple(e for e, _ in seen), took, window)


def _is(program: str, path: str) -> bool:
    """Whether a file is what a probe calls so: by its path, or by its name alone."""
    return path == program or ("/" not in program and path.rpartition("/")[2] == program)


def _all(
    aftermath: History,
    apps: Apps,
    seen: Mapping[Stand, Sequence[Entry]],
    heard: Mapping[Stand, Sequence[Entry]],
    missing: str,
) -> Verdict:
    """Each pod was seen so, and those that are in `heard` were heard so: who was not is asked."""
    looks = {s: [e for e, _ in _looks(aftermath, app, s)] for app, s in placed(apps)}
    answers = {s: [*_answers(aftermath, app, s)] for app, s in placed(apps)}
    searches = [search(looks[s], facts) for s, facts in seen.items()]
    searches += [search(answers[s], facts) for s, facts in heard.items()]
    verdict = rule(aftermath, searches, trace(NOTICE), missing)
    if verdict.ruling is not Ruling.OPEN:
        return verdict
    unseen, unheard = (tuple(s for s, facts in of.items() if not facts) for of in (seen, heard))
    return replace(verdict, inspect=unseen, ask=unheard)


def _looks(aftermath: History, app: Workload, stand: Stand) -> list[tuple[Inspected, Found | None]]:
    """The looks at a pod, with what was found of the container that is meant."""
    about = aftermath.about("inspected", app.name)
    looks = (e for e in about if isinstance(e, Inspected) and e.uid == stand.uid)
    return [(look, look.container(app.meant.name)) for look in looks]


def _answers(aftermath: History, app: Workload, stand: Stand) -> Iterator[Answered]:
    """What a pod answered since the fault is in force."""
    for answer in aftermath.answers(app.name):
        if answer.uid == stand.uid and answer.at >= aftermath.start:
            yield answer


def _pairs(
    looks: Iterable[tuple[Inspected, Found | None]],
) -> Iterator[tuple[Inspected, Found, Found]]:
    """Each look at a container after the first, with what that first found of it."""
    first: dict[str, Found] = {}
    for look, found in looks:
        if found is not None:
            yield look, first.setdefault(found.id, found), found


def _grown(aftermath: History, app: Workload, stand: Stand) -> Iterator[Entry]:
    for look, first, now in _pairs(_looks(aftermath, app, stand)):
        if now.memory_mib >= first.memory_mib + GROWTH:
            yield look
    yield from (e for e, end in ends_in(aftermath, app, stand) if end.exit_code == KILLED)


def _throttled(aftermath: History, app: Workload, stand: Stand, cpus: float) -> Iterator[Entry]:
    for look, first, now in _pairs(_looks(aftermath, app, stand)):
        left = now.cpus is not None and now.cpus <= cpus
        if left and now.throttled > first.throttled:
            yield look
