"""What the patient can be told to do, parsed once, at the edge.

An order is a JSON object: `{"do": <verb>, <field>: <value>, ...}`. Named tuples, not dataclasses:
importing those costs the patient 2 MiB and a third of its start.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

DIES_OF_SIGTERM = 143  # 128 + SIGTERM: what a shell, and so Kubernetes, shows
BOUND_MIB = 256.0  # a leak ends here unless the order says otherwise: hosts are shared


class BadOrder(Exception):
    """An order that cannot be carried out; the message is one line for whoever gave it."""


class Crash(NamedTuple):
    """The main process exits with `code`, once the order has been answered."""

    code: int = 1


class Hang(NamedTuple):
    """The main port accepts connections and never answers."""


class Deadlock(NamedTuple):
    """The worker thread stops for ever; everything else goes on."""


class Leak(NamedTuple):
    """Memory is taken and touched, and never more than `up_to_mib` of it."""

    mib_per_second: float
    up_to_mib: float = BOUND_MIB


class Health(NamedTuple):
    """The next `times` requests for `path` (0: all) get this `status`, `delay_seconds` late.

    Without a `status` the answer is the usual one, only late.
    """

    path: str = "/health"
    status: int | None = None
    delay_seconds: float = 0.0
    times: int = 0


class StartSlowly(NamedTuple):
    """The main port does not listen for so long. Only at start."""

    seconds: float


class OnSigterm(NamedTuple):
    """`how` is "exit" (with `code`) or "ignore"."""

    how: str = "exit"
    code: int = DIES_OF_SIGTERM


class MemoryHealth(NamedTuple):
    """`/health` answers 500 while the resident set is above `limit_mib`."""

    limit_mib: float


class Heal(NamedTuple):
    """Hang, deadlock, leak and health are undone; what was not there stays not there."""


Order = Crash | Hang | Deadlock | Leak | Health | StartSlowly | OnSigterm | MemoryHealth | Heal


def _number(low: float, high: float) -> Callable[[object], float]:
    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError("a number")
        if not low <= value <= high:
            raise ValueError(f"from {low:g} to {high:g}")
        return float(value)

    return check


def _count(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError("a whole number")
        if not low <= value <= high:
            raise ValueError(f"from {low} to {high}")
        return value

    return check


def _path(value: object) -> str:
    if not isinstance(value, str) or not value.startswith("/"):
        raise ValueError("a path that starts with /")
    return value


def _how(value: object) -> str:
    if value not in {"exit", "ignore"}:
        raise ValueError('"exit" or "ignore"')
    return str(value)


_A_DAY = 86400.0  # seconds
_A_TEBI = 1 << 20  # MiB

FIELDS: dict[str, tuple[type[Any], dict[str, Callable[[object], object]]]] = {
    "crash": (Crash, {"code": _count(0, 255)}),
    "hang": (Hang, {}),
    "deadlock": (Deadlock, {}),
    "leak": (Leak, {"mib_per_second": _number(0.01, _A_TEBI), "up_to_mib": _number(1, _A_TEBI)}),
    "health": (
        Health,
        {
            "path": _path,
            "status": _count(200, 599),
            "delay_seconds": _number(0, _A_DAY),
            "times": _count(0, _A_TEBI),
        },
    ),
    "start_slowly": (StartSlowly, {"seconds": _number(0, _A_DAY)}),
    "on_sigterm": (OnSigterm, {"how": _how, "code": _count(0, 255)}),
    "memory_health": (MemoryHealth, {"limit_mib": _number(1, _A_TEBI)}),
    "heal": (Heal, {}),
}


def parse(raw: object) -> Order:
    """One order from its JSON value. BadOrder says in one line what is wrong and what would do."""
    if not isinstance(raw, dict):
        raise BadOrder(f'an order is an object like {{"do": "crash"}}, not {json.dumps(raw)}')
    fields = dict(raw)
    verb = fields.pop("do", None)
    if not isinstance(verb, str) or verb not in FIELDS:
        raise BadOrder(f'"do" must be one of {", ".join(FIELDS)}, not {json.dumps(verb)}')
    kind, checks = FIELDS[verb]
    given = {name: _value(verb, name, value, checks) for name, value in fields.items()}
    missing = [n for n in kind._fields if n not in given and n not in kind._field_defaults]
    if missing:
        raise BadOrder(f'"{verb}" needs "{missing[0]}"')
    order: Order = kind(**given)
    return order


def _value(
    verb: str, name: str, value: object, checks: dict[str, Callable[[object], object]]
) -> object:
    check = checks.get(name)
    if check is None:
        knows = ", ".join(checks) or "no fields"
        raise BadOrder(f'"{verb}" knows {knows}, not {json.dumps(name)}')
    try:
        return check(value)
    except (TypeError, ValueError) as error:
        raise BadOrder(f'"{name}" of "{verb}" must be {error}, not {json.dumps(value)}') from None


def decode(text: bytes | str) -> object:
    """JSON to a value. BadOrder says where it stops being JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadOrder(f"not JSON: {error}") from None


def at_start(text: str) -> list[Order]:
    """The orders of PATIENT_ORDERS: a JSON list; empty text means none."""
    raw = decode(text) if text.strip() else []
    if not isinstance(raw, list):
        raise BadOrder(f"PATIENT_ORDERS is a JSON list of orders, not {json.dumps(raw)}")
    return [parse(order) for order in raw]
