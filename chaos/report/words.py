"""Entries and endings in words, for people."""

from __future__ import annotations

from dataclasses import dataclass

from chaos.clock import Seconds
from chaos.entry import (
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
    Node,
    Observed,
    Pod,
    Thing,
)
from chaos.report.record import Outcome


@dataclass(frozen=True, slots=True)
class Ending:
    """How a scenario ended, in a word and in a sentence that says whose fault it is."""

    word: str
    blame: str
    rank: int


ENDINGS: dict[Outcome, Ending] = {
    "broken": Ending("LAW BROKEN", "The cluster, or the app's spec, did not do what must hold.", 0),
    "not healed": Ending(
        "NOT HEALED", "The harness could not undo the fault: nothing after it can be trusted.", 1
    ),
    "undecided": Ending(
        "UNDECIDED", "The time is over and the record has holes: it may have held, or not.", 2
    ),
    "not injected": Ending(
        "NOT INJECTED",
        "The fault left no trace, so nothing was proved: whatever held, held idly.",
        3,
    ),
    "not steady": Ending(
        "NOT STEADY", "The workloads were not well before the fault, so nothing was injected.", 3
    ),
    "error": Ending("ERROR", "The harness or the scenario itself failed.", 4),
    "skipped": Ending("SKIPPED", "This scenario was not run.", 5),
    "kept": Ending("KEPT", "Every law was kept.", 6),
}


ACTS = {
    "injecting": "about to be caused",
    "injected": "in force",
    "healing": "about to be undone",
    "healed": "undone",
}


def entry_words(entry: Entry) -> str:
    """What an entry says, in one line."""
    match entry:
        case Observed(thing=thing, gone=gone):
            return f"{_thing(thing)}{' is gone' if gone else ''}"
        case Answered(uid=uid, status=status, report=report):
            said = "no answer" if status is None else f"answered {status}"
            return f"pod {uid}: {said}{_report(report)}"
        case Gap(until=until, why=why):
            return f"the watch was down for {until - entry.at:.1f} s{f': {why}' if why else ''}"
        case Injecting() | Injected() | Healing() | Healed():
            return f"{entry.fault}: {ACTS[entry.kind]}"


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
