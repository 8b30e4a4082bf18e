"""A rehearsal: whole scenarios on the fake cluster, `pytest -m chaos --chaos-cluster=fake`.

It takes the place of `chaos.running.wiring`. Six minutes of a scenario take milliseconds, and the
verdicts say whether the scenario is well written; of Kubernetes they say nothing, and the report
says that.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chaos.clock import ManualClock, Seconds, seconds
from chaos.history.facts import Entry
from chaos.history.journal import Journal
from chaos.options import Options
from chaos.running.ledger import Ledger
from chaos.running.session import Chaos
from chaos.testing.cluster import FakeCluster

Say = Callable[[str], None]


@dataclass(frozen=True)
class Rehearsal:
    """What all scenarios of a run share: the names of nodes, and a ledger in a new folder."""

    nodes: tuple[str, ...]
    ledger: Ledger
    versions: dict[str, str]
    look_on: Seconds


@dataclass(frozen=True)
class Scene:
    """One scenario's handles."""

    cluster: FakeCluster
    chaos: Chaos
    journal: Journal


@contextmanager
def provided(options: Options, say: Say) -> Iterator[Rehearsal]:
    """What takes a cluster's place for the length of a run."""
    say("a rehearsal on the fake cluster: no verdict is about Kubernetes")
    if options.load:
        say("a rehearsal runs no image: what --chaos-load names is not looked at")
    nodes = tuple(f"worker{number}" for number in range(1, options.nodes + 1))
    with tempfile.TemporaryDirectory(prefix="pytest-chaos-") as folder:
        versions = {"cluster": f"fake, {len(nodes)} nodes: no verdict is about Kubernetes"}
        look_on = seconds(options.look_on)
        yield Rehearsal(nodes, Ledger(Path(folder) / "ledger"), versions, look_on)


@contextmanager
def staged(rehearsal: Rehearsal, keep: Callable[[Entry], None], say: Say) -> Iterator[Scene]:
    """A scenario's own fake cluster, on a clock of its own."""
    clock = ManualClock()
    journal = Journal(clock, keep)
    fake = FakeCluster(journal, clock, nodes=rehearsal.nodes)
    chaos = Chaos(fake, journal, fake, rehearsal.ledger, say, look_on=rehearsal.look_on)
    yield Scene(fake, chaos, journal)
