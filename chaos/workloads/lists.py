"""Lists as the objects in them, each with the lines that it is written in."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import yaml

from chaos.workloads.written import Written

LIST = re.compile(r"([A-Za-z]*)List")


def unfolded(one: Written) -> Iterator[Written]:
    """A document as it is, or a list's items; those of a PodList need not say what they are."""
    said = one.value
    folded = LIST.fullmatch(str(said.get("kind"))) if isinstance(said, dict) else None
    if not folded or not isinstance(said.get("items"), list):
        yield one
        return
    usual = {"apiVersion": said.get("apiVersion"), "kind": folded[1]} if folded[1] else {}
    nodes = _items(one.node)
    for number, item in enumerate(said["items"]):
        node = nodes[number] if number < len(nodes) else one.node  # items of a merged mapping
        yield dataclasses.replace(one, value=_named(item, usual), node=node)


def _named(item: Any, usual: dict[str, Any]) -> Any:
    return usual | item if isinstance(item, dict) else item


def _items(node: yaml.Node) -> list[yaml.Node]:
    """The nodes of its items."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    found = next((value for key, value in pairs if key.value == "items"), None)
    return list(found.value) if isinstance(found, yaml.SequenceNode) else []
