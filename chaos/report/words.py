"""Entries, endings and whole runs in words, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chaos.clock import Seconds
from chaos.history.facts import (
    Answered,
    Container,
    Endpoints,
    Entry,
    Event,
    Gap,
    Healed,
    Healing,
    Injected,
    Injecting,
    Lag,
    Node,
    Observed,
    Pod,
    Thing,
    Timed,
)
from chaos.history.looked import Checked, Found, Got, Inspected, Sounded, Visit, Visited
from chaos.history.timers import Timers
from chaos.report.record import IDLE, Outcome, ScenarioRecord

if TYPE_CHECKING:
    from chaos.report.result import ScenarioResult


@dataclass(frozen=True, slots=True)
class Ending:
    """How a scenario ended, in a word and in a sentence that says whose fault it is."""

    word: str
    blame: str
    rank: int


ENDINGS: dict[Outcome, Ending] = {
    "broken": Ending("LAW BROKEN", "The cluster, or the app's spec, did not do what must hold.", 0),
    "unprotected": Ending(
        "UNPROTECTED", "The cluster kept its word, and the app's spec asks for no recovery.", 0
    ),
    "not healed": Ending(
        "NOT HEALED", "The harness could not undo the fault: nothing after it can be trusted.", 1
    ),
    "undecided": Ending(
        "UNDECIDED",
        "Nobody is accused: by what was seen it may have held, or not. Each law says why.",
        2,
    ),
    "not injected": Ending(
        "NOT INJECTED",
        "The fault left no trace, so nothing was proved: whatever held, held idly.",
        3,
    ),
    "not steady": Ending(
        "NOT STEADY", "Not all was well before the fault, so it was not injected.", 3
    ),
    "interrupted": Ending(
        "INTERRUPTED", "It was ended from outside before its laws were decided.", 4
    ),
    "error": Ending("ERROR", "The harness or the scenario itself failed.", 4),
    "kept": Ending("KEPT", "Every law was kept.", 5),
    "looked": Ending(
        "ONLY LOOKED", "Nothing was injected: it asserted what it saw, and no law was asked.", 6
    ),
    "skipped": Ending("SKIPPED", "This scenario was not run.", 6),
}

MOST_WORDS = 5  # of what requests came to, in one line
ACTS = {
    "injecting": "about to be caused",
    "injected": "in force",
    "healing": "about to be undone",
    "healed": "undone",
}


def headline(records: Sequence[ScenarioRecord | ScenarioResult], away: int = 0) -> str:
    """The run in one sentence; `away` are the scenarios that it did not reach."""
    if not records:
        return f"No scenario was run{f' of {away}' if away else ''}."
    ran = [r for r in records if r.outcome not in IDLE]
    counts = Counter(r.outcome for r in records)
    kept = counts.pop("kept", 0)
    if ran and kept == len(ran):
        left: dict[str, int] = {**{word: counts[word] for word in IDLE}, "not run": away}
        told = ", ".join(f"{count} {word}" for word, count in left.items() if count)
        return f"Every law was kept in {_count(kept)}{told and f'; {told}'}."
    ordered = sorted(counts.items(), key=lambda pair: ENDINGS[pair[0]].rank)
    others = ", ".join(f"{n} {'law broken' if word == 'broken' else word}" for word, n in ordered)
    rest = f", {away} not run" if away else ""
    return f"{_count(len(records) + away)}: {kept} kept, {others}{rest}."


def _count(number: int) -> str:
    return f"{number} scenario{'' if number == 1 else 's'}"


def entry_words(entry: Entry) -> str:
    """What an entry says, in one line."""
    match entry:
        case Observed(thing=thing, gone=gone):
            return f"{_thing(thing)}{' is gone' if gone else ''}"
        case Answered() | Inspected() | Checked() | Got() | Sounded() | Visited():
            return _looked(entry)
        case Timed(timers=timers):
            return f"the cluster's settings: {_timers(timers)}"
        case Gap(until=until, why=why):
            return f"the watch was down for {until - entry.at:.1f} s{f': {why}' if why else ''}"
        case Lag(until=until):
            span = f"{until - entry.at:.1f} s"
            return f"the watch was late: what it showed within {span} may have been so already"
        case Injecting() | Injected() | Healing() | Healed():
            return f"{entry.fault}: {ACTS[entry.kind]}"


def _looked(entry: Answered | Inspected | Checked | Got | Sounded | Visited) -> str:
    """What we found when we looked ourselves."""
    match entry:
        case Answered(uid=uid, status=status, report=report):
            said = "no answer" if status is None else f"answered {status}"
            return f"pod {uid}: {said}{_report(report)}"
        case Inspected(uid=uid, node=node, running=running, containers=found):
            run = f"pod {uid}: on {node} run {', '.join(running) or 'no containers of it'}"
            return "; ".join([run, *map(_found, found)])
        case Sounded():
            return sounding_words(entry)
        case Got(uid=uid, path=path, said=said, took=took):
            asked = f"GET {path}" if path.startswith("/") else f"ran {path}"
            return f"pod {uid}: {asked}: {said} after {took:.2f} s"
        case Checked(what=what, up=up, why=why):
            return f"{what}: {'runs' if up else f'does not: {why}'}"
        case Visited(workload=workload, asked=asked, visits=visits):
            return f"{workload} sent {asked} {len(visits)} requests{_came(visits)}"


def _came(visits: Sequence[Visit]) -> str:
    """What requests came to, what was most often first: 98 x 200, 2 x refused."""
    count = Counter(str(visit.said) for visit in visits)
    return "".join(f", {many} x {said}" for said, many in count.most_common(MOST_WORDS))


def _found(found: Found) -> str:
    """How a container was found."""
    share = "" if found.cpus is None else f", {found.cpus:g} CPUs, throttled {found.throttled}x"
    of = "" if found.limit_mib is None else f" of {found.limit_mib:.0f}"
    failed = "".join(f", {program} ends with {code}" for program, code in found.failing)
    held = f"{found.memory_mib:.0f}{of} MiB{share}{failed}"
    return f"{found.name}: its main process is {found.main}, {held}"


def sounding_words(heard: Sounded) -> str:
    """How a request over a wire went."""
    first = "" if heard.first is None else f", the first after {heard.first:.2f} s"
    return (
        f"pod {heard.uid}: wire {heard.wire} ({', '.join(heard.toxics) or 'no toxics'}):"
        f" {heard.count} bytes back for {heard.sent}{first}; {heard.end} after {heard.took:.2f} s"
    )


def _timers(timers: Timers) -> str:
    """The settings that windows are made of."""
    return (
        f"node lease {timers.lease:g} s, monitor grace {timers.monitor_grace:g} s, longest"
        f" back-off {timers.longest_backoff:g} s"
    )


def pod_words(pod: Pod) -> str:
    """A pod's state, in a few words."""
    ready = "deleting" if pod.deleting else "ready" if pod.ready else "not ready"
    phase = "" if pod.phase == "Running" else f" ({pod.phase})"
    parts = [f"{ready}{phase}", *(_container(c) for c in pod.containers)]
    return "; ".join(part for part in parts if part)


def clock_words(moment: Seconds | float) -> str:
    """A moment since the injection."""
    return f"{moment:+.1f} s"


def _thing(thing: Thing) -> str:
    match thing:
        case Pod(name=name, node=node):
            return f"pod {name} on {node or 'no node yet'}: {pod_words(thing)}"
        case Node(name=name, ready=ready, reason=reason):
            return f"node {name}: Ready is {ready}{f' ({reason})' if reason else ''}"
        case Endpoints(service=service, ready=ready):
            return f"service {service}: {len(ready)} ready endpoint{'' if len(ready) == 1 else 's'}"
        case Event(reason=reason, message=message, count=count):
            return f"event {reason}{f' x{count}' if count > 1 else ''}: {message}"


def _container(container: Container) -> str:
    parts = []
    if container.state != "running":
        parts.append(f"container {container.name} {container.state} {container.reason}".strip())
    if container.restarts:
        times = "once" if container.restarts == 1 else f"{container.restarts} times"
        parts.append(f"{container.name} restarted {times}")
    if ended := container.ended or container.last:
        parts.append(f"last exit {ended.exit_code} {ended.reason}".strip())
    return ", ".join(parts)


def _report(report: dict[str, bool | float | str] | None) -> str:
    return f" ({', '.join(f'{k} {v}' for k, v in report.items())})" if report else ""
