"""What is installed is what was locked: every package with its version and its hashes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
GROUPS = PROJECT["dependency-groups"]
WANTED = [
    *(("dev.lock", text) for text in (*PROJECT["project"]["dependencies"], *GROUPS["dev"])),
    *(("go.lock", text) for text in GROUPS["go"]),
]


def pins(lock: str) -> dict[str, str]:
    """Names and versions."""
    text = (ROOT / "scripts" / lock).read_text()
    return {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([\w.-]+)(?:\[.+\])?==([^\s;]+)", text, re.MULTILINE)
    }


@pytest.mark.parametrize(("lock", "text"), WANTED, ids=[text for _, text in WANTED])
def test_what_the_project_asks_for_is_locked_at_a_version_that_will_do(
    lock: str, text: str
) -> None:
    wanted = Requirement(text)

    version = pins(lock).get(canonicalize_name(wanted.name))

    assert version is not None, f"{wanted.name} is not in {lock}: run scripts/lock"
    assert wanted.specifier.contains(version), f"{wanted}: run scripts/lock"


@pytest.mark.parametrize("lock", ["dev.lock", "go.lock"])
def test_every_locked_package_has_a_hash(lock: str) -> None:
    text = (ROOT / "scripts" / lock).read_text()
    entries = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]

    assert len(entries) == len(pins(lock))
    assert all("--hash=sha256:" in entry for entry in entries)
