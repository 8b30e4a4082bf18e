from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from deadlines import LONG

from patient.bedside import Bed, bed_of, until

pytestmark = [pytest.mark.loopback, pytest.mark.subprocess]

Admit = Callable[..., "subprocess.Popen[str]"]


def children(of: int) -> list[int]:
    """Of all its threads: a child is its thread's, until that ends and another takes it over."""
    found: list[int] = []
    for file in Path(f"/proc/{of}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # the thread has just ended
            found += map(int, file.read_text().split())
    return found


def test_a_child_dies_and_its_parent_lives(admit: Admit) -> None:
    patient = admit({"do": "child"})
    bed = bed_of(patient)
    (child,) = children(patient.pid)
    assert bed.report()["child"] == "alive"

    status, said = bed.order(do="kill_child")

    assert (status, '"child": "dead"' in said) == (200, True)
    assert not Path(f"/proc/{child}").exists()
    assert (bed.get("/health"), patient.poll()) == (200, None)


def test_a_killed_child_is_healed_by_another(admit: Admit) -> None:
    patient = admit({"do": "child", "watched": True})
    bed = bed_of(patient)
    bed.order(do="kill_child")
    bed.order(do="kill_child")
    assert bed.get("/health") == 500

    bed.order(do="heal")

    assert bed.report()["child"] == "alive"
    assert bed.get("/health") == 200
    assert until(lambda: len(children(patient.pid)) == 1)


def test_a_child_holds_no_port_of_its_parents(admit: Admit) -> None:
    bed = bed_of(admit())

    bed.order(do="child")
    bed.order(do="refuse")

    with pytest.raises(ConnectionRefusedError):
        bed.get()


def test_a_child_killed_from_outside_is_reaped(admit: Admit) -> None:
    patient = admit({"do": "child"})
    bed = bed_of(patient)
    (child,) = children(patient.pid)

    os.kill(child, signal.SIGKILL)

    assert until(lambda: children(patient.pid) == [])
    assert bed.report()["child"] == "dead"


def test_a_child_does_not_outlive_its_parent(admit: Admit) -> None:
    patient = admit({"do": "child"})
    bed_of(patient)
    (child,) = children(patient.pid)

    patient.kill()

    assert until(lambda: not Path(f"/proc/{child}/exe").exists())


def test_who_was_told_of_no_child_has_none(admit: Admit) -> None:
    patient = admit()

    assert bed_of(patient).report()["child"] == "none"
    assert children(patient.pid) == []


@pytest.mark.parametrize(
    ("number", "status"), [(9, -9), (11, -11), (15, 143)], ids=["killed", "fault", "terminated"]
)
def test_a_process_ends_of_the_signal_it_was_told(admit: Admit, number: int, status: int) -> None:
    patient = admit()

    bed_of(patient).order(do="crash", signal=number)

    assert patient.wait(LONG) == status


# A thread that sends itself SIGTERM while the main one waits: no wait of that one is interrupted.
ELSEWHERE = """
import signal, threading
from chaos.patient.__main__ import main

def send():
    while signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        pause.wait(0.05)
    pause.wait(0.5)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

pause = threading.Event()
threading.Thread(target=send).start()
main()
"""


def test_sigterm_ends_it_whichever_thread_the_kernel_gives_it_to() -> None:
    ports = ("PATIENT_PORT", "PATIENT_REPORT_PORT", "PATIENT_GRPC_PORT")
    ours = {"PATIENT_HOST": "127.0.0.1", **dict.fromkeys(ports, "0")}

    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], env={**os.environ, **ours}, timeout=LONG, check=False
    )

    assert done.returncode == 143


@pytest.mark.skipif(os.geteuid() != 0, reason="a namespace of processes needs root")
@pytest.mark.parametrize(
    ("number", "status"), [(9, -9), (11, -11), (15, 143)], ids=["killed", "fault", "terminated"]
)
def test_also_pid_1_ends_of_the_signal(number: int, status: int) -> None:
    patient = [sys.executable, "-m", "chaos.patient"]
    parent = f"import subprocess; print(subprocess.run({patient}).returncode)"
    orders = json.dumps([{"do": "crash", "signal": number}])

    done = subprocess.run(
        ["unshare", "--pid", sys.executable, "-c", parent],  # its first child is PID 1
        env={**os.environ, "PATIENT_ORDERS": orders},
        capture_output=True,
        text=True,
        timeout=LONG,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == str(status)


def test_a_crash_at_start_may_be_for_later(admit: Admit) -> None:
    patient = admit({"do": "crash", "code": 6, "after_seconds": 4})

    assert bed_of(patient).main  # it came to listen
    assert patient.wait(LONG) == 6


def test_a_port_may_refuse_from_the_start(admit: Admit) -> None:
    bed = bed_of(admit({"do": "refuse"}))

    with pytest.raises(ConnectionRefusedError):
        bed.get()
    bed.order(do="heal")
    assert bed.get() == 200


def test_healing_does_not_hurry_a_slow_start(admit: Admit) -> None:
    bed = bed_of(admit({"do": "start_slowly", "seconds": 60}, {"do": "refuse"}))

    bed.order(do="heal")

    assert not bed.report()["refuses"]
    with pytest.raises(ConnectionRefusedError):
        bed.get()


def test_it_crashes_at_its_first_starts_only(admit: Admit, tmp_path: Path) -> None:
    def start() -> subprocess.Popen[str]:
        return admit({"do": "crash", "code": 5, "starts": 2, "folder": str(tmp_path)})

    assert [start().wait(LONG), start().wait(LONG)] == [5, 5]
    third = start()
    assert bed_of(third).get() == 200
    assert third.poll() is None


def test_marks_count_the_starts_that_a_folder_has_seen(admit: Admit, tmp_path: Path) -> None:
    kept, fresh = tmp_path / "kept", tmp_path / "fresh"
    kept.mkdir()
    fresh.mkdir()

    def start() -> Bed:
        return bed_of(admit({"do": "marks", "folders": [str(kept), str(fresh)]}))

    assert start().report()["marks"] == {str(kept): 1, str(fresh): 1}
    for file in fresh.iterdir():
        file.unlink()
    assert start().report()["marks"] == {str(kept): 2, str(fresh): 1}


def test_lasting_orders_are_obeyed_by_later_starts_until_healed(
    admit: Admit, tmp_path: Path
) -> None:
    def start() -> Bed:
        return bed_of(admit({"do": "lasting", "folder": str(tmp_path)}))

    first = start()
    told = json.dumps([{"do": "demand_password"}, {"do": "start_slowly", "seconds": 0.1}])
    first.order(do="lasting", folder=str(tmp_path), orders=told)
    assert first.get("/health") == 200

    second = start()
    assert second.report()["slow_seconds"] == 0.1
    assert second.report()["demands_password"]
    second.order(do="heal")
    assert not start().report()["demands_password"]


@pytest.mark.parametrize(
    ("orders", "complaint"),
    [
        ({}, "is for PATIENT_ORDERS"),
        ({"orders": "[{}]"}, '"do" must be one of'),
        ({"orders": "{"}, "not JSON"),
    ],
)
def test_lasting_orders_that_cannot_be_understood_are_refused_at_once(
    admit: Admit, tmp_path: Path, orders: dict[str, str], complaint: str
) -> None:
    status, said = bed_of(admit()).order(do="lasting", folder=str(tmp_path), **orders)

    assert status == 400
    assert complaint in said
    assert not list(tmp_path.iterdir())


def test_a_folder_that_keeps_nothing_is_complained_of(admit: Admit, tmp_path: Path) -> None:
    status, said = bed_of(admit()).order(
        do="lasting", folder=str(tmp_path / "nowhere"), orders='[{"do": "refuse"}]'
    )

    assert (status, '"lasting" cannot be written down' in said) == (400, True)


@pytest.mark.parametrize("content", [None, "many"])
def test_a_folder_that_cannot_count_is_one_line_and_status_2(
    admit: Admit, tmp_path: Path, content: str | None
) -> None:
    folder = tmp_path / "folder"
    if content is not None:
        folder.mkdir()
        (folder / "patient-starts").write_text(content)
    patient = admit({"do": "marks", "folders": [str(folder)]})

    _, error = patient.communicate(timeout=LONG)

    assert patient.returncode == 2
    assert error.startswith(f"patient: no counter in {folder}: ")
    assert error.count("\n") == 1


def check(*arguments: str) -> int:
    program = str(Path(__file__).parents[2] / "chaos/patient/check.py")
    command = [sys.executable, "-I", "-S", program]
    return subprocess.run([*command, *arguments], check=False, capture_output=True).returncode


def test_a_check_exits_as_the_patient_was_told(admit: Admit) -> None:
    bed = bed_of(admit())
    assert check() == 0

    bed.order(do="exec_says", code=7)

    assert check() == 7
    assert bed.report()["exec"] == {"code": 7, "delay_seconds": 0.0}
    bed.order(do="heal")
    assert check() == 0
    assert bed.report()["exec"]["code"] == 0


def test_a_check_may_be_late(admit: Admit) -> None:
    bed_of(admit({"do": "exec_says", "delay_seconds": 30}))

    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(
            [sys.executable, "-m", "chaos.patient.check"],
            env={**os.environ},
            timeout=1,
            check=False,
        )


def test_a_patient_that_starts_again_has_told_its_checks_nothing(admit: Admit) -> None:
    bed_of(admit({"do": "exec_says", "code": 7}))
    bed_of(admit())

    assert check() == 0


def test_a_check_that_retries_hides_what_heals_meanwhile(admit: Admit) -> None:
    bed = bed_of(admit({"do": "exec_says", "code": 7}))
    assert check("--retries", "1", "--pause", "0.1") == 7

    command = [sys.executable, "-m", "chaos.patient.check", "--retries", "100", "--pause", "0.2"]
    with subprocess.Popen(command) as checking:
        with pytest.raises(subprocess.TimeoutExpired):
            checking.wait(0.5)
        bed.order(do="heal")

        assert checking.wait(LONG) == 0


@pytest.mark.parametrize("arguments", [["--retry", "1"], ["--retries"], ["--pause", "long"]])
def test_a_check_refuses_arguments_that_make_no_sense(arguments: list[str]) -> None:
    assert check(*arguments) == 2
