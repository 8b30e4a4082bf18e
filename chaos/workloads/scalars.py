"""YAML's plain words as kubectl reads them: dates stay text, `1e3` is a number, `y` is true.

PyYAML reads YAML 1.1, and so does kubectl's library, but not all of it: no dates, no base 60, and
numbers as Go has them (go.yaml.in/yaml/v2: resolve.go).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

TAG = "tag:yaml.org,2002:"
INT = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
APART = re.compile(r"(?<=[0-9])_(?=[0-9])")  # where Go's own float may have it
UNBOUND = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
TRUE = ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")
FALSE = ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")
NULL = ("", "~", "null", "Null", "NULL")
WORDS = dict.fromkeys(NULL, "null") | dict.fromkeys((*TRUE, *FALSE), "bool") | {"<<": "merge"}
LEAST, MOST = -(2**63), 2**64 - 1  # what Go's int64 and uint64 hold: beyond that it is a float
LONGEST = 67  # characters: -0b and 64 bits
WHOLE = 1e21  # from here on Go's JSON writes a float with an exponent


def tag_of(word: str) -> str:
    """What a word without quotes is, as the end of its tag."""
    if known := WORDS.get(word):
        return known
    plain = _plain(word)
    if INT.fullmatch(plain):
        return "int"
    return "float" if FLOAT.fullmatch(plain) or UNBOUND.fullmatch(word) else "str"


def _plain(word: str) -> str:
    """A number without its strokes: they may be anywhere behind its sign or first digit.

    In one that begins with a dot only between digits.
    """
    if word.startswith("_"):
        return word
    return APART.sub("", word) if word.startswith(".") else word.replace("_", "")


def truth(word: str) -> bool:
    """A bool; LookupError for what is none."""
    return {**dict.fromkeys(TRUE, True), **dict.fromkeys(FALSE, False)}[word]


def whole(word: str) -> int | float | str:
    """An int; what is too long for one is a float, or text, to Go. ValueError for what is none."""
    plain = _plain(word)
    if not INT.fullmatch(plain):
        raise ValueError(f"{word!r} is no whole number")
    number = _number(plain) if len(plain) <= LONGEST else math.inf
    if LEAST <= number <= MOST:
        return number
    return real(word) if FLOAT.fullmatch(plain) else word


def _number(plain: str) -> int | float:
    digits = plain.lstrip("+-")
    octal = digits.isdigit() and digits.startswith("0")
    number = int(digits, 8 if octal else 0)
    return -number if plain.startswith("-") else number


def real(word: str) -> int | float | str:
    """A float, whole if Go writes it without a point; text if it is too large for one.

    ValueError for what is none.
    """
    if UNBOUND.fullmatch(word):
        return float(word.lower().replace(".", ""))
    number = float(_plain(word))
    if math.isinf(number):
        return word
    return int(number) if abs(number) < WHOLE and number.is_integer() else number


BUILT: dict[str, Callable[[str], object]] = {
    f"{TAG}bool": truth,
    f"{TAG}int": whole,
    f"{TAG}float": real,
    f"{TAG}timestamp": str,
}


class Scalars:
    """Makes a PyYAML loader read as kubectl does: stands before it in a class's bases."""

    def resolve(self, kind: type[Any], value: Any, implicit: Any) -> Any:
        """The tag of a node that names none."""
        if isinstance(value, str) and implicit[0]:
            return TAG + tag_of(value)
        return super().resolve(kind, value, implicit)  # type: ignore[misc]

    def construct_object(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002  its own
        """A node's value."""
        build = BUILT.get(node.tag) if isinstance(node.value, str) else None
        return build(node.value) if build else super().construct_object(node, deep=deep)  # type: ignore[misc]
