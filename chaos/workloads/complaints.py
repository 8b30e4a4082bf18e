"""What an API server says of a manifest, with the file and the line that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from chaos.workloads.builders import Spec

# A path as the API server writes it: `.spec.containers[name="app"].image`, `data[a.b]`.
PATH = re.compile(r"""\.?[A-Za-z]\w*(?:\.[\w/-]+|\[(?:"[^"]*"|[^]"])*\])+""")
STEP = re.compile(r"""\.?([\w/-]+)|\[((?:"[^"]*"|[^]"])*)\]""")
KEYED = re.compile(r'(\w+)=("[^"]*"|[^,]*)')

Cause = tuple[str, str]
"""One thing that is wrong: the field's path, and why."""


def complaint(spec: Spec, message: str, causes: Sequence[Cause] = ()) -> str:
    """The API server's message, or the things that are wrong, each with its file and line."""
    if not spec.origin:
        return message
    told = [f"{at}: {field}: {why}" for field, why in causes if (at := _line(spec, [field]))]
    if told and len(told) == len(causes):
        return "; ".join(told)
    return f"{_line(spec, PATH.findall(message)) or spec.origin}: {message}"


def _line(spec: Spec, paths: Sequence[str]) -> str:
    """Where the first of these paths is that is written; of one that is not, what it is in."""
    file = spec.origin.rpartition(":")[0]
    for path in paths:
        written = [way for way in _ways(spec, path) if way in spec.lines]
        if written:
            return f"{file}:{spec.lines[written[-1]]}"
    return ""


def _ways(spec: Spec, path: str) -> Iterator[str]:
    """The path and what it goes through, outermost first, as the lines' keys are written."""
    way, value = "", spec.manifest
    for name, item in STEP.findall(path):
        step = f".{name}" if name else _step(value, item)
        way += step if way else step.removeprefix(".")
        value = _inside(value, step)
        yield way


def _step(value: Any, item: str) -> str:
    """An item of a list by its number, also where it is named; a key of a mapping by its name."""
    if not isinstance(value, list):
        return f".{item.strip(chr(34))}"
    named = {key: said.strip('"') for key, said in KEYED.findall(item)}
    found = (number for number, one in enumerate(value) if _is(one, named))
    return f"[{next(found, item)}]"


def _is(one: Any, named: dict[str, str]) -> bool:
    """Whether an item is the one of these keys; some may have been filled in."""
    said = {key: str(one[key]) for key in named if key in one} if isinstance(one, dict) else {}
    return bool(said) and said.items() <= named.items()


def _inside(value: Any, step: str) -> Any:
    if step.startswith("["):
        number = step.strip("[]")
        there = isinstance(value, list) and number.isdigit() and int(number) < len(value)
        return value[int(number)] if there else None
    return value.get(step.removeprefix(".")) if isinstance(value, dict) else None
