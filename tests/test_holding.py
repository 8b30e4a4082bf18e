"""One run at a time uses a cluster, one process heals on it, and who heals is waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from deadlines import LONG

from chaos.clock import seconds
from chaos.errors import ChaosError, NotHealed
from chaos.running import holding
from chaos.running.holding import healing, held

pytestmark = pytest.mark.subprocess  # a lock that is taken is asked for again after a sleep

AT_ONCE = seconds(0)


def nothing(_: str) -> None:
    pytest.fail("there was nothing to say")


@contextmanager
def another(folder: Path, *locks: str, for_a_while: bool = True) -> Iterator[None]:
    """Another holds these locks, the last one lets go of first; for a while or until the end."""
    holds = {"lock": lambda: held(folder, nothing), "healing": lambda: healing(folder)}
    has, over = threading.Event(), threading.Event()

    def hold() -> None:
        with ExitStack() as stack:
            for lock in locks:
                stack.enter_context(holds[lock]())
            has.set()
            over.wait(0.5 if for_a_while else LONG)

    thread = threading.Thread(target=hold)
    thread.start()
    assert has.wait(LONG)
    yield
    over.set()
    thread.join()


def test_who_is_healing_is_waited_for_and_that_is_said(tmp_path: Path) -> None:
    said: list[str] = []

    with another(tmp_path, "lock", "healing"), held(tmp_path, said.append, patience=AT_ONCE):
        pass

    assert said == ["the faults of another run are being healed: waiting, at most 120 s"]


def test_who_is_not_healing_is_not_waited_for(tmp_path: Path) -> None:
    with (
        another(tmp_path, "lock", for_a_while=False),
        pytest.raises(ChaosError, match=f"another run uses this cluster .*{tmp_path}"),
        held(tmp_path, nothing, patience=AT_ONCE),
    ):
        pass


def test_a_run_that_heals_and_goes_on_is_another_run_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "AFTERWARDS", seconds(0.2))
    said: list[str] = []

    with (
        another(tmp_path, "lock", for_a_while=False),
        another(tmp_path, "healing"),
        pytest.raises(ChaosError, match="another run"),
        held(tmp_path, said.append, patience=AT_ONCE),
    ):
        pass

    assert len(said) == 1


def test_who_heals_for_too_long_is_not_waited_for_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "HEALING", seconds(0.2))
    said: list[str] = []

    with another(tmp_path, "lock", "healing", for_a_while=False):
        with pytest.raises(ChaosError, match="another run"), held(tmp_path, said.append):
            pass
        with pytest.raises(NotHealed, match=r"more than 0\.2 s .*chaos heal"), healing(tmp_path):
            pass

    assert said == ["the faults of another run are being healed: waiting, at most 0.2 s"]


def test_a_free_cluster_is_had_at_once_whoever_is_healing(tmp_path: Path) -> None:
    with another(tmp_path, "healing", for_a_while=False), held(tmp_path, nothing):
        pass


@pytest.mark.parametrize("hold", [lambda f: held(f, nothing), healing], ids=["held", "healing"])
def test_what_is_let_go_can_be_had_again(tmp_path: Path, hold: Callable[[Path], ExitStack]) -> None:
    for _ in range(2):
        with hold(tmp_path):
            pass


def test_two_heal_one_after_the_other(tmp_path: Path) -> None:
    order: list[str] = []

    with another(tmp_path, "healing"):
        order.append("theirs")
        with healing(tmp_path):
            order.append("ours")

    assert order == ["theirs", "ours"]
