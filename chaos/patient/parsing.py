"""Orders from JSON, at the edge: `{"do": <verb>, <field>: <value>, ...}`."""

from __future__ import annotations

import json
from typing import Any

from .fields import Check, count, flag, line, number, one_of, path, paths, url
from .orders import (
    TERM_SECONDS,
    BadOrder,
    Child,
    Crash,
    Deadlock,
    DemandPassword,
    DependsOn,
    ExecSays,
    Grpc,
    GrpcSays,
    Hang,
    Heal,
    Health,
    KillChild,
    Lasting,
    Leak,
    Marks,
    MemoryHealth,
    OnSigterm,
    Order,
    Refuse,
    StartSlowly,
    Visit,
)

UNTOLD = frozenset({"url", "location", "orders"})  # what may hold a password is not repeated
MANNERS = ("answer", "redirect", "reset", "silent", "headers_only")
SIGNALS = (9, 11, 15)  # SIGKILL, SIGSEGV, SIGTERM: those that `exits` can really die of


_A_DAY = 86400.0  # seconds
_A_TEBI = 1 << 20  # MiB
_AN_ANSWER = 30.0  # seconds
_MOST_VISITS = 100_000  # what came of each is kept: 100 bytes
FASTEST = 0.01  # seconds: 100 requests a second
AT_ONCE = 100  # requests under way, each with a thread of its own
_SPAN = number(0, _A_DAY)
_EXIT = count(0, 255)  # all that an exit status can be
_MIB = number(1, _A_TEBI)
_TERM: dict[str, Check] = {TERM_SECONDS: number(0.01, _A_DAY)}

FIELDS: dict[str, tuple[type[Any], dict[str, Check]]] = {
    "crash": (
        Crash,
        {
            "code": _EXIT,
            "signal": one_of(*SIGNALS),
            "after_seconds": _SPAN,
            "starts": count(1, _A_TEBI),
            "folder": path,
        },
    ),
    "hang": (Hang, {"accepts": flag, "after_seconds": _SPAN}),
    "refuse": (Refuse, {}),
    "deadlock": (Deadlock, {}),
    "leak": (Leak, {"mib_per_second": number(0.01, _A_TEBI), "up_to_mib": _MIB}),
    "health": (
        Health,
        {
            "path": path,
            "status": count(200, 599),
            "delay_seconds": _SPAN,
            "times": count(0, _A_TEBI),
            "manner": one_of(*MANNERS),
            "location": line,
        },
    ),
    "demand_password": (DemandPassword, {"path": path}),
    "depends_on": (DependsOn, {"url": url, "path": path}),
    "child": (Child, {"watched": flag}),
    "kill_child": (KillChild, {}),
    "grpc": (Grpc, {}),
    "grpc_says": (GrpcSays, {"status": one_of("serving", "not_serving", "silent")}),
    "exec_says": (ExecSays, {"code": _EXIT, "delay_seconds": _SPAN}),
    "marks": (Marks, {"folders": paths}),
    "start_slowly": (StartSlowly, {"seconds": _SPAN}),
    "lasting": (Lasting, {"folder": path, "orders": line}),
    "on_sigterm": (OnSigterm, {"how": one_of("exit", "ignore"), "code": _EXIT}),
    "memory_health": (MemoryHealth, {"limit_mib": _MIB}),
    "visit": (
        Visit,
        {
            "url": url,
            "of": line,
            "every_seconds": number(FASTEST, _A_DAY),
            "timeout_seconds": number(FASTEST, _AN_ANSWER),
            "at_most": count(1, _MOST_VISITS),
        },
    ),
    "heal": (Heal, {}),
}


def parse_told(raw: object) -> tuple[Order, float]:
    """One order of a patient that runs, and its `term_seconds`: 0 for one without."""
    fields = dict(raw) if isinstance(raw, dict) else {}
    if TERM_SECONDS not in fields:
        return parse(raw), 0.0
    term = _value(str(fields.get("do")), TERM_SECONDS, fields.pop(TERM_SECONDS), _TERM)
    return parse(fields), float(str(term))


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
    if complaint := _contradiction(verb, given):
        raise BadOrder(f'"{verb}" {complaint}')
    order: Order = kind(**given)
    return order


def _contradiction(verb: str, given: dict[str, Any]) -> str:
    """What does not go together, though each field alone is right; empty if all does."""
    if verb == "crash" and {"code", "signal"} <= given.keys():
        return 'takes "code" or "signal", not both'
    if verb == "crash" and ("starts" in given) != ("folder" in given):
        return 'takes "starts" and "folder" together'
    if verb == "health":
        return _manners(given)
    if verb == "visit":
        return _crowds(given)
    return ""


def _crowds(given: dict[str, Any]) -> str:
    every, timeout = ((Visit._field_defaults | given)[f"{n}_seconds"] for n in ("every", "timeout"))
    if timeout / every <= AT_ONCE:
        return ""
    return f"has at most {AT_ONCE} requests under way: {timeout:g} s at {every:g} s are more"


def _manners(given: dict[str, Any]) -> str:
    manner = given.get("manner", "answer")
    redirects = 300 <= given.get("status", 300) < 400  # noqa: PLR2004 - HTTP's redirects
    if "location" in given and manner != "redirect":
        return 'takes "location" only with "manner": "redirect"'
    if manner == "redirect" and not redirects:
        return f"redirects with a status from 300 to 399, not {given['status']}"
    if manner in {"reset", "silent"} and "status" in given:
        return f'has no "status" to send when its manner is "{manner}"'
    return ""


def _value(verb: str, name: str, value: object, checks: dict[str, Check]) -> object:
    check = checks.get(name)
    if check is None:
        knows = ", ".join(checks) or "no fields"
        raise BadOrder(f'"{verb}" knows {knows}, not {json.dumps(name)}')
    try:
        return check(value)
    except (TypeError, ValueError) as error:
        given = "" if name in UNTOLD else f", not {json.dumps(value)}"
        raise BadOrder(f'"{name}" of "{verb}" must be {error}{given}') from None


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
