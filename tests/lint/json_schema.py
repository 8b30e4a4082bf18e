"""As much of JSON schema as SARIF's and ours use: it tells what a value lacks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

NAMES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
    "integer": int, "number": (int, float),
}  # fmt: skip


def wrong(value: Any, rule: Any, whole: Any, at: str = "$") -> list[str]:
    """What a schema has against a value, by the paths of its parts."""
    while "$ref" in rule:
        _, home, name = rule["$ref"].split("/")
        rule = whole[home][name]
    kinds = rule.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(is_a(value, kind) for kind in kinds):
        return [f"{at}: {kinds} is wanted"]
    told = [f"{at}: {why}" for why in plainly(value, rule)]
    for way, most in (("anyOf", len(rule.get("anyOf", []))), ("oneOf", 1)):
        fits = [one for one in rule.get(way, []) if not wrong(value, one, whole, at)]
        told += (
            [] if way not in rule or 0 < len(fits) <= most else [f"{at}: {len(fits)} fit of {way}"]
        )
    return told + [
        why for part in parts(value, rule, at) for why in wrong(*part[:2], whole, part[2])
    ]


def is_a(value: Any, kind: str) -> bool:
    """Whether it is of a type; JSON's numbers are no booleans."""
    return isinstance(value, NAMES[kind]) and (kind == "boolean" or not isinstance(value, bool))  # type: ignore[arg-type]


def plainly(value: Any, rule: Any) -> Iterator[str]:
    """What is wrong with a value as a whole."""
    if value not in rule.get("enum", [value]) or value != rule.get("const", value):
        yield "another value is wanted"
    if isinstance(value, str) and not re.search(rule.get("pattern", ""), value):
        yield f"no {rule['pattern']}"
    if isinstance(value, int) and not rule.get("minimum", value) <= value <= rule.get(
        "maximum", value
    ):
        yield "too small or too large"
    if isinstance(value, list):
        plain = [json.dumps(one, sort_keys=True) for one in value]
        if len(value) < rule.get("minItems", 0):
            yield "too few"
        if rule.get("uniqueItems") and len({*plain}) < len(plain):
            yield "the same twice"
    if isinstance(value, dict):
        yield from (f"no {name}" for name in rule.get("required", []) if name not in value)
        if rule.get("additionalProperties") is False:
            yield from (
                f"what is {name}?" for name in value if name not in rule.get("properties", {})
            )


def parts(value: Any, rule: Any, at: str) -> Iterator[tuple[Any, Any, str]]:
    """What is in a value, each with its own schema and path."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield one, rule.get("items", {}), f"{at}[{number}]"
    if isinstance(value, dict):
        others = rule.get("additionalProperties")
        others = others if isinstance(others, dict) else {}
        for name, one in value.items():
            yield one, rule.get("properties", {}).get(name, others), f"{at}.{name}"
