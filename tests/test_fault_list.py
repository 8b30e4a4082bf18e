"""The list of the faults says what they say themselves, and is up to date."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fault_list import faults, missing, needs, page

import chaos.faults
from chaos.cluster import Cluster


@pytest.mark.subprocess
def test_every_fault_is_told_of_and_the_list_is_up_to_date() -> None:
    script = Path(__file__).with_name("fault_list.py")
    told = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout + told.stderr


def test_a_fault_has_its_call_its_words_and_its_needs() -> None:
    text = page().partition("## Stopped\n")[2].partition("\n## ")[0]

    assert "`Stopped(apps)`" in text
    assert "are stopped from their nodes (SIGSTOP)" in text
    assert "- **undo**: SIGCONT for those that stand still" in text
    assert text.endswith("- **needs**: hands on the node, nothing from the app\n")


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("Hang", ["the patient in the pod"]),
        ("NodeDeath", ["hands on the node"]),
        ("Killed", ["hands on the node, nothing from the app"]),
        ("PodDeleted", ["rights: `delete pods`"]),
        ("NodeForgotten", ["rights: `delete nodes`", "hands on the node"]),
    ],
)
def test_what_a_fault_needs_is_what_it_calls(name: str, needed: list[str]) -> None:
    assert needs(faults()[name]) == needed


@dataclass(frozen=True)
class Mute:
    name: str

    def inject(self, cluster: Cluster) -> None:
        """Do nothing."""

    def heal(self, cluster: Cluster) -> None: ...

    def symptom(self) -> Any:
        """Show nothing."""


def test_a_fault_that_says_too_little_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos.faults, "Mute", Mute, raising=False)
    monkeypatch.setattr(chaos.faults, "__all__", [*chaos.faults.__all__, "Mute"])

    assert [*missing()] == [
        "Mute does not say what it does",
        "Mute does not say undo",
        "Mute: what it needs is not known from what it calls",
    ]
