"""The public names and their signatures, a line each: `python tests/public_api.py` writes the list.

Whoever changes one of these breaks somebody's scenarios, and says so in the same change.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import get_origin, is_typeddict

from chaos import Fault

LIST = Path(__file__).with_suffix(".txt")
HOME = re.compile(r"chaos\.[\w.]*\.")  # where a name lies, which may move
ROOMS = (
    "chaos",
    "chaos.errors",
    "chaos.faults",
    "chaos.laws",
    "chaos.testing",
    "chaos.windows",
    "chaos.workloads",
)


def names(room: str) -> list[str]:
    """What a room exports."""
    return sorted(importlib.import_module(room).__all__)


def lines(room: str) -> Iterator[str]:
    """Every public name of a room, with what it takes."""
    module = importlib.import_module(room)
    for name in names(room):
        yield from _told(f"{room}.{name}", getattr(module, name))


def _told(name: str, thing: object) -> Iterator[str]:
    if get_origin(thing) is not None:
        yield f"{name} = {re.sub(HOME, '', str(thing))}"
    elif is_typeddict(thing):
        for key, kind in sorted(thing.__annotations__.items()):
            yield f"{name}[{key}]: {_plain(getattr(kind, '__forward_arg__', str(kind)))}"
    elif inspect.isclass(thing):
        yield from _class(name, thing)
    elif inspect.isroutine(thing):
        yield f"{name}{_signature(thing)}"
    else:
        yield f"{name}: {type(thing).__name__}"


def _class(name: str, kind: type) -> Iterator[str]:
    """How it is made, unless it is only spoken of, and what of its own can be asked of it."""
    spoken_of = getattr(kind, "_is_protocol", False) or issubclass(kind, BaseException | Enum)
    bases = ", ".join(base.__name__ for base in kind.__bases__)
    yield f"{name}({bases})" if spoken_of else f"{name}{_signature(kind)}"
    for attribute in sorted({*dir(kind)} - _known(kind)):
        if not attribute.startswith("_") and not _inherited(kind, attribute):
            yield f"{name}.{attribute}{_member(inspect.getattr_static(kind, attribute))}"


def _known(kind: type) -> set[str]:
    """Its fields, which its making tells, and what every fault has."""
    fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
    faults = {*dir(Fault)} if kind.__module__.startswith("chaos.faults.") else set()
    return {field.name for field in fields} | faults


def _inherited(kind: type, attribute: str) -> bool:
    """Whether it is Python's own, as every exception's `add_note`."""
    home = next(base for base in kind.__mro__ if attribute in vars(base))
    return not home.__module__.startswith("chaos")


def _member(member: object) -> str:
    if isinstance(member, property):
        return f": {_plain(member.fget.__annotations__['return'])}" if member.fget else ""
    inner = getattr(member, "__func__", member)
    return _signature(inner) if callable(inner) else f": {type(member).__name__}"


def _signature(thing: Callable[..., object]) -> str:
    """What it is called with; a law as a scenario states it, without its history."""
    told = inspect.signature(thing)
    known = [taken for name, taken in told.parameters.items() if not name.startswith("_")]
    told = told.replace(parameters=[*map(_without_code, known)])
    if hasattr(thing, "__wrapped__") and told.return_annotation == "Verdict":
        rest = list(told.parameters.values())[1:]
        told = told.replace(parameters=rest, return_annotation="Law")
    return _plain(str(told))


def _without_code(taken: inspect.Parameter) -> inspect.Parameter:
    """A function that is a default has its address in its words."""
    return taken.replace(default=...) if inspect.isroutine(taken.default) else taken


def _plain(words: str) -> str:
    """Annotations as they are written, whatever this Python quotes of them."""
    return words.replace("'", "").replace('"', "")


def everything() -> str:
    """The list."""
    return "".join(f"{line}\n" for room in ROOMS for line in lines(room))


if __name__ == "__main__":
    LIST.write_text(everything())
