"""What a user can choose: one table, read as `--chaos-NAME` and as ini key `chaos_NAME`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from chaos.errors import ChaosError, quoted

MOST_REPEATS = 10_000  # more is a slip of the finger
LONGEST_NUMBER = 20  # characters: any number so long is out of every range
NUMBER = re.compile(r"[+-]?[0-9]+")
LONGEST_LOOK = 600  # seconds: a fault is open for 15 minutes at most
MOST_NODES = 30  # the /24s of a block of addresses, less one for nodes and one for services


class BadOption(ChaosError):
    """An option has a value that cannot be used."""


@dataclass(frozen=True)
class Options:
    """The choices, each with its default."""

    cluster: str = "auto"
    nodes: int = 2
    profile: str = "fast"
    image: str = ""
    load: str = ""
    keep: bool = False
    reports: Path = Path("reports")
    slow: bool = False
    repeat: int = 1
    look_on: int = 30
    radius: int = 2
    dry_run: bool = False
    context: str = ""
    allow_context: str = ""
    app: str = ""


HELP = {
    "cluster": "where to run: auto, embedded, fake (a rehearsal), or a cluster made by `chaos up`",
    "nodes": f"worker nodes of an embedded cluster, 1 to {MOST_NODES}",
    "profile": "node timers: fast, or default for Kubernetes' own (minutes)",
    "image": "an image to use as the patient, instead of one made from this host's Python",
    "load": "image archives that the nodes of an embedded cluster are given, with commas between",
    "keep": "keep the embedded cluster when the run is over (yes or no)",
    "reports": "the folder that reports go to",
    "slow": "run the scenarios that need minutes, too (yes or no)",
    "look_on": f"seconds to look on for what did not come in time, 0 to {LONGEST_LOOK}",
    "radius": "how many nodes may be taken at once",
    "dry_run": "do nothing, and say what would be done, and whether you may (yes or no)",
    "context": "a cluster that is there already, by its context in your kubeconfig",
    "allow_context": "the contexts that may be touched: names or patterns, with commas between",
    "app": "an app to be tried: its manifests' files and folders, with commas between",
    "repeat": "run each scenario so many times; all results are reported, and all must be kept",
}
WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}


PYTEST = "--chaos-{1} (ini: chaos_{0})"  # how an option is spelled there


def options(given: Mapping[str, object], *, spelled: str = PYTEST) -> Options:
    """Parse the words that were given; BadOption names the first one that cannot be used."""
    try:
        return _checked(given)
    except _Wrong as wrong:
        name, wanted = wrong.args
        raise BadOption(refusal(name, wanted, given[name], spelled)) from None


def refusal(name: str, wanted: str, given: object, spelled: str = PYTEST) -> str:
    """What is said of a value that cannot be used."""
    return f"{spelled.format(name, dashed(name))} takes {wanted}, not {quoted(given)}"


def dashed(name: str) -> str:
    """An option as it is spelled on a command line."""
    return name.replace("_", "-")


def unheeded(chosen: Options, there: Mapping[str, object]) -> list[str]:
    """The wishes that a cluster that is there already does not come up to, as they are spelled."""
    usual = Options()
    return [
        f"--chaos-{dashed(name)}={getattr(chosen, name)}"
        for name, value in there.items()
        if getattr(chosen, name) not in {value, getattr(usual, name)}
    ]


class _Wrong(Exception):
    """An option's name, and what it takes."""


def _checked(given: Mapping[str, object]) -> Options:
    parsed: dict[str, Any] = {name: _parse(name, word) for name, word in given.items()}
    chosen = Options(**parsed)
    if not 1 <= chosen.nodes <= MOST_NODES:
        raise _Wrong("nodes", f"a number from 1 to {MOST_NODES}")
    if not 1 <= chosen.repeat <= MOST_REPEATS:
        raise _Wrong("repeat", f"a number from 1 to {MOST_REPEATS}")
    if not 1 <= chosen.radius <= MOST_NODES:
        raise _Wrong("radius", f"a number from 1 to {MOST_NODES}")
    if not 0 <= chosen.look_on <= LONGEST_LOOK:
        raise _Wrong("look_on", f"a number from 0 to {LONGEST_LOOK}")
    if chosen.profile not in {"fast", "default"}:
        raise _Wrong("profile", "fast or default")
    if not chosen.image.isprintable() or " " in chosen.image:
        raise _Wrong("image", "the name of an image")
    if chosen.load and not all(map(_is_path, chosen.load.split(","))):
        raise _Wrong("load", "image archives, with commas between")
    return chosen


def _parse(name: str, word: object) -> Any:
    kind = {field.name: field.type for field in fields(Options)}[name]
    if not isinstance(word, str):  # a list of an ini file in TOML
        raise _Wrong(name, "one word")
    match kind:
        case "int":
            return _number(name, word)
        case "bool":
            return _switch(name, word)
        case "Path":
            return _folder(name, word)
        case _:
            return word


def _number(name: str, word: str) -> int:
    if not NUMBER.fullmatch(word):
        raise _Wrong(name, "a whole number")
    return int(word[:LONGEST_NUMBER])  # which is out of every range, as the whole is


def _folder(name: str, word: str) -> Path:
    if not _is_path(word):
        raise _Wrong(name, "a folder")
    return Path(word)


def _is_path(word: str) -> bool:
    return bool(word.strip()) and "\0" not in word


def _switch(name: str, word: str) -> bool:
    if word.lower() not in WORDS:
        raise _Wrong(name, "yes or no")
    return WORDS[word.lower()]
