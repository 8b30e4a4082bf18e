"""A patient that nobody heals heals itself when its term is over, and not before."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chaos.patient import marks
from chaos.patient.orders import BadOrder, Hang, Heal, Lasting
from chaos.patient.parsing import parse, parse_told
from chaos.patient.serving import Ports
from chaos.patient.term import NEVER, Deadline
from patient.bedside import Bed, bed_of, until
from patient.wristwatch import Wristwatch

pytestmark = pytest.mark.loopback

SHORT, LONG = 0.5, 600.0
BIT = 0.125  # of a second: sums with it are exact
Admit = Callable[..., "subprocess.Popen[str]"]
ILLNESSES: list[dict[str, Any]] = [
    {"do": "hang"},
    {"do": "hang", "accepts": False},
    {"do": "refuse"},
    {"do": "deadlock"},
    {"do": "health", "status": 500},
    {"do": "demand_password"},
    {"do": "leak", "mib_per_second": 500, "up_to_mib": 5},
    {"do": "exec_says", "code": 3},
    {"do": "crash", "after_seconds": 600},
]


def ailments(bed: Bed) -> dict[str, Any]:
    volatile = ("since", "rss_mib", "healed_itself", "requests")
    return {name: value for name, value in bed.report().items() if name not in volatile}


@pytest.mark.parametrize("illness", ILLNESSES, ids=json.dumps)
def test_whatever_ails_it_is_over_with_its_term(
    opened: Ports, bed: Bed, watch: Wristwatch, illness: dict[str, Any]
) -> None:
    said: list[str] = []
    opened.main.patient.say = said.append
    before = ailments(bed)

    bed.order(**illness, term_seconds=SHORT)
    watch.pass_time(SHORT - BIT)
    ill = ailments(bed)
    watch.pass_time(BIT)

    assert ill.pop("term_seconds") == round(BIT, 1)
    assert ill != {name: before[name] for name in ill}
    assert until(lambda: ailments(bed) == before)
    assert bed.report()["healed_itself"] == 1
    assert said == ["healed itself: the term is over, and nobody gave the order"]


def test_who_waits_for_the_hung_is_answered_when_the_term_is_over(
    bed: Bed, watch: Wristwatch
) -> None:
    bed.order(do="hang", term_seconds=SHORT)

    assert bed.silent()
    watch.pass_time(SHORT)
    assert bed.get() == 200


def test_an_order_that_came_in_time_puts_the_end_off(bed: Bed, watch: Wristwatch) -> None:
    bed.order(do="hang", term_seconds=SHORT)
    watch.pass_time(SHORT - BIT)
    bed.order(do="health", path="/ready", status=500, term_seconds=LONG)

    watch.pass_time(LONG - BIT)
    assert bed.report()["hung"]
    assert bed.report()["healed_itself"] == 0
    watch.pass_time(BIT)
    assert not bed.report()["hung"]
    assert bed.report()["healed_itself"] == 1


@pytest.mark.parametrize("term", [{}, {"term_seconds": SHORT}], ids=["no-term", "a-shorter-one"])
def test_no_order_brings_the_end_nearer(
    bed: Bed, watch: Wristwatch, term: dict[str, float]
) -> None:
    bed.order(do="hang", term_seconds=LONG)
    bed.order(do="health", path="/ready", status=500, **term)

    assert bed.report()["term_seconds"] == LONG
    watch.pass_time(LONG - BIT)
    assert bed.report()["hung"]
    watch.pass_time(BIT)
    assert not bed.report()["hung"]


def test_an_order_without_a_term_has_no_end(bed: Bed, watch: Wristwatch) -> None:
    bed.order(do="hang")

    assert bed.report()["term_seconds"] is None
    watch.pass_time(10 * LONG)
    assert bed.report()["hung"]


def test_who_is_healed_in_time_does_not_heal_itself_later(bed: Bed, watch: Wristwatch) -> None:
    bed.order(do="hang", term_seconds=SHORT)
    bed.order(do="heal")
    bed.order(do="deadlock")  # by somebody who means it to stay

    watch.pass_time(LONG)
    assert bed.report()["deadlocked"]
    assert bed.report()["healed_itself"] == 0


def test_an_end_that_was_called_off_as_it_came_ends_nothing(
    opened: Ports, bed: Bed, watch: Wristwatch
) -> None:
    bed.order(do="hang", term_seconds=SHORT)
    [late] = watch.set  # its thread has begun, and waits for the lock
    bed.order(do="heal")
    bed.order(do="hang", term_seconds=LONG)
    watch.ringing = late
    late.ring()

    assert bed.report()["hung"]
    assert opened.main.patient.term.times == 0


def test_a_second_illness_has_a_term_of_its_own(bed: Bed, watch: Wristwatch) -> None:
    for times in (1, 2):
        bed.order(do="hang", term_seconds=SHORT)
        assert bed.report()["hung"]
        watch.pass_time(SHORT)
        assert bed.report()["healed_itself"] == times
        assert not bed.report()["hung"]


def test_a_patient_by_the_real_clock_heals_itself(bed: Bed) -> None:
    bed.order(do="hang", term_seconds=SHORT)

    assert until(lambda: bed.report()["healed_itself"] == 1)
    assert not bed.report()["hung"]


def test_to_be_well_has_no_term(opened: Ports, bed: Bed) -> None:
    opened.main.patient.obey(Heal(), term=SHORT)

    assert bed.report()["term_seconds"] is None


def test_an_order_that_is_refused_has_no_term(bed: Bed) -> None:
    status, _ = bed.order(do="kill_child", term_seconds=SHORT)

    assert status == 400
    assert bed.report()["term_seconds"] is None


def test_the_term_travels_with_the_order() -> None:
    assert parse_told({"do": "hang", "term_seconds": 900}) == (Hang(), 900.0)
    assert parse_told({"do": "hang"}) == (Hang(), 0.0)


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ({"do": "hang", "term_seconds": 0}, '"term_seconds" of "hang" must be from 0.01 to'),
        ({"do": "hang", "term_seconds": "9"}, 'must be a number, not "9"'),
        ({"do": "explode", "term_seconds": 9}, '"do" must be one of'),
        ("hang", "an order is an object"),
    ],
)
def test_a_bad_term_is_refused_in_one_line(raw: object, complaint: str) -> None:
    with pytest.raises(BadOrder) as refusal:
        parse_told(raw)

    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_order_at_the_start_has_no_term() -> None:
    with pytest.raises(BadOrder, match='knows accepts, after_seconds, not "term_seconds"'):
        parse({"do": "hang", "term_seconds": 9})


def told_for_later(admit: Admit, folder: Path, **term: float) -> None:
    """A patient is told what its next starts shall answer, and ends."""
    patient = admit({"do": "lasting", "folder": str(folder)})
    bed = bed_of(patient)
    orders = json.dumps([{"do": "health", "status": 503}])
    assert bed.order(do="lasting", folder=str(folder), orders=orders, **term)[0] == 200
    bed.order(do="crash", code=0, **term)
    assert patient.wait(LONG) == 0


def next_start(admit: Admit, folder: Path) -> tuple[subprocess.Popen[str], Bed]:
    patient = admit({"do": "lasting", "folder": str(folder)})
    return patient, bed_of(patient)


@pytest.mark.subprocess
def test_what_was_left_for_later_starts_has_the_rest_of_its_term(
    admit: Admit, tmp_path: Path
) -> None:
    told_for_later(admit, tmp_path, term_seconds=LONG)
    _, given = marks.lasting(str(tmp_path))

    _, bed = next_start(admit, tmp_path)

    assert bed.get("/health") == 503
    _, kept = marks.lasting(str(tmp_path))
    assert kept.until == pytest.approx(given.until, abs=0.001)  # however long the start took


def test_what_was_left_for_later_starts_ends_with_the_term(
    opened: Ports, bed: Bed, watch: Wristwatch, tmp_path: Path
) -> None:
    orders = json.dumps([{"do": "health", "status": 503}])
    marks.last(str(tmp_path), orders, Deadline(watch.now + SHORT, LONG))
    opened.main.patient.obey(Lasting(str(tmp_path)), starting=True)

    assert bed.get("/health") == 503
    watch.pass_time(SHORT)
    assert bed.get("/health") == 200
    assert bed.report()["healed_itself"] == 1
    assert marks.lasting(str(tmp_path)) == ("", NEVER)


@pytest.mark.subprocess
def test_a_start_after_the_term_is_told_nothing_and_says_so(admit: Admit, tmp_path: Path) -> None:
    told_for_later(admit, tmp_path, term_seconds=60)
    orders, _ = marks.lasting(str(tmp_path))
    marks.last(str(tmp_path), orders, Deadline(time.monotonic() - 1, 60))

    patient = admit({"do": "lasting", "folder": str(tmp_path)})
    assert patient.stdout is not None
    first = patient.stdout.readline()
    bed = bed_of(patient)

    assert first == "healed itself: the term is over, and nobody gave the order\n"
    assert bed.get("/health") == 200
    assert bed.report()["healed_itself"] == 1
    assert marks.lasting(str(tmp_path)) == ("", NEVER)


@pytest.mark.subprocess
def test_what_was_left_without_a_term_stays(admit: Admit, tmp_path: Path) -> None:
    told_for_later(admit, tmp_path)

    _, bed = next_start(admit, tmp_path)

    assert (bed.get("/health"), bed.report()["term_seconds"]) == (503, None)


@pytest.mark.subprocess
def test_a_new_order_renews_what_was_left_for_later_starts(admit: Admit, tmp_path: Path) -> None:
    told_for_later(admit, tmp_path, term_seconds=60)
    patient, bed = next_start(admit, tmp_path)

    bed.order(do="refuse", term_seconds=LONG)
    patient.kill()

    assert next_start(admit, tmp_path)[1].report()["term_seconds"] > 60


@pytest.mark.subprocess
def test_after_a_boot_what_was_left_has_its_whole_term_once(admit: Admit, tmp_path: Path) -> None:
    orders = json.dumps([{"do": "health", "status": 503}])
    marks.last(str(tmp_path), orders, Deadline(time.monotonic() + 1e6, LONG))  # the clock fell back

    _, bed = next_start(admit, tmp_path)

    assert bed.get("/health") == 503
    assert LONG - 60 < bed.report()["term_seconds"] <= LONG
    _, kept = marks.lasting(str(tmp_path))
    assert kept.until < time.monotonic() + LONG


@pytest.mark.parametrize("line", ["soon 1", "1", "1 2 3"])
def test_a_deadline_that_is_none_is_refused_with_its_file(tmp_path: Path, line: str) -> None:
    (tmp_path / marks.LASTING).write_text(f"{line}\n[]")

    with pytest.raises(BadOrder, match=f"no deadline in {tmp_path}/{marks.LASTING}"):
        marks.lasting(str(tmp_path))
