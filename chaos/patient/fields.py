"""What a field of an order may be: each check gives the value, or says what was wanted."""

from __future__ import annotations

import json
from collections.abc import Callable

Check = Callable[[object], object]
SCHEMES = ("http://", "postgres://")


def number(low: float, high: float) -> Callable[[object], float]:
    """A number in these bounds."""

    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError("a number")
        if not low <= value <= high:
            raise ValueError(f"from {low:g} to {high:g}")
        return float(value)

    return check


def count(low: int, high: int) -> Callable[[object], int]:
    """A whole number in these bounds."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError("a whole number")
        if not low <= value <= high:
            raise ValueError(f"from {low} to {high}")
        return value

    return check


def one_of(*choices: str | int) -> Check:
    """One of these."""

    def check(value: object) -> object:
        if isinstance(value, bool) or value not in choices:
            raise ValueError(" or ".join(json.dumps(choice) for choice in choices))
        return value

    return check


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def path(value: object) -> str:
    """A path."""
    if not isinstance(value, str) or not value.startswith("/"):
        raise ValueError("a path that starts with /")
    return value


def line(value: object) -> str:
    """A line of text."""
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError("one line of text")
    return value


def url(value: object) -> str:
    """An address that the patient can ask."""
    if not isinstance(value, str) or not value.startswith(SCHEMES) or " " in value:
        raise ValueError(f"a URL that starts with {' or '.join(SCHEMES)}")
    return value


def paths(value: object) -> tuple[str, ...]:
    """Several paths."""
    if not isinstance(value, list) or not value:
        raise TypeError("a list of paths")
    return tuple(path(item) for item in value)
