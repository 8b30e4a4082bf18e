"""Hands on a container, on a tree of plain files that names real processes of this test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from deadlines import LONG

from chaos.clock import Seconds, poll, seconds, uptime
from chaos.errors import CannotHere, ChaosError, NoSuchTarget
from chaos.providers.embedded import filler, hands
from chaos.providers.embedded.cgroup import V2
from chaos.providers.embedded.filler import Filler
from chaos.providers.embedded.hands import Hands, badness, of_name, state, still_there
from chaos.workloads.admitted import NodeName, Stand, Uid

pytestmark = pytest.mark.subprocess
POD = Stand(Uid("u1"), "web-1", NodeName("worker1"), "ns")
CONTAINER = Path("node/kubepods/burstable/podu1/c1")


@pytest.fixture
def start() -> Iterator[Callable[[], int]]:
    """Starts processes that sleep, and ends them."""
    processes: list[subprocess.Popen[bytes]] = []

    def one() -> int:
        processes.append(subprocess.Popen(["sleep", "60"]))
        return processes[-1].pid

    yield one
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Hands]:
    """Hands on a container with these processes, each in a namespace of its own but for ours."""

    def hold(*pids: int, ours: tuple[int, ...] = (), **files: str) -> Hands:
        numbers = {pid: [pid, n] for n, pid in enumerate(pids, 1)} | {pid: [pid] for pid in ours}
        for module in ("hands", "cgroup"):
            where = f"chaos.providers.embedded.{module}.namespaced"
            monkeypatch.setattr(where, numbers.__getitem__)
        group = tmp_path / CONTAINER
        group.mkdir(parents=True, exist_ok=True)
        usual = {"cgroup_procs": "".join(f"{pid}\n" for pid in (*ours, *reversed(pids)))}
        for name, text in ({"memory_stat": "", "memory_max": "max"} | usual | files).items():
            (group / name.replace("_", ".")).write_text(text)
        node = V2("/node", tmp_path)
        return Hands(node, node, tmp_path / "fill.log", "u1", "c1", "app")

    return hold


def test_all_processes_are_stopped_and_go_on_and_twice_is_once(
    start: Callable[[], int], made: Callable[..., Hands]
) -> None:
    main, child = start(), start()
    app = made(main, child)

    for _ in range(2):
        app.stop()
        assert [state(pid) for pid in (main, child)] == ["T", "T"]
        assert (app.found().main, app.found().processes, app.found().stopped) == ("stopped", 2, 2)
    for _ in range(2):
        app.resume()
        assert poll(lambda: app.found().stopped == 0, within=LONG, every=seconds(0.01))
    assert app.found().main == "running"


def test_a_process_that_only_lends_its_size_is_not_the_container_s(
    start: Callable[[], int], made: Callable[..., Hands]
) -> None:
    main, ours = start(), start()
    app = made(main, ours=(ours,))

    app.stop()

    assert app.pids() == [main]
    assert state(ours) != "T"


def test_what_somebody_else_stopped_as_its_main_process_is_the_first_of_its_namespace(
    start: Callable[[], int], made: Callable[..., Hands]
) -> None:
    main, child = start(), start()
    os.kill(child, signal.SIGSTOP)

    assert poll(lambda: made(main, child).found().stopped == 1, within=LONG, every=seconds(0.01))
    assert made(main, child).found().main == "running"
    assert made(child, main).found().main == "stopped"


def test_a_signal_is_for_the_main_process(
    start: Callable[[], int], made: Callable[..., Hands]
) -> None:
    main, child = start(), start()
    app = made(main, child)

    app.signal(signal.SIGKILL)

    assert poll(lambda: state(main) == "Z", within=LONG, every=seconds(0.01))
    assert poll(lambda: state(child) == "S", within=LONG, every=seconds(0.01))  # once it sleeps
    assert app.found().main == "gone"
    with pytest.raises(NoSuchTarget, match="the container app has just ended"):
        made().signal(signal.SIGKILL)


def test_one_that_ends_while_it_is_looked_at_does_not_run(
    start: Callable[[], int], made: Callable[..., Hands]
) -> None:
    app = made(start())
    ended = replace(app, id="c0")

    assert [found.id for found in still_there([ended, app, ended])] == ["c1"]


def test_without_a_limit_nobody_fills_a_node(made: Callable[..., Hands]) -> None:
    with pytest.raises(ChaosError, match=r"app has no memory limit.*up_to_mib"):
        made().fill(mib_per_second=1, up_to_mib=None, term=seconds(1))


def test_a_container_s_name_is_enough_if_there_is_one(made: Callable[..., Hands]) -> None:
    app = made()

    assert of_name([app], POD, "") is of_name([app], POD, "app") is app
    with pytest.raises(
        NoSuchTarget, match=r"web-1 does not run its container 'db' on worker1: app"
    ):
        of_name([app], POD, "db")
    with pytest.raises(NoSuchTarget, match="does not run one container on worker1: app, app run"):
        of_name([app, app], POD, "")
    with pytest.raises(NoSuchTarget, match="none run there"):
        of_name([], POD, "app")


def test_the_kernel_s_choice_is_by_size_and_by_points(monkeypatch: pytest.MonkeyPatch) -> None:
    me = os.getpid()
    points = int(Path("/proc/self/oom_score_adj").read_text())

    assert 5 < badness(me, 0) < 2000
    assert badness(me, 1000) - badness(me, 0) == pytest.approx(points, abs=1)
    assert badness(2**30, 64) == 0


def test_a_filler_that_the_kernel_would_kill_itself_is_no_filler(
    start: Callable[[], int], made: Callable[..., Hands], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, big = made(start(), memory_max="67108864"), os.getpid()
    monkeypatch.setattr(Hands, "_start", lambda *_: None)
    monkeypatch.setattr(Hands, "_holds_more", lambda *_: True)
    monkeypatch.setattr(Hands, "_fillers", lambda _: [big])
    ended: list[str] = []
    monkeypatch.setattr(Hands, "drain", lambda _: ended.append("drained"))

    with pytest.raises(CannotHere, match="the kernel would kill what fills it"):
        app.fill(mib_per_second=1, up_to_mib=None, term=seconds(1))

    assert ended == ["drained"]


def test_a_filler_takes_what_is_due_and_no_more_than_it_may(tmp_path: Path) -> None:
    door = tmp_path / "cgroup.procs"
    door.write_text("1\n")
    one = Filler(door, rate=10, most=4, since=Seconds(uptime() - 0.25))

    assert not one.grow()
    assert (one.held, os.fstat(one.store).st_size) == (3, 3 * filler.MIB)
    one.since = seconds(0)
    assert not one.grow()
    assert one.held == 4
    os.close(one.store)


@pytest.mark.parametrize(
    ("members", "over"),
    [
        pytest.param(f"{os.getpid()}\n", True, id="it-is-alone"),
        pytest.param("", True, id="nobody-is-there"),
        pytest.param(None, True, id="the-group-is-gone"),
        pytest.param(f"{os.getpid()}\n1\n", False, id="the-app-is-there"),
    ],
)
def test_a_filler_ends_with_its_container(
    tmp_path: Path, members: str | None, *, over: bool
) -> None:
    door = tmp_path / "cgroup.procs"
    if members is not None:
        door.write_text(members)
    one = Filler(door, rate=1, most=1, since=uptime())

    assert one.grow() is over
    os.close(one.store)


def test_a_filler_s_term_ends_it_when_nobody_does(tmp_path: Path) -> None:
    door = tmp_path / "cgroup.procs"
    door.write_text("1\n")
    began = uptime()
    program = [sys.executable, "-P", "-m", filler.__name__, str(door), "1", "1", "0.3", "app"]

    ended = subprocess.run(
        program, env={"PYTHONPATH": str(hands.HARNESS)}, cwd="/", timeout=LONG, check=False
    )

    assert ended.returncode == 0
    assert uptime() - began >= 0.3
