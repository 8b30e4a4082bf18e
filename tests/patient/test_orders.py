from __future__ import annotations

import re
from pathlib import Path

import pytest

from chaos.patient.orders import (
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
    told,
)
from chaos.patient.parsing import FIELDS, at_start, decode, parse


@pytest.mark.parametrize(
    ("raw", "order"),
    [
        ({"do": "crash"}, Crash(1)),
        ({"do": "crash", "code": 3}, Crash(3)),
        ({"do": "crash", "signal": 9}, Crash(signal=9)),
        ({"do": "crash", "after_seconds": 2}, Crash(after_seconds=2.0)),
        ({"do": "crash", "starts": 3, "folder": "/keep"}, Crash(starts=3, folder="/keep")),
        ({"do": "hang"}, Hang()),
        (
            {"do": "hang", "accepts": False, "after_seconds": 1},
            Hang(accepts=False, after_seconds=1.0),
        ),
        ({"do": "refuse"}, Refuse()),
        ({"do": "deadlock"}, Deadlock()),
        ({"do": "leak", "mib_per_second": 2}, Leak(2.0, 256.0)),
        ({"do": "leak", "mib_per_second": 0.5, "up_to_mib": 9}, Leak(0.5, 9.0)),
        ({"do": "health", "status": 500}, Health("/health", 500, 0.0, 0)),
        (
            {"do": "health", "path": "/ready", "delay_seconds": 2, "times": 1},
            Health("/ready", None, 2.0, 1),
        ),
        (
            {"do": "health", "manner": "redirect", "location": "/ready", "status": 301},
            Health(status=301, manner="redirect", location="/ready"),
        ),
        ({"do": "health", "manner": "reset"}, Health(manner="reset")),
        (
            {"do": "health", "manner": "headers_only", "status": 204},
            Health(status=204, manner="headers_only"),
        ),
        ({"do": "demand_password"}, DemandPassword("/health")),
        (
            {"do": "depends_on", "url": "http://10.0.0.1:8080/"},
            DependsOn("http://10.0.0.1:8080/", "/health"),
        ),
        ({"do": "child"}, Child(watched=False)),
        ({"do": "kill_child"}, KillChild()),
        ({"do": "grpc"}, Grpc()),
        ({"do": "grpc_says", "status": "silent"}, GrpcSays("silent")),
        ({"do": "exec_says", "code": 3}, ExecSays(3, 0.0)),
        ({"do": "marks", "folders": ["/keep", "/tmp"]}, Marks(("/keep", "/tmp"))),
        ({"do": "start_slowly", "seconds": 4}, StartSlowly(4.0)),
        ({"do": "lasting", "folder": "/keep"}, Lasting("/keep")),
        ({"do": "lasting", "folder": "/keep", "orders": "[]"}, Lasting("/keep", "[]")),
        ({"do": "on_sigterm"}, OnSigterm("exit", 143)),
        ({"do": "on_sigterm", "how": "ignore"}, OnSigterm("ignore", 143)),
        ({"do": "memory_health", "limit_mib": 40}, MemoryHealth(40.0)),
        ({"do": "heal"}, Heal()),
    ],
)
def test_an_order_is_its_fields_with_defaults(raw: object, order: Order) -> None:
    assert parse(raw) == order


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ("crash", 'an order is an object like {"do": "crash"}, not "crash"'),
        ([], "an order is an object"),
        ({}, '"do" must be one of crash, hang, '),
        ({"do": "explode"}, 'not "explode"'),
        ({"do": ["crash"]}, 'not ["crash"]'),
        ({"do": "crash", "code": 256}, '"code" of "crash" must be from 0 to 255, not 256'),
        ({"do": "crash", "code": "3"}, 'must be a whole number, not "3"'),
        ({"do": "crash", "code": True}, "must be a whole number, not true"),
        ({"do": "crash", "kode": 3}, '"crash" knows code, signal, '),
        ({"do": "refuse", "code": 3}, '"refuse" knows no fields, not "code"'),
        ({"do": "leak"}, '"leak" needs "mib_per_second"'),
        ({"do": "leak", "mib_per_second": 0}, "must be from 0.01 to"),
        ({"do": "leak", "mib_per_second": float("nan")}, "must be from 0.01 to"),
        ({"do": "leak", "mib_per_second": None}, "must be a number, not null"),
        ({"do": "health", "path": "health"}, "must be a path that starts with /"),
        ({"do": "health", "times": -1}, "must be from 0 to"),
        ({"do": "health", "times": 1.5}, "must be a whole number, not 1.5"),
        ({"do": "health", "manner": "vanish"}, 'must be "answer" or "redirect" or "reset" or'),
        ({"do": "health", "location": "/"}, 'takes "location" only with "manner": "redirect"'),
        ({"do": "health", "manner": "redirect", "location": "/a\r\nb"}, "must be one line of text"),
        ({"do": "health", "manner": "redirect", "location": ""}, "must be one line of text"),
        ({"do": "health", "manner": "redirect", "status": 200}, "from 300 to 399, not 200"),
        ({"do": "health", "manner": "redirect", "status": 400}, "from 300 to 399, not 400"),
        ({"do": "health", "manner": "reset", "status": 500}, 'no "status" to send'),
        ({"do": "health", "manner": "silent", "status": 500}, 'no "status" to send'),
        ({"do": "crash", "code": 1, "signal": 9}, 'takes "code" or "signal", not both'),
        ({"do": "crash", "signal": 2}, "must be 9 or 11 or 15, not 2"),
        ({"do": "crash", "signal": True}, "must be 9 or 11 or 15, not true"),
        ({"do": "crash", "starts": 2}, 'takes "starts" and "folder" together'),
        ({"do": "crash", "folder": "/keep"}, 'takes "starts" and "folder" together'),
        ({"do": "crash", "starts": 0, "folder": "/keep"}, "must be from 1 to"),
        ({"do": "hang", "accepts": 0}, "must be true or false, not 0"),
        ({"do": "hang", "after_seconds": -1}, "must be from 0 to"),
        ({"do": "depends_on"}, '"depends_on" needs "url"'),
        (
            {"do": "depends_on", "url": "https://10.0.0.1/"},
            "must be a URL that starts with http://",
        ),
        ({"do": "depends_on", "url": "http://a b/"}, "must be a URL that starts with http://"),
        (
            {"do": "grpc_says", "status": "SERVING"},
            'must be "serving" or "not_serving" or "silent"',
        ),
        ({"do": "exec_says", "code": 256}, "must be from 0 to 255"),
        ({"do": "marks", "folders": []}, "must be a list of paths"),
        ({"do": "marks", "folders": "/tmp"}, "must be a list of paths"),
        ({"do": "marks", "folders": ["tmp"]}, "must be a path that starts with /"),
        ({"do": "on_sigterm", "how": "die"}, 'must be "exit" or "ignore", not "die"'),
    ],
)
def test_a_bad_order_is_refused_in_one_line(raw: object, complaint: str) -> None:
    with pytest.raises(BadOrder) as refusal:
        parse(raw)

    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("field", "repeated"), [("url", False), ("path", True)])
def test_what_may_hold_a_password_is_refused_without_being_repeated(
    field: str, *, repeated: bool
) -> None:
    order = {"do": "depends_on", "url": "http://db/", "path": "/", field: "https://me:hunter2@db/"}

    with pytest.raises(BadOrder) as refusal:
        parse(order)

    assert ("hunter2" in str(refusal.value)) is repeated


def test_orders_at_start_are_a_list() -> None:
    assert at_start('[{"do": "hang"}, {"do": "crash"}]') == [Hang(), Crash()]
    assert at_start(" ") == []


@pytest.mark.parametrize("text", ['{"do": "hang"}', "hang", '["hang"]'])
def test_orders_at_start_that_are_no_list_of_orders_are_refused(text: str) -> None:
    with pytest.raises(BadOrder):
        at_start(text)


def test_what_is_not_json_is_refused_with_the_place() -> None:
    with pytest.raises(BadOrder, match=r"not JSON: .*line 1 column 2"):
        decode(b"{")


@pytest.mark.parametrize(
    ("order", "line"),
    [
        (Hang(), "Hang()"),
        (Crash(1), "Crash()"),
        (Crash(signal=9), "Crash(signal=9)"),
        (Leak(2.0), "Leak(mib_per_second=2.0)"),
        (Health(manner="reset", times=2), "Health(times=2, manner='reset')"),
    ],
)
def test_the_log_shows_what_is_not_as_usual(order: Order, line: str) -> None:
    assert told(order) == line


def test_every_order_and_field_is_in_the_document() -> None:
    document = (Path(__file__).parents[2] / "docs" / "patient.md").read_text()
    orders = {*re.findall(r"^\| `(\w+)` \|", document, re.MULTILINE), "crash", "heal"}

    assert orders == {*FIELDS}
    for _, fields in FIELDS.values():
        for field in fields:
            assert re.search(rf"\b{field}\b", document), field
