"""Asking all laws again after each new entry: it must not cost more as the history grows.

    python benchmarks/history_index.py [--entries 1000 10000 100000]

The history is filled with entries of other workloads. Then a pod that ten laws are about has news,
entry by entry, and after each the laws are asked again: of the history as it is, and of one whose
log has no index and is read from its start each time.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from dataclasses import replace

from chaos.clock import ManualClock, SystemClock, seconds
from chaos.history.facts import Container, Entry, Injected, Injecting, Observed, Pod
from chaos.history.history import History
from chaos.history.index import Index, Key, touches
from chaos.history.journal import Journal
from chaos.judging.law import Law
from chaos.laws.replacement import never_replaced, replaced
from chaos.laws.restart import never_restarted, restarted
from chaos.windows import within
from chaos.workloads.admitted import NodeName, Stand, Uid, Workload

NEWS = 100  # entries after which all laws are asked again
SCANS = 5  # as many for the naive log: it is slow


class Unindexed(Index):
    """A log that is read from its start for each question."""

    def about(self, key: Key, first: int, last: int) -> Iterator[Entry]:
        """Every entry is looked at."""
        for entry in self.entries[first:last]:
            if key in touches(entry):
                yield entry


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    sizes = options.parse_args().entries
    ours = [cost(Index(), size, NEWS) for size in sizes]
    naive = [cost(Unindexed(), size, SCANS) for size in sizes]
    for size, mine, other in zip(sizes, ours, naive, strict=True):
        print(
            f"{size:>8} entries: {mine * 1e3:7.3f} ms for each new entry, "
            f"full scan {other * 1e3:9.3f} ms, {other / mine:7.1f} x"
        )
    print(f"growth from {sizes[0]} to {sizes[-1]}: ours {ours[-1] / ours[0]:.2f} x,", end=" ")
    print(f"full scan {naive[-1] / naive[0]:.1f} x")


def cost(log: Index, size: int, news: int) -> float:
    """The median time of asking all laws after one more entry."""
    journal, pod = filled(log, size)
    laws, took, clock = laws_about(pod), [], SystemClock()
    for number in range(news):
        journal.write(Observed(seconds(0), replace(pod, version=f"v{number}")))
        before = clock.now()
        ask(laws, journal.since(1))
        took.append(clock.now() - before)
    return statistics.median(took)


def filled(log: Index, size: int) -> tuple[Journal, Pod]:
    journal, pod = Journal(ManualClock()), made("app")
    journal.index = log
    journal.write(Observed(seconds(0), pod))
    journal.write(Injecting(seconds(0), "a fault", 1))
    journal.write(Injected(seconds(0), "a fault", 1))
    others = [made(f"other-{number}") for number in range(50)]
    for number in range(size):
        other = replace(others[number % len(others)], version=str(number))
        journal.write(Observed(seconds(0), other))
    return journal, pod


def made(name: str) -> Pod:
    app = Container("app", id=f"{name}-0")
    return Pod(Uid(f"uid-{name}"), name, name, NodeName("worker1"), ready=True, containers=(app,))


def laws_about(pod: Pod) -> list[Law]:
    stand = Stand(pod.uid, pod.name, NodeName("worker1"), "default")
    app = Workload(pod.workload, "Deployment", Uid("uid"), (stand,))
    soon, later = within(seconds(10)), seconds(10)
    four = [
        restarted(app, within=soon),
        never_restarted(app, through=later),
        replaced(app, away_from="worker1", within=soon),
        never_replaced(app, through=later),
    ]
    return [*four, *four, *four[:2]]


def ask(laws: list[Law], history: History) -> None:
    for law in laws:
        law.judge(history)


if __name__ == "__main__":
    main()
