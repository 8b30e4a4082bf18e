"""What a user can choose: one table, read as `--chaos-NAME` and as ini key `chaos_NAME`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from chaos.errors import ChaosError

RESERVED = frozenset({"auto", "embedded", "fake", "kind"})  # what --chaos-cluster means by itself
MOST_NODES = 30  # the pod networks that one block of addresses has room for


class BadOption(ChaosError):
    """An option has a value that cannot be used."""


@dataclass(frozen=True)
class Options:
    """The choices, each with its default."""

    cluster: str = "auto"
    nodes: int = 2
    profile: str = "fast"
    image: str = ""
    keep: bool = False
    reports: Path = Path("reports")
    slow: bool = False


HELP = {
    "cluster": "where to run: auto, embedded, fake (a rehearsal), or a cluster made by `chaos up`",
    "nodes": f"worker nodes of an embedded cluster, 1 to {MOST_NODES}",
    "profile": "node timers: fast, or default for Kubernetes' own (minutes)",
    "image": "an image to use as the patient, instead of one made from this host's Python",
    "keep": "keep the embedded cluster when the run is over (yes or no)",
    "reports": "the folder that reports go to",
    "slow": "run the scenarios that need minutes, too (yes or no)",
}
WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}


def options(given: dict[str, str]) -> Options:
    """Parse the words that were given; BadOption names the first one that cannot be used."""
    parsed: dict[str, Any] = {name: _parse(name, word) for name, word in given.items()}
    chosen = Options(**parsed)
    if not 1 <= chosen.nodes <= MOST_NODES:
        raise BadOption(_refusal("nodes", str(chosen.nodes), f"a number from 1 to {MOST_NODES}"))
    if chosen.profile not in {"fast", "default"}:
        raise BadOption(_refusal("profile", chosen.profile, "fast or default"))
    return chosen


def _parse(name: str, word: str) -> Any:
    kind = {field.name: field.type for field in fields(Options)}[name]
    match kind:
        case "int":
            return _number(name, word)
        case "bool":
            return _switch(name, word)
        case "Path":
            return Path(word)
        case _:
            return word


def _number(name: str, word: str) -> int:
    try:
        return int(word)
    except ValueError as error:
        raise BadOption(_refusal(name, word, "a whole number")) from error


def _switch(name: str, word: str) -> bool:
    if word.lower() not in WORDS:
        raise BadOption(_refusal(name, word, "yes or no"))
    return WORDS[word.lower()]


def _refusal(name: str, seen: str, wanted: str) -> str:
    return f"--chaos-{name} (ini: chaos_{name}) takes {wanted}, not {seen!r}"
