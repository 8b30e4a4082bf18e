"""A scenario on a real cluster while the wire between the harness and the API server is bad.

Toxiproxy stands between them from the start; the wire goes bad once the fault is in force, and is
mended at the latest when the scenario heals. What is ruled must be so, or be UNKNOWN.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from deadlines import LONG, OFTEN
from project import Project, Run, named

from chaos.clock import Seconds, poll, seconds
from chaos.judging.verdict import Ruling
from chaos.providers.embedded import assets
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.proxies.loopback import Toxiproxy, serving
from chaos.proxies.server import Wire

pytest_plugins = ["kept_cluster"]
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
    ),
]

NAME = named("wire")

# The probe fails at once, each second: two failures, a grace of 2 s at least, a start. So the
# restart is due within 9 s (the formula's window); `other` is left alone. Every law here is kept or
# broken for certain.
SCENARIO = """
def test_wire(cluster, chaos):
    probe = http("/health", every=seconds(1), failures=2)
    app, other = cluster.run(deployment("app", liveness=probe), deployment("other"))
    with chaos.inject(FailingHealth(app)):
        chaos.expect(
            restarted(app),
            restarted(app, within=windows.within(seconds(14))),
            never_restarted(app, through=seconds(14)),
            restarted(other, within=windows.within(seconds(14))),
            never_restarted(other, through=seconds(14)),
        )
"""
HOLDS, BROKEN, UNKNOWN = Ruling.HOLDS, Ruling.BROKEN, Ruling.UNKNOWN
TRUTH = [HOLDS, HOLDS, BROKEN, BROKEN, HOLDS]  # of each law, in their order
ALL = (0, 1, 2, 3, 4)
IN_14_S = (1,)


@pytest.fixture(scope="module")
def server() -> Iterator[Toxiproxy]:
    with serving(assets.toxiproxy(print)) as there:
        yield there


@pytest.fixture
def wire(
    kept: EmbeddedCluster, server: Toxiproxy, request: pytest.FixtureRequest
) -> Iterator[Wire]:
    """The only way in that the cluster's kubeconfig knows."""
    made = server.wire(request.node.name, upstream=kept.plan.api.removeprefix("https://"))
    direct = kept.kubeconfig.read_text()
    kept.kubeconfig.write_text(direct.replace(kept.plan.api, f"https://{made.listen}"))
    yield made
    kept.kubeconfig.write_text(direct)


@dataclass(frozen=True)
class Bad:
    """How a wire is bad, and for how long: to the scenario's end, if there is no `lasting`.

    With `seen` it goes bad when something was seen after the fault, else at once. `right` are the
    laws that must be ruled on all the same, `blind` says that none can be.
    """

    spoil: Callable[[Wire], None]
    lasting: Seconds | None = None
    seen: bool = False
    right: tuple[int, ...] = ()
    blind: bool = False


def hang(wire: Wire) -> None:
    """Every byte is taken and none is passed on, either way."""
    wire.poison("timeout", timeout=0)
    wire.poison("timeout", stream="upstream", timeout=0)


def reset(wire: Wire) -> None:
    """Every connection is reset, and every new one."""
    wire.poison("reset_peer", timeout=0)


WIRES = {
    "down for 12 s": Bad(Wire.cut, lasting=seconds(12)),
    "down for 4 s, later": Bad(Wire.cut, lasting=seconds(4), seen=True, right=IN_14_S),
    "down": Bad(Wire.cut, blind=True),
    "slow by 300 ms": Bad(lambda w: w.poison("latency", latency=300), right=ALL),
    "slow by 3 s": Bad(lambda w: w.poison("latency", latency=3000)),
    "thin": Bad(lambda w: w.poison("bandwidth", rate=2)),
    "sliced": Bad(
        lambda w: w.poison("slicer", average_size=64, size_variation=32, delay=1000),
        right=ALL,
    ),
    "hanging for 12 s": Bad(hang, lasting=seconds(12)),
    "hanging for 6 s, later": Bad(hang, lasting=seconds(6), seen=True, right=IN_14_S),
    "hanging": Bad(hang, blind=True),
    "reset for 12 s": Bad(reset, lasting=seconds(12)),
    # Of a reset connection some answers arrive: one that shows the restart, before the next gap.
    "reset for 4 s, later": Bad(reset, lasting=seconds(4), seen=True),
    "reset after each 20 kB": Bad(lambda w: w.poison("limit_data", bytes=20_000)),
}


def news_after_the_fault(project: Project) -> bool:
    """Whether the record goes on behind the injection."""
    kinds = [entry.kind for entry in project.history("test_wire")]
    return "observed" in kinds[kinds.index("injected") :]


def run_on(wire: Wire, bad: Bad, project: Project) -> Run:
    """One run, during which the wire is bad."""
    project.write(SCENARIO)
    run = project.pytest()
    project.await_entry(run, "test_wire", "injected")
    if bad.seen:
        assert poll(lambda: news_after_the_fault(project), within=LONG, every=OFTEN), run.words
    bad.spoil(wire)
    if bad.lasting is None:
        project.await_entry(run, "test_wire", "healing")
    else:
        poll(lambda: False, within=bad.lasting, every=bad.lasting)
    wire.heal()
    return run


def rulings(project: Project) -> list[Ruling]:
    """What was ruled, in the order of the laws."""
    record = project.record("test_wire")
    return [v.ruling for j in record.judgements if not j.proof for v in j.verdicts]


@pytest.mark.parametrize("how", WIRES)
def test_on_a_bad_wire_a_ruling_is_right_or_unknown(
    kept: EmbeddedCluster, wire: Wire, how: str, tmp_path: Path
) -> None:
    project, bad = Project(tmp_path, kept.name), WIRES[how]

    run = run_on(wire, bad, project)

    assert run.status(within=LONG) in {1, 10}, run.words  # a law is broken, or not decided
    ruled = rulings(project)
    assert len(ruled) == len(TRUTH)
    assert all(r in {UNKNOWN, t} for r, t in zip(ruled, TRUTH, strict=True)), run.words
    assert not [law for law in bad.right if ruled[law] is UNKNOWN], run.words
    assert not bad.blind or set(ruled) == {UNKNOWN}, run.words
    assert list((kept.plan.home.path / "ledger").glob("*.json")) == []


def test_a_wire_that_is_mended_is_as_before(
    kept: EmbeddedCluster, wire: Wire, tmp_path: Path
) -> None:
    hang(wire)
    wire.cut()
    wire.heal()
    wire.heal()
    assert wire.toxics == ()
    project = Project(tmp_path, kept.name)
    project.write(SCENARIO)

    run = project.pytest()

    assert run.status() == 1, run.words
    assert rulings(project) == TRUTH
