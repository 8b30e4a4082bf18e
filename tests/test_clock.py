from __future__ import annotations

import threading

from deadlines import LONG

from chaos import minutes, seconds
from chaos.clock import ManualClock, SystemClock, poll, stamp


def test_a_minute_is_sixty_seconds() -> None:
    assert minutes(2) == seconds(120)


def test_a_manual_clock_stands_still_until_somebody_waits() -> None:
    clock, news = ManualClock(), threading.Condition()
    happened: list[float] = []
    clock.at(seconds(3), lambda: happened.append(clock.now()))
    clock.at(seconds(1), lambda: happened.append(clock.now()))
    clock.at(seconds(9), lambda: happened.append(clock.now()))

    clock.wait(news, until=seconds(5), unless=lambda: False)

    assert happened == [1, 3]
    assert clock.now() == seconds(5)


def test_a_manual_clock_stops_at_the_news() -> None:
    clock, news = ManualClock(), threading.Condition()
    happened: list[int] = []
    clock.at(seconds(1), lambda: happened.append(1))
    clock.at(seconds(2), lambda: happened.append(2))

    clock.wait(news, until=seconds(5), unless=lambda: bool(happened))

    assert (happened, clock.now()) == ([1], seconds(1))


def test_what_is_due_already_happens_without_turning_the_clock_back() -> None:
    clock, news = ManualClock(), threading.Condition()
    clock.wait(news, until=seconds(5), unless=lambda: False)
    happened: list[float] = []
    clock.at(seconds(1), lambda: happened.append(clock.now()))

    clock.wait(news, until=seconds(5), unless=lambda: bool(happened))

    assert happened == [5]


def test_waiting_for_the_past_is_over_at_once() -> None:
    clock = ManualClock()
    clock.wait(threading.Condition(), until=seconds(5), unless=lambda: False)

    clock.wait(threading.Condition(), until=seconds(2), unless=lambda: False)

    assert clock.now() == seconds(5)


def test_the_system_clock_counts_from_its_making() -> None:
    clock = SystemClock()

    first = clock.now()

    assert 0 <= first <= clock.now() < LONG


def test_the_system_clock_returns_at_once_when_there_is_news() -> None:
    clock = SystemClock()

    clock.wait(threading.Condition(), until=seconds(3600), unless=lambda: True)
    clock.wait(threading.Condition(), until=seconds(-1), unless=lambda: False)

    assert clock.now() < LONG


def test_polling_asks_until_it_is_true_or_too_late() -> None:
    clock = ManualClock()

    soon = poll(lambda: clock.now() >= 3, within=seconds(5), every=seconds(1), clock=clock)
    late = poll(lambda: clock.now() >= 30, within=seconds(5), every=seconds(2), clock=clock)

    assert (soon, late) == (True, False)
    assert clock.now() == seconds(8)


def test_a_time_that_the_cluster_wrote_is_read_in_seconds() -> None:
    assert stamp("1970-01-01T00:01:40Z") == 100
    assert stamp("1970-01-01T02:01:40.5+02:00") == 100.5
