"""A fake cluster, its clock, and a handle of chaos on it, for modules to import.

Never as `pytest_plugins`: what a plugin has under these names would be the scenarios', too.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos import Chaos
from chaos.clock import ManualClock
from chaos.history.journal import Journal
from chaos.running.ledger import Ledger
from chaos.testing import FakeCluster


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def cluster(clock: ManualClock) -> FakeCluster:
    return FakeCluster(Journal(clock), clock)


@pytest.fixture
def chaos(cluster: FakeCluster, tmp_path: Path) -> Chaos:
    return Chaos(cluster, cluster.journal, cluster, Ledger(tmp_path))
