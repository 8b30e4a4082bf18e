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
from chaos.ports.cluster import Cluster


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
    needed = "somebody who can reach into containers from their nodes, nothing from the app"
    assert text.endswith(f"- **needs**: {needed}\n")


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("Hang", ["the patient in the pod"]),
        ("NodeDeath", ["somebody who can power machines off and on"]),
        ("KubeletFrozen", ["somebody who can stop the programs of nodes"]),
        ("PodDeleted", ["rights: `delete pods`"]),
        (
            "NodeForgotten",
            ["somebody who can stop the programs of nodes", "rights: `delete nodes`"],
        ),
        (
            "FailingProbe",
            [
                "somebody who can reach into containers from their nodes, nothing from the app",
                "toxiproxy in the pod (`through=` or `probes_through_proxy=`)",
            ],
        ),
    ],
)
def test_what_a_fault_needs_is_what_it_calls(name: str, needed: list[str]) -> None:
    assert needs(faults()[name]) == needed


@dataclass(frozen=True)
class Modest:
    """A fault that needs more than it says."""

    def inject(self, cluster: Cluster) -> None:
        """Pull the plug."""
        cluster.machine("worker1").power_off()

    def heal(self, cluster: Cluster) -> None:
        """Put it in."""

    def symptom(self) -> Any:
        """Show it."""


def test_a_fault_that_needs_more_than_it_says_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos.faults, "Modest", Modest, raising=False)
    monkeypatch.setattr(chaos.faults, "__all__", [*chaos.faults.__all__, "Modest"])

    assert "Modest needs [], but its calls take [<Capability.POWER: " in "".join(missing())


@dataclass(frozen=True)
class Mute:
    name: str

    def inject(self, cluster: Cluster) -> None:
        """Look."""
        cluster.check("etcd")

    def heal(self, cluster: Cluster) -> None: ...

    def symptom(self) -> Any:
        """Show nothing."""


def test_a_fault_that_says_too_little_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos.faults, "Mute", Mute, raising=False)
    monkeypatch.setattr(chaos.faults, "__all__", [*chaos.faults.__all__, "Mute"])

    assert [*missing()] == [
        "Mute does not say what it does",
        "Mute does not say undo",
        "Mute calls check: what that needs is not known",
    ]
