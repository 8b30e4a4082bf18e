"""How a run's command is told in its report: what a report's readers may know of it.

Any word of a command line may be a secret (`--db-password=...`, `-o token=...`). Told are our own
options, what pytest's choosing options choose, plain switches, and paths that are there; of every
other option its name. What is left out is shown as left out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

LEFT_OUT = "…"
# pytest's, each with a value that says which tests run, and how; never where or with what access.
CHOOSING = frozenset(
    {"-m", "-k", "-n", "-p", "--maxfail", "--tb", "--durations", "--numprocesses", "--dist"}
)
SWITCH = re.compile(r"-[A-Za-z]|-[hlqsvx]+|-r[A-Za-z]+|--[a-z][a-z-]*")
JOINED = re.compile(r"(-[mknp])(?=[\w])|(--(?:chaos-)?[a-z-]+)=")


def command(words: Sequence[str], *, folder: Path) -> str:
    """The command line for `pytest` and these words, as it may be told."""
    return shlex.join(["pytest", *_told([str(word) for word in words], folder)])


def _told(words: Sequence[str], folder: Path) -> Iterator[str]:
    before = ""
    for word in words:
        yield word if _taken(before) or _harmless(word, folder) else _name(word) + LEFT_OUT
        before = "" if _taken(before) else word


def _taken(before: str) -> bool:
    """Whether a word is the value of a harmless option in front of it."""
    return before in CHOOSING or (before.startswith("--chaos-") and "=" not in before)


def _harmless(word: str, folder: Path) -> bool:
    if SWITCH.fullmatch(word):
        return True
    if joined := JOINED.match(word):
        option = joined[1] or joined[2]
        return option in CHOOSING or option.startswith("--chaos-")
    return not word.startswith("-") and _is_there(word.partition("::")[0], folder)


def _is_there(path: str, folder: Path) -> bool:
    """Whether it names a file: a secret that is a file's name is told by the folder already."""
    try:
        return bool(path) and (folder / path).exists()
    except (OSError, ValueError):
        return False


def _name(word: str) -> str:
    """What may be told of an option with a value."""
    name, equals, _ = word.partition("=")
    return name + equals if equals and re.fullmatch(r"--[a-z][a-z-]*", name) else ""
