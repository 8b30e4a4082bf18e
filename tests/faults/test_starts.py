"""Faults that later starts of the app remember: what the patient is told."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from chaos import Fault, Ruling, seconds
from chaos.faults import Crash, CrashLoop, NeverStarted, PasswordDemand, SlowStart
from chaos.history.facts import Answered
from chaos.history.looked import Got
from chaos.testing import app_of, at, pod, restarted, story
from chaos.workloads.admitted import Stand

DB = pod("db-1")
ONE = app_of(DB)
WEB = app_of(pod("web-1"), pod("web-2"))


@dataclass
class Orders:
    """Takes down orders: all that these faults need of a cluster."""

    told: list[tuple[str, str, dict[str, float | str]]] = field(default_factory=list)
    soothed: list[str] = field(default_factory=list)

    def tell(self, pod: Stand, order: str, **settings: float | str) -> None:
        self.told.append((pod.name, order, settings))

    def soothe(self, *pods: Stand) -> None:
        self.soothed += [pod.name for pod in pods]


def test_a_slow_start_is_left_word_of_before_the_crash() -> None:
    orders = Orders()

    SlowStart(WEB, slow=9, folder="/kept").inject(orders)  # type: ignore[arg-type]

    word = {"folder": "/kept", "orders": '[{"do": "start_slowly", "seconds": 9}]'}
    assert orders.told == [
        ("web-1", "lasting", word),
        ("web-1", "crash", {}),
        ("web-2", "lasting", word),
        ("web-2", "crash", {}),
    ]


def test_a_slow_start_is_healed_by_telling_every_patient_to_be_well() -> None:
    orders = Orders()

    SlowStart(WEB, slow=9).heal(orders)  # type: ignore[arg-type]

    assert orders.soothed == ["web-1", "web-2"]


def test_an_app_that_has_never_started_is_left_word_of_it_before_the_crash() -> None:
    orders = Orders()

    NeverStarted(ONE, path="/up", folder="/kept").inject(orders)  # type: ignore[arg-type]
    NeverStarted(ONE).heal(orders)  # type: ignore[arg-type]

    word = '[{"do": "health", "path": "/up", "status": 503}]'
    assert orders.told == [
        ("db-1", "lasting", {"folder": "/kept", "orders": word}),
        ("db-1", "crash", {}),
    ]
    assert orders.soothed == ["db-1"]


def test_a_demand_for_a_password_lasts_only_where_a_folder_keeps_it() -> None:
    once, lasting = Orders(), Orders()

    PasswordDemand(ONE).inject(once)  # type: ignore[arg-type]
    PasswordDemand(ONE, folder="/kept").inject(lasting)  # type: ignore[arg-type]

    word = {"folder": "/kept", "orders": '[{"do": "demand_password"}]'}
    assert once.told == [("db-1", "demand_password", {})]
    assert lasting.told == [("db-1", "lasting", word), ("db-1", "demand_password", {})]


@pytest.mark.parametrize(
    ("status", "slow", "ruling"),
    [
        pytest.param(None, 9.0, Ruling.HOLDS, id="its-door-is-closed-yet"),
        pytest.param(200, 9.0, Ruling.BROKEN, id="it-only-says-so"),
        pytest.param(None, 0.0, Ruling.BROKEN, id="its-door-is-closed-for-another-reason"),
        pytest.param(None, 8.0, Ruling.BROKEN, id="another-span"),
    ],
)
def test_the_next_start_shows_the_symptom(status: int | None, slow: float, ruling: Ruling) -> None:
    (stand,) = ONE.stands
    answer = Answered(seconds(9), stand.uid, ONE.name, status, {"slow_seconds": slow})

    verdict = SlowStart(ONE, slow=9).symptom().judge(story(answer, stood=[DB], end=20))

    assert verdict.ruling is ruling


@pytest.mark.parametrize(("slow", "due"), [(9, 6), (1, 5.5)], ids=["a-second", "half-of-it"])
def test_who_starts_slowly_is_asked_twice_meanwhile(slow: float, due: float) -> None:
    (stand,) = ONE.stands
    well = Answered(seconds(5), stand.uid, ONE.name, 200, {"slow_seconds": 0.0})

    verdict = SlowStart(ONE, slow).symptom().judge(story(well, stood=[DB], end=5))

    assert (verdict.ruling, verdict.due) == (Ruling.OPEN, due)


@pytest.mark.parametrize(
    ("path", "said", "moment", "ruling"),
    [
        ("/startup", 503, 10, Ruling.HOLDS),
        ("/startup", 503, 10.1, Ruling.BROKEN),
        ("/startup", 200, 10, Ruling.BROKEN),
        ("/health", 503, 10, Ruling.OPEN),
    ],
    ids=["it-says-so", "too-late", "it-has-started", "another-path"],
)
def test_one_that_has_never_started_is_heard_to_say_so(
    path: str, said: int, moment: float, ruling: Ruling
) -> None:
    (stand,) = ONE.stands
    got = Got(seconds(moment), stand.uid, ONE.name, path, said)

    assert NeverStarted(ONE).symptom().judge(story(got, stood=[DB], end=20)).ruling is ruling


def test_a_crash_loop_is_left_word_of_before_the_first_crash() -> None:
    orders = Orders()

    CrashLoop(WEB, times=4, code=3, folder="/kept").inject(orders)  # type: ignore[arg-type]
    CrashLoop(ONE).heal(orders)  # type: ignore[arg-type]

    again = '[{"do": "crash", "code": 3, "starts": 3, "folder": "/kept"}]'
    word = {"folder": "/kept", "orders": again}
    assert orders.told == [
        ("web-1", "lasting", word),
        ("web-1", "crash", {"code": 3}),
        ("web-2", "lasting", word),
        ("web-2", "crash", {"code": 3}),
    ]
    assert orders.soothed == ["db-1"]


def test_a_crash_loop_of_one_end_leaves_no_word() -> None:
    orders = Orders()

    CrashLoop(ONE, times=1).inject(orders)  # type: ignore[arg-type]

    assert orders.told == [("db-1", "crash", {"code": 1})]


def test_a_crash_is_told_a_code_or_a_signal() -> None:
    orders = Orders()

    Crash(ONE, code=3).inject(orders)  # type: ignore[arg-type]
    Crash(ONE, signal=9).inject(orders)  # type: ignore[arg-type]

    assert orders.told == [("db-1", "crash", {"code": 3}), ("db-1", "crash", {"signal": 9})]


@pytest.mark.parametrize(
    ("fault", "code"),
    [(Crash(ONE, code=3), 3), (Crash(ONE, signal=15), 143), (CrashLoop(ONE, code=0), 0)],
    ids=str,
)
def test_an_end_is_proved_by_its_code(fault: Fault, code: int) -> None:
    first, other = restarted(DB, code=code), restarted(DB, code=code + 1)

    assert fault.symptom().judge(story(at(1, first), stood=[DB], end=20)).ruling is Ruling.HOLDS
    assert fault.symptom().judge(story(at(1, other), stood=[DB], end=20)).ruling is Ruling.BROKEN
