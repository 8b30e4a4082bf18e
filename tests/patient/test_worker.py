"""The heartbeat: a starved host is not a deadlock."""

from __future__ import annotations

import time

from chaos.patient.worker import STALE, Worker


def starved(worker: Worker) -> None:
    """As it is when nobody had a core for a while: the last heartbeat is old."""
    worker._last = time.monotonic() - 2 * STALE  # noqa: SLF001 - the heartbeat itself


def test_a_worker_that_had_no_core_for_a_while_is_well() -> None:
    worker = Worker()
    starved(worker)

    assert worker.beating


def test_a_worker_whose_lock_is_kept_is_not() -> None:
    worker = Worker()
    worker.deadlock()
    starved(worker)

    assert not worker.beating
    worker.resume()
    assert worker.beating
