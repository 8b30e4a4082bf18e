"""Whatever ends a run in a scenario's middle: what was open is healed, told, and counted."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from deadlines import LONG

from chaos.plugin import signals
from chaos.plugin.terminal import Terminal
from chaos.report import folders, store
from chaos.report.page import write_page
from chaos.report.record import ScenarioRecord

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.subprocess

FAKE = (
    "-m",
    "chaos",
    "--chaos-cluster=fake",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:hypothesispytest",
)

HEAD = """
import os, signal
from dataclasses import dataclass
from pathlib import Path
import pytest
from chaos import seconds
from chaos.judging.law import law
from chaos.judging.verdict import Ruling, Verdict
from chaos.history.effect import Effect

pytestmark = pytest.mark.chaos

@dataclass(frozen=True)
class Odd:
    name: str
    while_healing: str = ""
    effect = Effect()
    def inject(self, cluster): pass
    def heal(self, cluster):
        if self.while_healing == "SIGINT": os.kill(os.getpid(), signal.SIGINT)
        if self.while_healing == "no cure": raise RuntimeError("no cure")
        Path(f"healed-{self.name}").touch()
    def symptom(self): return seen()

@law
def seen(aftermath):
    "The fault was seen."
    caused = any(entry.kind == "injected" for entry in aftermath.entries)
    return Verdict(Ruling.HOLDS if caused else Ruling.BROKEN, "said so")

@law
def lied(aftermath):
    "Nobody lies."
    return Verdict(Ruling.BROKEN, "somebody did")

def end(number, pid=None):
    Path("armed").write_text(str(os.getpid()))
    os.kill(pid or os.getpid(), number)
    while True:  # the signal may come a little later
        signal.pause()

@pytest.fixture
def wounded(chaos):
    with chaos.inject(Odd("held")):
        yield
"""
FIRST = '''
def test_first(chaos):
    """All was well before."""
    with chaos.inject(Odd("before")):
        chaos.expect(seen())
'''
NEXT = '''
@pytest.mark.parametrize("row", range(3))
def test_next(chaos, row):
    """What comes next."""
    with chaos.inject(Odd("next")):
        chaos.expect(seen())
'''
CUT = '''
def test_cut(wounded, chaos):
    """It is cut off."""
    with chaos.inject(Odd("outer")), chaos.inject(Odd("inner")):
        {end}
'''
BROKEN = '''
def test_broken(wounded, chaos):
    """A law is broken."""
    with chaos.inject(Odd("outer")):
        chaos.expect(lied())
'''
HEALED = [
    f"healed Odd(name='{name}', while_healing='') in 0.0 s" for name in ("inner", "outer", "held")
]
SPACE = " " * 14


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """Who runs tests in the background of a script has them ignore signals, and what they start."""
    interrupt = signal.signal(signal.SIGINT, signal.default_int_handler)
    hangup = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGHUP, hangup)


def given(pytester: pytest.Pytester, *tests: str, end: str = "") -> None:
    pytester.makepyfile(test_it=HEAD + "".join(tests).replace("{end}", end))


def records(pytester: pytest.Pytester) -> dict[str, ScenarioRecord]:
    run = folders.find_run(pytester.path / "reports" / "latest")
    found = [
        store.read_scenario(folder)
        for folder in folders.scenario_folders(run)
        if (folder / store.VERDICTS).exists()
    ]
    return {record.scenario.rpartition("::")[2]: record for record in found}


def page(pytester: pytest.Pytester) -> str:
    return (pytester.path / "reports" / "latest" / "index.html").read_text()


def must_be_told(pytester: pytest.Pytester, said: str, why: str, *healed: str) -> None:
    """The cut scenario stands among the endings: on the terminal, in its record, on the page."""
    told = [f"interrupted   It is cut off. ({why})", *(f"{SPACE}{line}" for line in healed)]
    assert "\n".join(told) + "\n" in said
    record = records(pytester)["test_cut"]
    assert (record.outcome, record.message, record.healed) == ("interrupted", why, healed)
    shown = page(pytester).replace("&#39;", "'")
    assert "INTERRUPTED" in shown
    assert all(line in shown for line in healed)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_in_a_fault_s_middle(pytester: pytest.Pytester, name: str) -> None:
    given(pytester, FIRST, CUT, NEXT, end=f"end(signal.{name})")

    run = pytester.runpytest_subprocess(*FAKE)

    assert run.ret == pytest.ExitCode.INTERRUPTED
    said = run.stdout.str()
    must_be_told(pytester, said, f"ended by {name}", *HEALED)
    assert "kept          All was well before.\n" in said
    assert "not run       3 scenarios\n" in said
    assert "5 scenarios: 1 kept, 1 interrupted, 3 not run." in page(pytester)
    assert {p.name for p in pytester.path.glob("healed-*")} >= {"healed-inner", "healed-held"}


def test_the_same_without_a_signal_is_kept_and_tells_of_no_healing(
    pytester: pytest.Pytester,
) -> None:
    given(pytester, FIRST, CUT, NEXT, end="chaos.expect(seen())")

    run = pytester.runpytest_subprocess(*FAKE)

    assert run.ret == 0
    said = run.stdout.str()
    assert not [word for word in ("interrupted", "not run", "healed ") if word in said]
    assert records(pytester)["test_cut"].healed == ()
    assert "Every law was kept in 5 scenarios." in page(pytester)


def test_what_a_second_ctrl_c_leaves_is_named_and_the_others_are_healed(
    pytester: pytest.Pytester,
) -> None:
    scenario = CUT.replace('Odd("inner")', 'Odd("inner", "SIGINT")')
    given(pytester, scenario, end="end(signal.SIGINT)")

    run = pytester.runpytest_subprocess(*FAKE)

    assert run.ret == pytest.ExitCode.INTERRUPTED
    left = "Odd(name='inner', while_healing='SIGINT'): the next run or `chaos heal` does"
    must_be_told(pytester, run.stdout.str(), "ended by SIGINT", f"did not heal {left}", *HEALED[1:])


def test_nothing_is_proved_after_a_second_ctrl_c_that_cuts_off_who_is_told_of_the_first(
    pytester: pytest.Pytester,
) -> None:
    given(pytester, "\ndef test_cut(wounded):\n    end(signal.SIGINT)\n")
    source = pytester.path / "test_it.py"
    unseen = "class Unseen(Odd):\n    def symptom(self): return lied()\n\n@pytest.fixture\n"
    text = source.read_text().replace("@pytest.fixture\n", unseen, 1)
    source.write_text(text.replace('Odd("held")', 'Unseen("held")'))
    again = "def pytest_keyboard_interrupt(): os.kill(os.getpid(), signal.SIGINT)\n"
    pytester.makeconftest(f"import os, pytest, signal\n@pytest.hookimpl(tryfirst=True)\n{again}")

    run = pytester.runpytest_subprocess(*FAKE)

    assert "left no trace" not in run.stdout.str() + run.stderr.str()
    assert (pytester.path / "healed-held").exists()


def test_what_cannot_be_healed_on_the_way_out_is_not_healed_and_no_traceback(
    pytester: pytest.Pytester,
) -> None:
    given(pytester, CUT, NEXT, end="end(signal.SIGTERM)")
    source = pytester.path / "test_it.py"
    source.write_text(source.read_text().replace('Odd("held")', 'Odd("held", "no cure")'))

    run = pytester.runpytest_subprocess(*FAKE)

    assert run.ret == 10
    run.stdout.fnmatch_lines(["not healed    It is cut off.", "not run       3 scenarios"])
    assert "no cure" in records(pytester)["test_cut"].message
    assert "Traceback" not in run.stdout.str() + run.stderr.str()


def test_a_law_that_was_broken_before_the_signal_stays_broken(pytester: pytest.Pytester) -> None:
    late = "\n@pytest.fixture\ndef late():\n    yield\n    end(signal.SIGINT)\n"
    given(pytester, late, BROKEN.replace("wounded", "late"), NEXT)

    run = pytester.runpytest_subprocess(*FAKE)

    run.stdout.fnmatch_lines(["broken        A law is broken.", "not run       3 scenarios"])
    assert "ended by SIGINT" in records(pytester)["test_broken"].message


@pytest.mark.parametrize("workers", [(), ("-n1",)])
def test_the_first_failure_leaves_the_others_not_run(
    pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    given(pytester, FIRST, BROKEN, NEXT)

    run = pytester.runpytest_subprocess(*FAKE, "-x", *workers)

    run.stdout.fnmatch_lines(["broken        A law is broken.", "not run * scenario*"])
    away = len(folders.scenario_folders(pytester.path / "reports" / "latest"))
    assert f"not run       {5 - away} scenario" in run.stdout.str()
    assert records(pytester)["test_broken"].healed == ()


def test_a_failure_of_the_last_leaves_none(pytester: pytest.Pytester) -> None:
    given(pytester, FIRST, BROKEN)

    assert "not run" not in pytester.runpytest_subprocess(*FAKE, "-x").stdout.str()


TIMEOUT = "@pytest.mark.timeout(0.3, func_only=True, method={method!r})"
WAITS = "while True: signal.pause()"


def test_a_timeout_by_a_signal_is_an_interruption(pytester: pytest.Pytester) -> None:
    given(pytester, TIMEOUT.format(method="signal"), CUT, NEXT, end=WAITS)

    run = pytester.runpytest_subprocess(*FAKE)

    assert run.ret == 10
    why = "Timeout (>0.3s) from pytest-timeout."
    must_be_told(pytester, run.stdout.str(), why, *HEALED)
    assert "not run" not in run.stdout.str()


def test_a_timeout_by_a_thread_tells_nothing_and_its_page_knows_it(
    pytester: pytest.Pytester,
) -> None:
    """It ends the process at once (os._exit): whoever draws the page later sees what was left."""
    given(pytester, TIMEOUT.format(method="thread"), CUT, NEXT, end=WAITS)

    assert pytester.runpytest_subprocess(*FAKE).ret == 1

    text = write_page(pytester.path / "reports" / "latest").read_text()
    assert "INTERRUPTED" in text
    assert "4 scenarios: 0 kept, 1 interrupted, 3 not run." in text


def test_a_run_that_falls_over_interrupts_its_scenario(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_runtest_logreport(report): raise RuntimeError('no luck')")
    given(pytester, CUT, NEXT, end="pass")

    run = pytester.runpytest_subprocess(*FAKE)

    assert run.ret == pytest.ExitCode.INTERNAL_ERROR
    record = records(pytester)["test_cut"]
    assert (record.outcome, record.message) == ("interrupted", "ended by RuntimeError: no luck")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_to_a_worker(pytester: pytest.Pytester, name: str) -> None:
    given(pytester, CUT, NEXT, end=f"end(signal.{name})")

    run = pytester.runpytest_subprocess(*FAKE, "-n1")

    assert run.ret == pytest.ExitCode.INTERRUPTED
    must_be_told(pytester, run.stdout.str(), f"ended by {name}", *HEALED)
    assert "not run       3 scenarios" in run.stdout.str()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_to_the_controller_reaches_its_worker_at_once(
    pytester: pytest.Pytester, name: str
) -> None:
    """execnet would send its own after 5 s, and that is always a SIGINT."""
    given(pytester, CUT, NEXT, end=f"end(signal.{name}, os.getppid())")

    run = pytester.runpytest_subprocess(*FAKE, "-n1")

    assert run.ret == pytest.ExitCode.INTERRUPTED
    must_be_told(pytester, run.stdout.str(), f"ended by {name}", *HEALED)


def test_a_worker_that_heals_is_not_interrupted_again(pytester: pytest.Pytester) -> None:
    """Ctrl-C on a terminal reaches a worker twice: directly, and from its controller."""
    scenario = CUT.replace('Odd("inner")', 'Odd("inner", "SIGINT")')
    given(pytester, scenario, end="end(signal.SIGINT)")

    run = pytester.runpytest_subprocess(*FAKE, "-n1")

    first = HEALED[0].replace("''", "'SIGINT'")
    must_be_told(pytester, run.stdout.str(), "ended by SIGINT", first, *HEALED[1:])


def test_a_worker_s_death_interrupts_its_scenario(pytester: pytest.Pytester) -> None:
    given(pytester, CUT, NEXT, end="end(signal.SIGKILL)")

    run = pytester.runpytest_subprocess(*FAKE, "-n1")

    assert run.ret == 10
    run.stdout.fnmatch_lines(["interrupted   It is cut off. (ended by the end of its worker)"])
    assert "not run" not in run.stdout.str()
    assert records(pytester)["test_cut"].outcome == "interrupted"
    assert "4 scenarios: 3 kept, 1 interrupted." in page(pytester)


def test_a_terminal_that_goes_takes_no_record_with_it(pytester: pytest.Pytester) -> None:
    """The hang-up of a real terminal: after it every word to it fails."""
    given(pytester, CUT, NEXT, end="Path('armed').touch()\n        " + WAITS)
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "pytest", *FAKE]
    run = subprocess.Popen(
        ["setsid", "--ctty", *words], stdin=theirs, stdout=theirs, stderr=theirs, cwd=pytester.path
    )
    os.close(theirs)
    while not (pytester.path / "armed").exists():
        if select.select([ours], [], [], 0.05)[0]:
            assert os.read(ours, 4096)

    os.close(ours)

    assert run.wait(LONG) != 0
    record = records(pytester)["test_cut"]
    assert (record.outcome, record.message) == ("interrupted", "ended by SIGHUP")
    assert list(record.healed) == HEALED
    assert "INTERRUPTED" in page(pytester)


def test_a_run_under_nohup_outlives_its_terminal(pytester: pytest.Pytester) -> None:
    given(pytester, CUT, end="os.kill(os.getpid(), signal.SIGHUP); chaos.expect(seen())")
    words = ["nohup", sys.executable, "-m", "pytest", *FAKE]

    run = subprocess.run(words, check=False, capture_output=True, cwd=pytester.path, text=True)

    assert run.returncode == 0, run.stdout
    assert records(pytester)["test_cut"].outcome == "kept"


class Gone:
    """A reporter whose terminal has hung up."""

    isatty = True

    def __getattr__(self, name: str) -> object:
        def fail(*_: object, **__: object) -> None:
            raise OSError(5, "Input/output error")

        return fail


def test_words_to_a_terminal_that_is_gone_are_lost() -> None:
    shown = Terminal(Gone(), None)

    shown.line("there")
    shown.live("healing")
    shown.clear()


def test_what_ended_a_run_is_said_in_one_line() -> None:
    assert signals.cause(KeyboardInterrupt()) == "SIGINT"
    assert signals.cause(KeyboardInterrupt("SIGHUP: healing, then leaving")) == "SIGHUP"
    assert signals.cause(ValueError("a\nb")) == r"ValueError: a\nb"
    assert signals.signal_of(KeyboardInterrupt("SIGHUP: healing, then leaving")) is signal.SIGHUP
    assert signals.signal_of(ValueError("SIGHUP")) is signal.SIGINT
    assert re.fullmatch(r"SIG[A-Z]+", signals.signal_of(KeyboardInterrupt()).name)
