"""What systemd-networkd says of a link is waited for: it sweeps a new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.providers.embedded import networkd


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Each answer to "has it begun?", while its file comes and its states go by."""
    told = tmp_path / "7"
    states = iter(["pending", "initialized", "configuring", "configured"])
    answers: list[bool] = []

    def poll(has_begun: object, **_: object) -> bool:
        assert callable(has_begun)
        answers.append(has_begun())
        for state in states:
            told.write_text(f"# private\nADMIN_STATE={state}\nOPER_STATE=carrier\n")
            answers.append(has_begun())
        return answers[-1]

    monkeypatch.setattr(networkd, "poll", poll)
    return answers


def test_it_has_begun_when_it_configures(tmp_path: Path, asked: list[bool]) -> None:
    networkd.await_sweep(7, tmp_path)

    assert asked == [False, False, False, True, True]


def test_a_link_that_it_lets_alone_is_begun_with(tmp_path: Path) -> None:
    (tmp_path / "7").write_text("ADMIN_STATE=unmanaged\n")

    networkd.await_sweep(7, tmp_path)


def test_where_it_never_ran_nobody_waits(tmp_path: Path, asked: list[bool]) -> None:
    networkd.await_sweep(7, tmp_path / "none")

    assert asked == []
