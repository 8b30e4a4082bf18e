"""YAML as values, each with where it was written, or the line that is wrong.

Nothing is waited for, built or followed without an end: no deep nests, no aliases of aliases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from chaos.errors import BadManifest, one_line, quoted
from chaos.files import FEW, read
from chaos.workloads.scalars import Scalars

MOST = 100_000  # fields, with all that aliases stand for: an API server takes 3 MiB of them
DEEPEST = 200  # levels: 100,000 overrun the stack of libyaml's composer, which checks nothing
MERGE = "tag:yaml.org,2002:merge"
# What building YAML's own types may come to: !!int "", 2020-99-99, 5,000 digits.
UNBUILT = (ValueError, LookupError, TypeError, AttributeError, OverflowError)


class _Builds:
    """Tells the line of what cannot be built."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002  its own
        """One node as the value that it stands for."""
        try:
            built = super().construct_object(node, deep=deep)  # type: ignore[misc]
        except UNBUILT as error:
            what = f"{quoted(node.value, 60)} is no {node.tag.rpartition(':')[2]}"
            raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from error
        return built


class _Loader(_Builds, Scalars, yaml.SafeLoader):
    """PyYAML's own: it says well what is wrong."""


class _Quick(_Builds, Scalars, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same by libyaml, six times as fast (measured): for what is known to be well."""


@dataclass(frozen=True)
class Place:
    """Where something is written: both are counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, eq=False)
class Written:
    """A YAML document: its value, and where it was written."""

    where: str
    value: Any
    node: yaml.Node

    @property
    def line(self) -> int:
        """The line that it begins in."""
        return _place(self.node).line

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Where each field is written, by the path that the API server calls it."""
        return {path: _place(node) for path, node in _fields(self.node, "")}

    def place(self, path: str) -> Place:
        """Where a field is written, or what it would be written in."""
        while path and path not in self.places:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.places[path] if path else _place(self.node)


def written(path: Path) -> Iterator[Written]:
    """The documents of a file, whatever is in them; BadManifest for what is no YAML."""
    where = one_line(path)
    try:
        raw = read(path, most=FEW)
    except OSError as error:
        raise BadManifest(f"{where}: cannot be read: {one_line(error.strerror or error)}") from None
    yield from parsed(raw, where, _Loader)


def quickly(raw: bytes, where: str, most: int) -> Iterator[Written]:
    """The documents of text from many files, of at most so many fields each."""
    depth = _depth(raw) if yaml.__with_libyaml__ else None
    if depth is not None and depth > DEEPEST:
        raise BadManifest(f"{where}: it is nested too deeply")
    yield from parsed(raw, where, _Loader if depth is None else _Quick, most)


def _depth(raw: bytes) -> int | None:
    """How deeply it is nested, to be known before libyaml composes it; None for what is no YAML."""
    depth = deepest = 0
    try:
        for event in yaml.parse(raw.decode("utf-8-sig"), Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            deepest = max(deepest, depth)
            if deepest > DEEPEST:
                break
    except (yaml.YAMLError, ValueError):
        return None
    return deepest


def parsed(raw: bytes, where: str, load: type[Any], most: int = MOST) -> Iterator[Written]:
    """The documents in these bytes; BadManifest with the line of what is wrong."""
    try:
        loader = load(raw.decode("utf-8-sig"))
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            if why := _excess(node, most):
                del node  # whoever shows this frame would write out what the aliases stand for
                raise BadManifest(f"{where}:{why}")
            document = loader.construct_document(node)
            if document is not None:
                yield Written(where, document, node)
    except UnicodeDecodeError as error:
        raise BadManifest(f"{where}: cannot be read: {one_line(error)}") from None
    except RecursionError:
        raise BadManifest(f"{where}: it is nested too deeply") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        why = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise BadManifest(f"{where}{line}: {one_line(why)}") from None


class _Excessive(Exception):
    """The line, and what is said there once too often."""


def _excess(node: yaml.Node, most: int) -> str:
    """What aliases and keys say too often. Nobody who holds a node raises what others may show."""
    sizes: dict[int, int] = {}

    def size(one: yaml.Node, above: frozenset[int]) -> int:
        if id(one) in above:
            raise _Excessive(f"{_line(one)}: an alias stands for what it is in")
        if id(one) not in sizes:
            inner = above | {id(one)}
            sizes[id(one)] = 1 + sum(size(child, inner) for child in _inside(one))
        return sizes[id(one)]

    try:
        found = size(node, frozenset())
    except _Excessive as told:
        return str(told)
    return f"{_line(node)}: more than {most} fields, with its aliases" if found > most else ""


def _inside(node: yaml.Node) -> list[yaml.Node]:
    """The nodes in a node; no key of a mapping is there twice."""
    match node:
        case yaml.MappingNode():
            keys: dict[tuple[str, Any], yaml.Node] = {}
            for key, _ in node.value:
                first = key
                if isinstance(key, yaml.ScalarNode) and key.tag != MERGE:
                    first = keys.setdefault((key.tag, key.value), key)
                if first is not key:
                    said = f"{quoted(key.value, 60)} is there already, at line {_line(first)}"
                    raise _Excessive(f"{_line(key)}: {said}")
            return [one for pair in node.value for one in pair]
        case yaml.SequenceNode():
            return list(node.value)
        case _:
            return []


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _place(node: yaml.Node) -> Place:
    return Place(int(node.start_mark.line) + 1, int(node.start_mark.column) + 1)


def _fields(node: yaml.Node, path: str) -> Iterator[tuple[str, yaml.Node]]:
    """Each field by its path: a key, or an item of a list."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = f"{path}.{key.value}" if path else str(key.value)
            yield inner, key
            yield from _fields(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield f"{path}[{index}]", value
            yield from _fields(value, f"{path}[{index}]")
