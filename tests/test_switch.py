"""The switch behind a run: inert when the run ends well, at work however else it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from deadlines import LONG

from chaos.clock import poll, seconds, uptime
from chaos.running import switch
from chaos.running.switch import Switch

pytestmark = [
    pytest.mark.subprocess,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks into /proc"),
]

NAME = "no-such-cluster"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Switch]:
    (tmp_path / "ledger").mkdir()
    watch = Switch(tmp_path / "ledger", {"cluster": NAME})
    yield watch
    watch.release()
    poll(lambda: watch.gone, within=LONG, every=seconds(0.05))


def log(tmp_path: Path) -> str:
    return (tmp_path / "ledger" / "switch.log").read_text()


def test_who_is_sent_home_goes_and_does_nothing(started: Switch, tmp_path: Path) -> None:
    started.dismiss()

    assert started.gone
    assert log(tmp_path) == ""
    assert [file.name for file in (tmp_path / "ledger").iterdir()] == ["switch.log"]


def test_who_is_let_go_looks_for_its_cluster_and_makes_nothing_of_one_that_is_gone(
    started: Switch, tmp_path: Path
) -> None:
    started.release()

    assert poll(lambda: started.gone, within=LONG, every=seconds(0.05))
    assert f"NoCluster: there is no cluster {NAME}" in log(tmp_path)
    assert log(tmp_path).count("\n") == 1
    assert [file.name for file in (tmp_path / "ledger").iterdir()] == ["switch.log"]


def test_it_has_a_session_of_its_own_and_holds_no_folder(started: Switch) -> None:
    cwd = Path(f"/proc/{started.pid}/cwd")

    assert os.getsid(started.pid) == started.pid
    assert poll(lambda: cwd.readlink() == Path("/"), within=LONG, every=seconds(0.05))


def test_who_was_killed_is_sent_home_all_the_same(started: Switch) -> None:
    os.kill(started.pid, signal.SIGKILL)
    assert poll(lambda: started.gone, within=LONG, every=seconds(0.05))

    started.dismiss()
    started.release()

    assert started.gone


def test_a_run_that_is_killed_wakes_it(tmp_path: Path) -> None:
    run = (
        "import os, signal; from pathlib import Path; from chaos.running.switch import Switch;"
        "Path('ledger').mkdir();"
        f"watch = Switch(Path('ledger'), {{'cluster': {NAME!r}}});"
        "print(watch.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )

    done = subprocess.run(
        [sys.executable, "-c", run], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    pid = int(done.stdout)
    assert done.returncode == -signal.SIGKILL
    gone = poll(lambda: not Path(f"/proc/{pid}/exe").exists(), within=LONG, every=seconds(0.05))
    assert gone, log(tmp_path)
    assert "NoCluster" in log(tmp_path)


def test_until_there_is_something_to_heal_it_imports_nothing_that_talks_to_kubernetes() -> None:
    code = (
        "import sys, chaos.running.switch;"
        "late = {'kubernetes', 'pykube', 'pydantic', 'filelock', 'chaos.running.mending'};"
        "print(late & {*sys.modules})"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout == "set()\n"


@pytest.mark.parametrize("late", [True, False], ids=["overdue", "in-time"])
def test_a_run_that_hangs_is_noticed_and_one_that_does_not_is_left_alone(
    started: Switch, tmp_path: Path, *, late: bool
) -> None:
    until = uptime() - switch.LEEWAY - 1 if late else uptime() + 60
    (tmp_path / "ledger" / "1.json").write_text(json.dumps({"until": until}))

    noticed = poll(
        lambda: "NoCluster" in log(tmp_path),
        within=LONG if late else seconds(switch.PULSE + 2),
        every=seconds(0.1),
    )

    assert noticed is late
    assert not started.gone
    started.dismiss()
    assert started.gone
