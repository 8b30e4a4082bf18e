from __future__ import annotations

import pytest

from chaos.app.orders import (
    BadOrder,
    Crash,
    Deadlock,
    Hang,
    Heal,
    Health,
    Leak,
    MemoryHealth,
    OnSigterm,
    Order,
    StartSlowly,
    at_start,
    decode,
    parse,
)


@pytest.mark.parametrize(
    ("raw", "order"),
    [
        ({"do": "crash"}, Crash(1)),
        ({"do": "crash", "code": 3}, Crash(3)),
        ({"do": "hang"}, Hang()),
        ({"do": "deadlock"}, Deadlock()),
        ({"do": "leak", "mib_per_second": 2}, Leak(2.0, 256.0)),
        ({"do": "leak", "mib_per_second": 0.5, "up_to_mib": 9}, Leak(0.5, 9.0)),
        ({"do": "health", "status": 500}, Health("/health", 500, 0.0, 0)),
        (
            {"do": "health", "path": "/ready", "delay_seconds": 2, "times": 1},
            Health("/ready", None, 2.0, 1),
        ),
        ({"do": "start_slowly", "seconds": 4}, StartSlowly(4.0)),
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
        ({"do": "crash", "kode": 3}, '"crash" knows code, not "kode"'),
        ({"do": "hang", "code": 3}, '"hang" knows no fields, not "code"'),
        ({"do": "leak"}, '"leak" needs "mib_per_second"'),
        ({"do": "leak", "mib_per_second": 0}, "must be from 0.01 to"),
        ({"do": "leak", "mib_per_second": float("nan")}, "must be from 0.01 to"),
        ({"do": "leak", "mib_per_second": None}, "must be a number, not null"),
        ({"do": "health", "path": "health"}, "must be a path that starts with /"),
        ({"do": "health", "times": -1}, "must be from 0 to"),
        ({"do": "health", "times": 1.5}, "must be a whole number, not 1.5"),
        ({"do": "on_sigterm", "how": "die"}, 'must be "exit" or "ignore", not "die"'),
    ],
)
def test_a_bad_order_is_refused_in_one_line(raw: object, complaint: str) -> None:
    with pytest.raises(BadOrder) as refusal:
        parse(raw)

    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


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
