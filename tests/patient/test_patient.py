from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deadlines import LONG

from chaos.clock import poll, seconds
from chaos.patient.orders import Crash
from chaos.patient.serving import Ports
from patient.bedside import LOCALHOST, Bed, ask, bed_of, until

pytestmark = pytest.mark.loopback


def test_a_well_patient_answers_everywhere_and_reports_nothing(bed: Bed) -> None:
    assert [bed.get(path) for path in ("/", "/health", "/ready?deep=1")] == [200, 200, 200]

    report = bed.report()
    assert not report["hung"] | report["deadlocked"] | report["leaking"]
    assert (report["held_mib"], report["health"], report["pid"]) == (0, None, os.getpid())
    assert report["requests"] == {"/": 1, "/health": 1, "/ready": 1}
    assert report["rss_mib"] > 1
    assert report["since"] >= 0


def test_a_hang_silences_the_main_port_and_not_the_report_port(bed: Bed) -> None:
    status, _ = bed.order(do="hang")

    assert status == 200
    assert bed.silent()
    assert bed.report()["hung"]
    assert not bed.report()["deadlocked"]


def test_a_hang_healed_answers_also_who_waited(bed: Bed) -> None:
    bed.order(do="hang")

    with socket.create_connection((LOCALHOST, bed.main), timeout=LONG) as waiting:
        waiting.sendall(b"GET /late HTTP/1.1\r\n\r\n")
        assert until(lambda: bed.report()["requests"] == {"/late": 1})
        bed.order(do="heal")

        assert waiting.recv(12) == b"HTTP/1.1 200"
    assert not bed.report()["hung"]


def test_a_deadlock_turns_health_and_nothing_else(bed: Bed) -> None:
    bed.order(do="deadlock")
    bed.order(do="deadlock")

    assert bed.report()["deadlocked"]
    assert until(lambda: bed.get("/health") == 500)
    assert (bed.get("/"), bed.get("/ready")) == (200, 200)


def test_a_deadlock_healed_is_healthy_at_once_and_stays_so(bed: Bed, opened: Ports) -> None:
    bed.order(do="deadlock")
    until(lambda: bed.get("/health") == 500)

    bed.order(do="heal")

    assert bed.get("/health") == 200
    assert not bed.report()["deadlocked"]
    worker = opened.main.patient.worker
    resumed = worker._last  # noqa: SLF001 - the heartbeat itself
    assert until(lambda: worker._last > resumed)  # noqa: SLF001


def test_a_leak_holds_its_first_mib_before_the_reply_and_stays_within_its_bound(bed: Bed) -> None:
    _, reply = bed.order(do="leak", mib_per_second=500, up_to_mib=12.9)

    assert json.loads(reply)["held_mib"] >= 1
    assert until(lambda: bool(bed.report()["held_mib"] == 12))
    assert not poll(
        lambda: bool(bed.report()["held_mib"] > 12), within=seconds(0.1), every=seconds(0.02)
    )
    assert bed.report()["leaking"]


def test_a_slow_leak_takes_its_time(bed: Bed) -> None:
    bed.order(do="leak", mib_per_second=0.1)

    assert bed.report()["held_mib"] == 1


def test_leaked_memory_is_resident_and_healing_gives_it_back(bed: Bed) -> None:
    before = bed.report()["rss_mib"]

    bed.order(do="leak", mib_per_second=10_000, up_to_mib=40)
    assert until(lambda: bool(bed.report()["held_mib"] == 40))
    assert bed.report()["rss_mib"] > before + 35

    bed.order(do="heal")
    report = bed.report()
    assert (report["held_mib"], report["leaking"]) == (0, False)
    assert report["rss_mib"] < before + 10


def test_memory_health_fails_above_its_limit_only(bed: Bed) -> None:
    resident = bed.report()["rss_mib"]
    bed.order(do="memory_health", limit_mib=resident + 30)
    assert bed.get("/health") == 200

    bed.order(do="leak", mib_per_second=10_000, up_to_mib=60)

    assert until(lambda: bed.get("/health") == 500)
    assert bed.get("/") == 200
    bed.order(do="heal")
    assert bed.get("/health") == 200


def test_health_answers_as_ordered_so_many_times(bed: Bed) -> None:
    bed.order(do="health", status=503, times=2)

    assert bed.get("/ready") == 200
    assert bed.report()["health"]["/health"]["times"] == 2
    assert bed.report()["health_status"] == 503
    assert [bed.get("/health") for _ in range(3)] == [503, 503, 200]
    assert bed.report()["health"] is None


def test_health_without_times_fails_until_healed(bed: Bed) -> None:
    bed.order(do="health", path="/ready", status=418, times=0)

    assert [bed.get("/ready") for _ in range(4)] == [418] * 4
    assert bed.get("/health") == 200
    bed.order(do="heal")
    assert bed.get("/ready") == 200


def test_health_may_be_late_and_right(bed: Bed) -> None:
    bed.order(do="health", path="/", delay_seconds=30, times=1)

    assert bed.silent()
    assert bed.get("/") == 200


def test_a_crash_is_answered_before_it_happens(bed: Bed, left: list[int]) -> None:
    status, _ = bed.order(do="crash", code=3)

    assert status == 200
    assert until(lambda: left == [3])


def test_healing_the_well_changes_nothing(bed: Bed) -> None:
    def ailments() -> dict[str, Any]:
        volatile = ("since", "rss_mib")
        return {name: value for name, value in bed.report().items() if name not in volatile}

    before = ailments()

    assert [bed.order(do="heal")[0] for _ in range(2)] == [200, 200]

    assert ailments() == before


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ('{"do": "explode"}', '"do" must be one of'),
        ("crash", "not JSON"),
        ('{"do": "start_slowly", "seconds": 1}', "this patient has started"),
    ],
)
def test_a_bad_order_is_one_line_and_changes_nothing(bed: Bed, body: str, complaint: str) -> None:
    status, text = ask(bed.report_port, "POST", "/orders", body)

    assert status == 400
    assert complaint in text
    assert text.count("\n") == 1
    assert bed.get("/health") == 200


def test_the_desk_knows_two_paths(bed: Bed) -> None:
    assert ask(bed.report_port, "GET", "/orders")[0] == 404
    assert ask(bed.report_port, "POST", "/report", "{}")[0] == 404


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\r\n\r\n",
        b"GET / SMTP\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 999999\r\n\r\n",
    ],
)
def test_garbage_is_refused_and_the_next_request_served(bed: Bed, garbage: bytes) -> None:
    with socket.create_connection((LOCALHOST, bed.main), timeout=LONG) as connection:
        connection.sendall(garbage)
        assert connection.recv(12) == b"HTTP/1.1 400"

    assert bed.get("/") == 200


def test_a_tcp_probe_that_says_nothing_is_no_trouble(bed: Bed) -> None:
    socket.create_connection((LOCALHOST, bed.main), timeout=LONG).close()

    assert bed.get("/") == 200


@pytest.mark.subprocess
def test_an_ordered_crash_is_the_exit_status(admit: Callable[..., subprocess.Popen[str]]) -> None:
    patient = admit()

    status, _ = bed_of(patient).order(do="crash", code=7)

    assert status == 200
    assert patient.wait(LONG) == 7


@pytest.mark.subprocess
def test_a_crash_at_start_opens_no_port(admit: Callable[..., subprocess.Popen[str]]) -> None:
    patient = admit({"do": "crash", "code": 9})

    out, _ = patient.communicate(timeout=LONG)

    assert patient.returncode == 9
    assert out == "order Crash(code=9)\n"


@pytest.mark.subprocess
@pytest.mark.parametrize(
    ("orders", "status"),
    [
        pytest.param([], 143, id="by-default"),
        pytest.param([{"do": "on_sigterm", "code": 0}], 0, id="in-peace"),
        pytest.param([{"do": "hang"}], 143, id="hung"),
        pytest.param([{"do": "deadlock"}], 143, id="deadlocked"),
    ],
)
def test_sigterm_ends_it(
    admit: Callable[..., subprocess.Popen[str]], orders: list[object], status: int
) -> None:
    patient = admit(*orders)
    bed_of(patient)

    patient.terminate()

    assert patient.wait(LONG) == status


@pytest.mark.subprocess
def test_sigterm_may_be_ignored(admit: Callable[..., subprocess.Popen[str]]) -> None:
    patient = admit({"do": "on_sigterm", "how": "ignore"})
    bed = bed_of(patient)

    patient.terminate()

    assert not poll(lambda: patient.poll() is not None, within=seconds(0.3), every=seconds(0.05))
    assert bed.get() == 200
    assert bed.report()["on_sigterm"]["how"] == "ignore"


@pytest.mark.subprocess
def test_a_slow_start_refuses_on_the_main_port_only(
    admit: Callable[..., subprocess.Popen[str]],
) -> None:
    bed = bed_of(admit({"do": "start_slowly", "seconds": 4}))

    with pytest.raises(ConnectionRefusedError):
        bed.get()
    assert not bed.report()["hung"]

    def listens() -> bool:
        try:
            return bed.get() == 200
        except ConnectionRefusedError:
            return False

    assert until(listens)


@pytest.mark.subprocess
@pytest.mark.parametrize(
    "environment", [{"PATIENT_ORDERS": "[{}]"}, {"PATIENT_PORT": "http"}], ids=["orders", "port"]
)
def test_an_environment_that_makes_no_sense_is_one_line_and_status_2(
    admit: Callable[..., subprocess.Popen[str]], environment: dict[str, str]
) -> None:
    patient = admit(**environment)

    _, error = patient.communicate(timeout=LONG)

    assert patient.returncode == 2
    assert error.startswith("patient: ")
    assert error.count("\n") == 1


@pytest.mark.subprocess
def test_each_order_is_one_line_of_log(admit: Callable[..., subprocess.Popen[str]]) -> None:
    patient = admit()
    bed = bed_of(patient)

    bed.order(do="hang")
    bed.order(do="explode")
    bed.report()
    patient.send_signal(signal.SIGKILL)

    assert patient.communicate(timeout=LONG)[0] == "order Hang()\n"


def test_the_patient_imports_nothing_of_the_rest() -> None:
    folder = Path(__file__).parents[2] / "chaos" / "app"

    guilty = [
        file.name
        for file in folder.glob("*.py")
        if "import chaos" in file.read_text() or "from chaos" in file.read_text()
    ]

    assert guilty == []


def test_an_order_s_answer_does_not_end_the_patient_before_a_crash_is_answered(
    opened: Ports, bed: Bed, left: list[int]
) -> None:
    opened.main.patient.obey(Crash(5))  # taken, and its answer still on its way

    assert bed.order(do="refuse")[0] == 200
    assert bed.report()["refuses"]
    assert left == []
    assert bed.order(do="crash", code=6)[0] == 200
    assert until(lambda: left == [6])
