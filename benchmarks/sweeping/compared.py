"""Each verdict of a batch beside its window, and beside what containerd says itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from chaos.history.facts import Entry, Injected, Injecting, Observed, Pod
from chaos.judging.verdict import Ruling
from chaos.report.record import Judged, ScenarioRecord
from sweeping import runtime
from sweeping.runtime import Turn

Json = dict[str, Any]

ALIKE = 0.1  # seconds between the two clocks' readings and two processes' turns
ANEW = {"has_instances", "recreated", "replaced", "never_replaced"}  # about pods that are made anew
STARTS = {"restarted", "has_instances", "recreated", "replaced"}  # what a new process shows
QUIET = {"never_restarted", "never_replaced"}


@dataclass(frozen=True)
class Row:
    """One law about one pod: its window and what was seen, in seconds after the fault.

    A fault takes a while to be caused, and was `begun` so long before: a window opens from then.
    `process` is when containerd had started the new process, `noise` how many of those that were
    to be left alone it saw start or end.
    """

    batch: int
    fault: str
    law: str
    pod: str
    handler: str = ""
    ruling: str = ""
    because: str = ""
    earliest: float = 0.0
    latest: float = 0.0
    took: float | None = None
    process: float | None = None
    noise: int = 0
    begun: float = 0.0
    rehearsed: bool = False  # there was no containerd

    @property
    def wrong(self) -> str:
        """What is not as it was promised, or nothing."""
        if self.ruling != Ruling.HOLDS.value:
            return f"{self.ruling}: {self.because}"
        if self.noise:
            return f"containerd saw {self.noise} starts and ends of its containers"
        starts = self.law in STARTS and not self.rehearsed
        return self._unlike_the_runtime if starts else ""

    @property
    def _unlike_the_runtime(self) -> str:
        if self.process is None:
            return "containerd saw no new process"
        soonest = self.begun + self.earliest
        if self.law == "restarted" and self.process < soonest - ALIKE:
            return f"by containerd after {self.process:.1f} s already, from {soonest:.1f} s"
        if self.took is not None and self.process > self.took + ALIKE:
            return f"seen after {self.took:.1f} s, by containerd only after {self.process:.1f} s"
        return ""

    @property
    def line(self) -> str:
        """It as a line of JSON."""
        return json.dumps(asdict(self))


def rows(folder: Path, record: ScenarioRecord, entries: Sequence[Entry]) -> Iterator[Row]:
    """A row for each verdict about a pod; the fault's own proof is about all of them."""
    told = json.loads((folder / "batch.json").read_text())
    begun = next((entry.at for entry in entries if isinstance(entry, Injecting)), None)
    struck = next((entry.at for entry in entries if isinstance(entry, Injected)), None)
    if begun is None or struck is None:
        return
    clocks = json.loads((folder / "clocks.json").read_text())
    wall = clocks["wall"] + struck - clocks["at"]
    turns = [replace(turn, wall=turn.wall - wall) for turn in runtime.turns(folder)]
    for judged in record.rulings:
        if about := judged.law.arguments.get("workload"):
            law = judged.law.name.rpartition(":")[2]
            seen = Seen.of(about, entries, begun, anew=law in ANEW)
            row = Row(told["number"], told["fault"], law, about["name"])
            yield _row(replace(row, begun=begun - struck), judged, seen, turns)


@dataclass(frozen=True)
class Seen:
    """The ids of a workload's containers: those that were there, and those that came."""

    old: frozenset[str]
    fresh: frozenset[str]

    @classmethod
    def of(cls, about: Json, entries: Sequence[Entry], begun: float, *, anew: bool) -> Seen:
        """Of the pods that stood; `anew` has those of others come, of the container `app`."""
        stood = {stand["uid"] for stand in about["stands"]}
        name = about["named"] or ("app" if anew else "")
        first: dict[tuple[bool, str], float] = {}
        for entry in entries:
            match entry:
                case Observed(thing=Pod(workload=workload) as pod) if workload == about["name"]:
                    for one in pod.containers:
                        if one.id and name in {"", one.name}:
                            key = (pod.uid in stood, one.id.rpartition("/")[2])
                            first.setdefault(key, entry.at)
        old = frozenset(i for (ours, i), at in first.items() if ours and at <= begun)
        new = (i for (ours, i), at in first.items() if ours is not anew and at > begun)
        return cls(old, frozenset(new))


def _row(row: Row, judged: Judged, seen: Seen, turns: list[Turn]) -> Row:
    earliest, latest = (judged.window.earliest, judged.window.latest) if judged.window else (0, 0)
    fresh = [t.wall for t in turns if t.container in seen.fresh and t.what == "start"]
    ends = [t.wall for t in turns if t.container in seen.old and t.what == "exit"]
    over = [*fresh, *(ends if row.law == "never_restarted" else [])]
    quiet = row.law in QUIET
    return replace(
        row,
        handler=_handler(judged.law.arguments["workload"], row.law),
        ruling=judged.ruling.value,
        because=judged.because,
        earliest=earliest,
        latest=latest,
        took=judged.took,
        process=None if quiet else min(fresh, default=None),
        noise=sum(row.begun < moment <= latest for moment in over) if quiet else 0,
    )


def _handler(about: Json, law: str) -> str:
    """How the probe asks that the law rests on."""
    which = "readiness" if "endpoints" in law else "liveness"
    name = about["named"] or "app"
    probes = (one[which] for one in about["containers"] if one["name"] == name)
    probe = next(probes, None)
    return probe["asks"]["kind"] if probe and probe["asks"] else "no probe"
