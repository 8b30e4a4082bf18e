"""The sweep's pods in the rehearsal: the fake cluster does what their specs say, as real ones do.

What windows promise and what the fake makes happen are written apart, and must agree about pods
that were drawn by a seed. `benchmarks/sweep.py` holds real kubelets to the same promises.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from fakes import chaos, clock, cluster

from chaos import Chaos
from chaos.testing import FakeCluster

FIXTURES = (chaos, clock, cluster)  # of this module alone: a plugin's would be everybody's
BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PODS = 48
FAULTS = (
    *("crash", "killed", "hang", "refusing", "health", "deadlock", "late", "late-ill", "headers"),
    *("check", "check-soon", "check-late", "grpc", "grpc-silent", "leak", "deleted", "node"),
)


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


@pytest.fixture
def scenario(ours: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The scenario of the one batch that a fault has."""
    drawn = ours("sweeping.drawn")
    batches = {batch.fault: batch for batch in drawn.cut(drawn.drawn(1, PODS), PODS)}

    def of(fault: str) -> Any:
        folder = ours("sweep").written(batches[fault], tmp_path)
        monkeypatch.setenv("SWEEP_BATCH", str(folder))
        return ours("sweeping.batch").test_a_batch_does_what_its_specs_say

    return of


def test_every_fault_of_the_sweep_is_among_them(ours: Any) -> None:
    assert sorted(ours("sweeping.batch").FAULTS) == sorted(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fake_does_what_the_specs_of_others_say(
    fault: str, scenario: Any, cluster: FakeCluster, chaos: Chaos
) -> None:
    scenario(fault)(cluster, chaos)

    assert all(one.verdicts for one in chaos.judgements)
