"""Laws about the cluster's own programs, and about containers as their nodes have them.

They rest on what we looked at ourselves, past the API server (oracle: 17 of the chapter's claims).
So they need nobody to vouch for the watches, and rule while the API server is away.
"""

from __future__ import annotations

from dataclasses import replace

from chaos.clock import Seconds, minutes, seconds
from chaos.history.facts import Pod
from chaos.history.history import History
from chaos.history.looked import Checked, Inspected, ProgramName
from chaos.judging.due import restart_window
from chaos.judging.law import law
from chaos.judging.looking import Search, all_found, rule, search
from chaos.judging.ruling import eventually
from chaos.judging.stood import stands
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows import trace
from chaos.windows.window import Window
from chaos.workloads.admitted import Stand, Workload

NOTICE = minutes(1)  # an API server without etcd was unready within 3 s on two idle cores


@law
def found_down(aftermath: History, programs: tuple[ProgramName | str, ...]) -> Verdict:
    """Each of the programs was looked at, and did no work."""
    searches = []
    for what in programs:
        looks = [e for e in aftermath.about("checked", what) if isinstance(e, Checked)]
        searches.append(search(looks, [look for look in looks if not look.up]))
    up = tuple(w for w, search in zip(programs, searches, strict=True) if search.fact is None)
    verdict = rule(aftermath, searches, trace(NOTICE), f"{', '.join(up)} went on working")
    return replace(verdict, check=up) if verdict.ruling is Ruling.OPEN else verdict


@law
def runtime_restarted(
    aftermath: History, workload: Workload, *, within: Window | None = None
) -> Verdict:
    """On its node, past the API server, another container of the same pod was found running."""
    window = within or restart_window(aftermath, workload)
    if strangers := _unknown(aftermath, workload):
        return Verdict(Ruling.UNKNOWN, f"no container of {strangers} was known", window=window)
    there = stands(aftermath, workload)
    searches = [_anew(aftermath, workload, stand) for stand in there]
    verdict = rule(aftermath, searches, window, "no other container was found running")
    if verdict.ruling is not Ruling.OPEN:
        return verdict
    pairs = zip(there, searches, strict=True)
    return replace(verdict, inspect=tuple(stand for stand, s in pairs if s.fact is None))


@law
def runtime_never_restarted(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """On its node no other container of the pod was found running when the time was over."""
    window = Window(through, through, "must not happen")
    if strangers := _unknown(aftermath, workload):
        return Verdict(Ruling.UNKNOWN, f"no container of {strangers} was known", window=window)
    there = stands(aftermath, workload)
    searches = [_anew(aftermath, workload, stand) for stand in there]
    deadline = Seconds(aftermath.start + through)
    for fact in (s.fact for s in searches if s.fact is not None):
        took = Seconds(fact.at - aftermath.start)
        if fact.at <= deadline:
            because = f"another container was found running after {took:.1f} s"
            return Verdict(Ruling.BROKEN, because, (fact,), took, window)
    late = tuple(s.last for s in searches if s.last is not None and s.last.at >= deadline)
    if len(late) == len(searches):
        return Verdict(Ruling.HOLDS, f"not once in {through:g} s", late, window=window)
    return Verdict(Ruling.OPEN, "not yet", window=window, due=deadline, inspect=there)


@law
def runs_on(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
    """On its node, past the API server, each pod's own container was found running all the time."""
    window = Window(through, through, "must stay so")
    if strangers := _unknown(aftermath, workload):
        return Verdict(Ruling.UNKNOWN, f"no container of {strangers} was known", window=window)
    deadline = Seconds(aftermath.start + through)
    there = stands(aftermath, workload)
    searches = [_missed(aftermath, workload, stand, deadline) for stand in there]
    for fact in (s.fact for s in searches if s.fact is not None):
        took = Seconds(fact.at - aftermath.start)
        because = f"its container was not found after {took:.1f} s"
        return Verdict(Ruling.BROKEN, because, (fact,), took, window)
    late = tuple(s.last for s in searches if s.last is not None)
    if len(late) == len(searches):
        return Verdict(Ruling.HOLDS, f"still so after {through:g} s", late, window=window)
    return Verdict(Ruling.OPEN, "not yet", window=window, due=deadline, inspect=there)


@law
def catches_up(aftermath: History, workload: Workload, *, within: Window) -> Verdict:
    """The API server, back again, shows the container that was found running on the node."""
    found = {stand.uid: _last(aftermath, workload, stand) for stand in stands(aftermath, workload)}
    if not all(found.values()):
        return Verdict(Ruling.UNKNOWN, "nobody had looked on the node", window=within)
    stood = aftermath.stood(workload.name)
    already = {pod.uid for pod in stood if _ids(pod) & found.get(pod.uid, frozenset())}
    if len(already) == len(found):
        return Verdict(Ruling.HOLDS, "it did already", took=seconds(0), window=within)
    shown = [
        next((seen for seen, pod in aftermath.of_pod(uid) if _ids(pod) & ids), None)
        for uid, ids in found.items()
        if uid not in already
    ]
    facts = [fact for fact in shown if fact is not None]
    if len(facts) == len(shown) and max(f.at for f in facts) <= aftermath.start + within.latest:
        return all_found(
            aftermath, facts, within
        )  # a state, not a change: no gap can have hidden it
    return eventually(aftermath, (), within, missing="the API server does not show it")


def _anew(aftermath: History, workload: Workload, stand: Stand) -> Search:
    """The looks at a pod, and the first that showed a container which was not there before."""
    old = _known(aftermath, workload, stand)
    looks = [i for i in _looks(aftermath, workload) if i.uid == stand.uid]
    return search(looks, [look for look in looks if set(look.running) - old])


def _missed(aftermath: History, workload: Workload, stand: Stand, deadline: Seconds) -> Search:
    """Up to the first look after the deadline, which is the last: one without the old container."""
    old = _known(aftermath, workload, stand)
    looks = [i for i in _looks(aftermath, workload) if i.uid == stand.uid]
    last = next((look for look in looks if look.at >= deadline), None)
    until = deadline if last is None else last.at
    without = (look for look in looks if look.at <= until and not set(look.running) & old)
    return Search(next(without, None), last)


def _last(aftermath: History, workload: Workload, stand: Stand) -> frozenset[str]:
    """What ran of a pod when it was last looked at, in the whole record."""
    past = aftermath.index.about(("inspected", workload.name), 0, aftermath.last)
    looks = [e.running for e in past if isinstance(e, Inspected) and e.uid == stand.uid]
    return frozenset(looks[-1]) if looks else frozenset()


def _ids(pod: Pod) -> set[str]:
    return {container.id for container in pod.containers}


def _looks(aftermath: History, workload: Workload) -> list[Inspected]:
    return [e for e in aftermath.about("inspected", workload.name) if isinstance(e, Inspected)]


def _unknown(aftermath: History, workload: Workload) -> str:
    """The pods none of whose containers was known at the opening."""
    unknown = (s.name for s in stands(aftermath, workload) if not _known(aftermath, workload, s))
    return ", ".join(unknown)


def _known(aftermath: History, workload: Workload, stand: Stand) -> set[str]:
    """The ids of a pod's containers before the fault: as the API server and we had seen them."""
    stood = (pod for pod in aftermath.stood(workload.name) if pod.uid == stand.uid)
    ids = {container.id for pod in stood for container in pod.containers if container.id}
    before = aftermath.index.about(("inspected", workload.name), 0, aftermath.first)
    seen = (e for e in before if isinstance(e, Inspected) and e.uid == stand.uid)
    return ids.union(*(look.running for look in seen))
