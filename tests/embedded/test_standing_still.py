"""Programs that are frozen, as their group has them and as faults see them."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from deadlines import LONG

from chaos.clock import poll, seconds
from chaos.errors import NoCluster, NoSuchTarget
from chaos.providers.embedded import freezing, service
from chaos.providers.embedded.cgroup import V2
from chaos.providers.embedded.program import Program, called
from chaos.providers.embedded.service import Service

SOON, MOMENT, EAGER = seconds(5), seconds(1), seconds(0.01)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        # Popen is back before the kernel has laid out what it was called by (fs/exec.c).
        assert poll(lambda: called(process.pid) == "sleep", within=LONG, every=EAGER)
        yield process
        process.kill()


@pytest.fixture
def program(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> Program:
    group = V2("/node", tmp_path)
    group.folder.mkdir()
    (group.folder / "cgroup.procs").write_text(f"{sleeper.pid}\n")
    (group.folder / "cgroup.events").write_text("populated 1\nfrozen 0\n")
    return Program("sleep", group, tmp_path / "log")


@pytest.mark.subprocess
def test_a_program_is_frozen_twice_as_once_and_goes_on(program: Program) -> None:
    assert program.stillness() == ""
    program.freeze()
    program.freeze()
    assert program.stillness() == "its process is stopped"
    assert len(program.pids()) == 1

    program.thaw()
    program.thaw()
    assert program.stillness() == ""


@pytest.mark.subprocess
def test_a_frozen_program_hears_that_it_shall_end(program: Program) -> None:
    handler = "trap 'exit 3' TERM; echo; while :; do wait; done"  # without one it just dies
    with subprocess.Popen(
        ["sleep", "-c", handler], executable="/bin/sh", stdout=subprocess.PIPE
    ) as polite:
        assert polite.stdout is not None
        polite.stdout.readline()
        (program.group.folder / "cgroup.procs").write_text(f"{polite.pid}\n")
        program.freeze()
        try:
            program.stop()
            assert polite.wait(timeout=LONG) == 3
        finally:
            polite.kill()
    assert program.stillness() == ""


@pytest.mark.subprocess
def test_on_a_frozen_machine_what_was_killed_is_as_good_as_gone(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    (program.group.folder / "cgroup.events").write_text("populated 1\nfrozen 1\n")
    assert program.stillness() == "its machine is frozen"

    monkeypatch.setattr(freezing, "is_doomed", lambda _: True)
    assert program.pids() == []
    assert program.stillness() == ""

    (program.group.folder / "cgroup.events").write_text("populated 1\nfrozen 0\n")
    assert len(program.pids()) == 1  # it ends any moment, and holds its port until then


@pytest.mark.subprocess
@pytest.mark.parametrize("bears", [True, False])
def test_what_started_a_program_goes_on_with_it_and_no_other(
    program: Program, *, bears: bool
) -> None:
    argv = ["nsenter", "-c", "sleep 60; :", f"/assets/{'sleep' if bears else 'other'}"]
    with subprocess.Popen(argv, executable="/bin/sh", start_new_session=True) as outer:
        with (program.group.folder / "cgroup.procs").open("a") as procs:
            procs.write(f"{outer.pid}\n")
        outer.send_signal(signal.SIGSTOP)
        assert poll(lambda: freezing.is_stopped(outer.pid), within=SOON, every=EAGER)

        program.thaw()

        went_on = poll(lambda: not freezing.is_stopped(outer.pid), within=MOMENT, every=EAGER)
        os.killpg(outer.pid, signal.SIGKILL)
    assert went_on is bears


@dataclass
class Process:
    """What a service asks of its program's process."""

    name: str = "kubelet"
    there: bool = True
    still: str = ""
    did: list[str] = field(default_factory=list)

    def pids(self) -> list[int]:
        return [os.getpid()] if self.there else []

    def kill(self) -> None:
        self.did.append("kill")

    def stillness(self) -> str:
        return self.still

    def freeze(self) -> None:
        self.did.append("freeze")

    def thaw(self) -> None:
        self.did.append("thaw")

    def last_words(self) -> str:
        return "it said last: nothing"


@pytest.fixture
def process() -> Process:
    return Process()


def made(process: Process, *, answers: bool, settled: bool | None = None) -> Service:
    return Service(
        cast("Program", process),
        lambda: process.did.append("launch"),
        lambda: answers,
        None if settled is None else lambda: settled,
        lambda: process.did.append("then"),
        lambda: process.did.append("forgo"),
    )


def test_only_what_runs_can_be_frozen(process: Process) -> None:
    made(process, answers=True).freeze()
    assert process.did == ["freeze"]

    process.there = False
    with pytest.raises(NoSuchTarget, match="kubelet does not run, so it cannot be frozen"):
        made(process, answers=True).freeze()


def test_what_is_ended_nobody_is_to_start_again(process: Process) -> None:
    made(process, answers=True).stop()

    assert process.did == ["forgo", "kill"]


def test_whoever_waits_for_it_has_its_turn_when_it_is_thawed_and_when_it_has_started(
    process: Process,
) -> None:
    made(process, answers=False).thaw()
    made(process, answers=True).start()

    assert process.did == ["thaw", "then", "launch", "then"]


def test_a_start_waits_for_its_answers_or_for_what_settles_it(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PATIENCE", seconds(0.02))

    made(process, answers=False, settled=True).start()  # its cable is cut, and it listens
    with pytest.raises(NoCluster, match="kubelet does not answer"):
        made(process, answers=True, settled=False).start()
    with pytest.raises(NoCluster, match="kubelet does not answer"):
        made(process, answers=False).start()
    assert process.did == ["launch", "then", "launch", "launch"]


def test_nobody_waits_for_the_answer_of_one_that_stands_still(process: Process) -> None:
    process.still = "its process is stopped"

    made(process, answers=False).start()


@pytest.mark.parametrize(
    ("there", "still", "answers", "trouble"),
    [
        (False, "", True, "its process is gone"),
        (True, "its machine is frozen", True, "its machine is frozen"),
        (True, "", False, "it runs and does not answer"),
        (True, "", True, ""),
    ],
)
def test_the_trouble_of_one_that_stands_still_is_not_its_answer(
    process: Process, trouble: str, still: str, *, there: bool, answers: bool
) -> None:
    process.there, process.still = there, still

    assert made(process, answers=answers).trouble() == trouble
