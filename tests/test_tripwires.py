from __future__ import annotations

import socket
import subprocess
import time

import pytest


def test_a_test_that_sleeps_is_told_of_the_manual_clock() -> None:
    with pytest.raises(AssertionError, match="ManualClock"):
        time.sleep(0)


def test_a_test_that_connects_is_told_of_the_fake_cluster() -> None:
    with socket.socket() as ours, pytest.raises(AssertionError, match="FakeCluster"):
        ours.connect(("127.0.0.1", 9))


def test_a_test_that_binds_is_told_of_the_fake_cluster() -> None:
    with socket.socket() as ours, pytest.raises(AssertionError, match="FakeCluster"):
        ours.bind(("127.0.0.1", 0))


def test_a_test_that_starts_a_process_is_told_of_the_fake_cluster() -> None:
    with pytest.raises(AssertionError, match="FakeCluster"):
        subprocess.run(["true"], check=False)


@pytest.mark.subprocess
def test_a_test_may_start_a_process_if_it_says_so() -> None:
    assert subprocess.run(["true"], check=False).returncode == 0
