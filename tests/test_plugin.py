"""The plugin, by runs of pytest in a folder of their own, rehearsed on the fake cluster."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from xml.etree import ElementTree as ET

import allure
import pytest

from chaos.clock import ManualClock, seconds
from chaos.errors import HARNESS_FAILED, NoCluster
from chaos.options import HELP, dashed
from chaos.plugin.terminal import Terminal
from chaos.report import folders, outputs, provenance, scenarios, store
from chaos.report.record import ScenarioRecord
from chaos.running import wiring
from chaos.testing import rehearsal

pytest_plugins = ["pytester"]
assert allure  # imported here, or each run in this process would import it anew
assert rehearsal

NEWS = threading.Condition()
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
from dataclasses import dataclass
import os, signal
import pytest
from chaos import seconds, windows
from chaos.faults import Crash
from chaos.judging.law import law
from chaos.judging.verdict import Ruling, Verdict
from chaos.laws import never_restarted, restarted
from chaos.history.effect import Effect
from chaos.workloads import bare_pod, deployment

chaotic = pytest.mark.chaos

@dataclass(frozen=True)
class Odd:
    cure: str = ""
    real: bool = True
    effect = Effect()
    def inject(self, cluster): pass
    def heal(self, cluster):
        if self.cure == "none": raise RuntimeError("no cure")
        if self.cure: open(self.cure, "w").close()
    def symptom(self): return seen(self.real)

@law
def seen(aftermath, real):
    "The fault was seen."
    caused = any(entry.kind == "injected" for entry in aftermath.entries)
    return Verdict(Ruling.HOLDS if real and caused else Ruling.BROKEN, "said so")

@law
def untold(aftermath):
    "Nobody can tell."
    return Verdict(Ruling.UNKNOWN, "nobody can tell")
"""
KEPT = '''
@chaotic
def test_kept(cluster, chaos):
    """A crashed app is restarted."""
    web = cluster.run(deployment("web"))
    with chaos.inject(Crash(web)):
        chaos.expect(restarted(web, within=windows.crash(web)))
'''
BROKEN = """
@chaotic
def test_broken(cluster, chaos):
    web = cluster.run(deployment("web"))
    with chaos.inject(Crash(web)):
        chaos.expect(
            restarted(web, within=windows.crash(web)), never_restarted(web, through=seconds(9))
        )
"""
NOT_INJECTED = """
@chaotic
def test_not_injected(chaos):
    with chaos.inject(Odd(real=False)):
        pass
"""
NOT_STEADY = """
@chaotic
def test_not_steady(cluster, chaos):
    once = cluster.run(bare_pod("once", restart_policy="Never"))
    with chaos.inject(Crash(once)):
        chaos.expect(never_restarted(once, through=seconds(3)))
    with chaos.inject(Crash(once)):
        pass
"""
UNDECIDED = """
@chaotic
def test_undecided(chaos):
    with chaos.inject(Odd()):
        chaos.expect(untold())
"""
NOT_HEALED = """
@chaotic
def test_not_healed(chaos):
    with chaos.inject(Odd(cure="none")):
        pass
"""
SKIPPED = """
@chaotic
@pytest.mark.slow
def test_slow(chaos): raise AssertionError("was run")
"""
PLAIN = "\ndef test_plain(): pass\n"
FAILING = "\n@chaotic\ndef test_assertion(): assert 1 == 2\n"
ORDINARY = "\ndef test_ordinary(): assert 1 == 2\n"


@pytest.fixture(autouse=True)
def _no_git(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if not request.node.get_closest_marker("subprocess"):
        monkeypatch.setattr(provenance, "_git", lambda *_: "")


def given(pytester: pytest.Pytester, *tests: str) -> None:
    pytester.makepyfile(test_it=HEAD + "".join(tests))


def records(pytester: pytest.Pytester) -> dict[str, ScenarioRecord]:
    run = folders.find_run(pytester.path / "reports" / "latest")
    found = [store.read_scenario(folder) for folder in folders.scenario_folders(run)]
    return {record.scenario.rpartition("::")[2]: record for record in found}


def test_plain_pytest_leaves_scenarios_out_and_starts_nothing(pytester: pytest.Pytester) -> None:
    given(pytester, KEPT, PLAIN)
    before = signal.getsignal(signal.SIGTERM)

    result = pytester.runpytest_inprocess()

    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["chaos: 1 scenarios left out; -m chaos runs them"])
    assert not (pytester.path / "reports").exists()
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_selection_that_excludes_scenarios_starts_nothing(pytester: pytest.Pytester) -> None:
    given(pytester, KEPT, PLAIN)

    result = pytester.runpytest_inprocess("-m", "not chaos")

    result.assert_outcomes(passed=1, deselected=1)
    assert not (pytester.path / "reports").exists()


@pytest.mark.subprocess
def test_the_plugin_imports_nothing_that_only_scenarios_need() -> None:
    heavy = {"kubernetes", "pykube", "pydantic", "allure", "jinja2", "chaos.running.wiring"}
    code = f"import sys, chaos.plugin.hooks; print(sorted({heavy} & set(sys.modules)))"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


def test_help_shows_every_option(pytester: pytest.Pytester) -> None:
    said = pytester.runpytest_inprocess("--help").stdout.str()

    assert all(f"--chaos-{dashed(name)}" in said for name in HELP)
    assert all(f"chaos_{name} (string)" in said for name in HELP)


def test_without_the_plugin_pytest_works(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(PLAIN)

    pytester.runpytest_inprocess("-p", "no:chaos").assert_outcomes(passed=1)


def test_a_kept_law_is_a_pass_and_leaves_a_report(pytester: pytest.Pytester) -> None:
    given(pytester, KEPT)

    result = pytester.runpytest_inprocess(*FAKE)

    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["kept * A crashed app is restarted.", "page: reports/*/index.html"]
    )
    run = (pytester.path / "reports" / "latest").resolve()
    (folder,) = folders.scenario_folders(run)
    assert {file.name for file in folder.iterdir()} == {"history.jsonl", "verdicts.json"}
    assert "A crashed app is restarted." in (run / "index.html").read_text()
    assert "fake" in store.read_run(run).versions["cluster"]


def test_a_run_leaves_its_laws_and_its_summary_for_ci_systems(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(pytester, KEPT, BROKEN, NOT_STEADY, SKIPPED, PLAIN)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pytester.path / "job.md"))

    result = pytester.runpytest_inprocess(*FAKE)

    result.stdout.no_fnmatch_line("*no summary for GitHub*")
    run = folders.find_run(pytester.path / "reports" / "latest")
    root = ET.parse(run / "laws.xml").getroot()
    assert [
        (suite.get("failures"), suite.get("errors"), suite.get("skipped")) for suite in root
    ] == [
        ("0", "0", "0"),
        ("1", "0", "0"),
        ("0", "1", "0"),
        ("0", "0", "1"),
    ]
    summary = (run / "summary.md").read_text()
    assert summary.startswith("## 4 scenarios: 1 kept, 1 law broken, 1 not steady, 1 skipped.")
    assert (pytester.path / "job.md").read_text() == summary
    assert {(run / name).stat().st_mode & 0o777 for name in ("laws.xml", "summary.md")} == {0o600}


def test_a_summary_that_github_s_file_does_not_take_fails_nothing(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(pytester, KEPT)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pytester.path))

    result = pytester.runpytest_inprocess(*FAKE)

    assert result.ret == 0
    result.stdout.fnmatch_lines(["no summary for GitHub: *: Is a directory", "page: *"])
    assert (pytester.path / "reports" / "latest" / "summary.md").exists()


def test_a_record_has_the_scenario_s_own_times(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(pytester, KEPT, BROKEN)
    moments = iter(f"moment {n}" for n in range(100))
    monkeypatch.setattr(scenarios, "now", lambda: next(moments))

    pytester.runpytest_inprocess(*FAKE)

    kept, broken = records(pytester)["test_kept"], records(pytester)["test_broken"]
    assert kept.started != broken.started
    assert kept.repeat == "pytest -m chaos test_it.py::test_kept"


def test_a_broken_law_fails_with_all_verdicts(pytester: pytest.Pytester) -> None:
    given(pytester, BROKEN)

    result = pytester.runpytest_inprocess(*FAKE)

    assert result.ret == 1
    result.stdout.fnmatch_lines(["E * broken  never_restarted(*", "E * holds   restarted(*"])
    assert records(pytester)["test_broken"].outcome == "broken"


@pytest.mark.parametrize("scenario", [BROKEN, NOT_INJECTED, NOT_STEADY])
def test_what_failed_is_told_at_the_scenario_s_own_line_and_not_at_ours(
    pytester: pytest.Pytester, scenario: str
) -> None:
    given(pytester, scenario)

    brief = pytester.runpytest_inprocess(*FAKE)
    whole = pytester.runpytest_inprocess(*FAKE, "--full-trace")

    brief.stdout.re_match_lines([r"test_it\.py:\d+:"])
    brief.stdout.no_re_match_line(r".*chaos[/\\](running|testing)[/\\].*\.py:\d+:")
    whole.stdout.re_match_lines([r".*chaos/running/session\.py:\d+:"])


@pytest.mark.parametrize(
    ("scenario", "outcome"),
    [
        (NOT_INJECTED, "not injected"),
        (NOT_STEADY, "not steady"),
        (UNDECIDED, "undecided"),
        (NOT_HEALED, "not healed"),
    ],
)
def test_a_failure_of_the_harness_has_its_own_status(
    pytester: pytest.Pytester, scenario: str, outcome: str
) -> None:
    given(pytester, scenario)

    result = pytester.runpytest_inprocess(*FAKE)

    assert result.ret == 10
    result.stdout.fnmatch_lines([f"{outcome} *"])
    (record,) = records(pytester).values()
    assert record.outcome == outcome


@pytest.mark.parametrize("other", [BROKEN, FAILING])
def test_a_broken_law_outweighs_the_harness_s_failures(
    pytester: pytest.Pytester, other: str
) -> None:
    given(pytester, UNDECIDED, other)

    assert pytester.runpytest_inprocess(*FAKE).ret == 1


@pytest.mark.parametrize(("scenario", "status"), [(KEPT, 6), (UNDECIDED, 10)])
def test_too_many_warnings_are_not_a_failure_of_the_harness(
    pytester: pytest.Pytester, scenario: str, status: int
) -> None:
    warns = 'import warnings\n@chaotic\ndef test_warns(): warnings.warn("a word")\n'
    given(pytester, warns, scenario)

    assert pytester.runpytest_inprocess(*FAKE, "-Wdefault", "--max-warnings=0").ret == status


def test_an_ordinary_failure_beside_is_a_failure(pytester: pytest.Pytester) -> None:
    given(pytester, UNDECIDED, ORDINARY)

    assert pytester.runpytest_inprocess(*FAKE, "-m", "chaos or not chaos").ret == 1


def test_what_was_not_healed_stops_the_run(pytester: pytest.Pytester) -> None:
    given(pytester, NOT_HEALED, KEPT)

    result = pytester.runpytest_inprocess(*FAKE)

    assert result.ret == 10
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*a fault was not healed, so nothing after it is run*"])


def test_the_first_failure_ends_a_run_that_wants_it(pytester: pytest.Pytester) -> None:
    given(pytester, UNDECIDED, BROKEN)

    result = pytester.runpytest_inprocess(*FAKE, "-x")

    assert result.ret == 10
    result.assert_outcomes(failed=1)


def test_slow_scenarios_are_skipped_unless_asked_for(pytester: pytest.Pytester) -> None:
    given(pytester, SKIPPED)

    pytester.runpytest_inprocess(*FAKE).assert_outcomes(skipped=1)

    assert records(pytester)["test_slow"].outcome == "skipped"
    pytester.runpytest_inprocess(*FAKE, "--chaos-slow").assert_outcomes(failed=1)


def test_no_cluster_is_one_clear_message(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise NoCluster("no embedded cluster here: it needs root (sudo)")

    monkeypatch.setattr(wiring, "provided", refuse)
    given(pytester, KEPT, BROKEN)

    result = pytester.runpytest_inprocess("-m", "chaos")

    assert result.ret == 10
    result.assert_outcomes(errors=2)
    said = result.stdout.str()
    assert said.count("\nNoCluster: no embedded cluster here") == 1
    assert "as above" in said
    assert "plugin.py" not in said
    assert records(pytester)["test_broken"].outcome == "error"


def test_an_ini_file_chooses_and_the_command_line_wins(pytester: pytest.Pytester) -> None:
    given(pytester, KEPT)
    pytester.makeini("[pytest]\nchaos_cluster = fake\nchaos_reports = there\nchaos_nodes = 3\n")

    pytester.runpytest_inprocess("-m", "chaos", "--chaos-nodes=4").assert_outcomes(passed=1)

    run = pytester.path / "there" / "latest"
    assert store.read_run(run).versions["cluster"].startswith("fake, 4 nodes")


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("--chaos-nodes=0", "a number from 1 to"),
        ("--chaos-nodes=many", "a whole number"),
        ("--chaos-profile=slow", "fast or default"),
        ("--chaos-keep=perhaps", "yes or no"),
    ],
)
def test_a_bad_choice_is_one_line(pytester: pytest.Pytester, word: str, wanted: str) -> None:
    result = pytester.runpytest_inprocess(word)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.stderr.lines if line]
    assert wanted in line


def test_collecting_only_starts_nothing(pytester: pytest.Pytester) -> None:
    given(pytester, KEPT)

    assert pytester.runpytest_inprocess(*FAKE, "--collect-only").ret == 0

    assert not (pytester.path / "reports").exists()


def test_the_signals_are_given_back(pytester: pytest.Pytester) -> None:
    given(pytester, "\n@chaotic\ndef test_it(): print(signal.getsignal(signal.SIGTERM))\n")
    before = signal.getsignal(signal.SIGTERM)

    result = pytester.runpytest_inprocess(*FAKE, "-s")

    result.stdout.fnmatch_lines(["*handle.<locals>.interrupt*"])
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.subprocess
def test_a_run_that_is_ended_heals_on_the_way_out(pytester: pytest.Pytester) -> None:
    given(
        pytester,
        """
@chaotic
def test_ended(chaos):
    with chaos.inject(Odd(cure="healed")):
        os.kill(os.getpid(), signal.SIGTERM)
""",
    )

    result = pytester.runpytest_subprocess(*FAKE)

    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert (pytester.path / "healed").exists()
    assert (pytester.path / "reports" / "latest" / "index.html").exists()


def test_verbosely_words_are_said_where_dots_would_be(pytester: pytest.Pytester) -> None:
    given(pytester, KEPT, BROKEN)

    loud = pytester.runpytest_inprocess(*FAKE, "-v")
    quiet = pytester.runpytest_inprocess(*FAKE, "-q")

    told = ["*::test_kept RESTARTED after *", "*::test_broken RESTARTED, AND MUST NOT: after *"]
    loud.stdout.fnmatch_lines_random(told)
    assert "RESTARTED after" not in quiet.stdout.str().partition("= chaos =")[0]
    quiet.assert_outcomes(passed=1, failed=1)


@pytest.mark.subprocess
def test_two_workers_leave_one_report(pytester: pytest.Pytester) -> None:
    given(pytester, KEPT, UNDECIDED, NOT_STEADY)

    result = pytester.runpytest_subprocess(*FAKE, "-n2")

    assert result.ret == 10
    result.stdout.fnmatch_lines(["cluster: fake*", "kept * A crashed*", "page: *index.html"])
    (run,) = [f for f in (pytester.path / "reports").iterdir() if f.is_dir() and not f.is_symlink()]
    assert len(records(pytester)) == 3
    page = (run / "index.html").read_text()
    assert all(sentence in page for sentence in ("A crashed app", "Undecided", "Not steady"))
    assert "fake" in store.read_run(run).versions["cluster"]


@pytest.mark.subprocess
@pytest.mark.parametrize(("scenario", "status"), [(NOT_HEALED, 10), (BROKEN, 1), (PLAIN, 5)])
def test_exit_statuses_survive_workers(
    pytester: pytest.Pytester, scenario: str, status: int
) -> None:
    given(pytester, scenario)

    assert pytester.runpytest_subprocess(*FAKE, "-n1").ret == status


def test_allure_gets_the_pieces(pytester: pytest.Pytester) -> None:
    given(pytester, KEPT)

    pytester.runpytest_inprocess(*FAKE, "--alluredir=allure").assert_outcomes(passed=1)

    (result,) = (pytester.path / "allure").glob("*-result.json")
    said = result.read_text()
    assert "A crashed app is restarted." in said
    assert all(name in said for name in ("history.jsonl", "verdicts.json", "timeline"))
    steps = json.loads(said)["steps"]
    assert [step["name"].partition(":")[0] for step in steps] == [
        "inject Crash(apps=web, code=1, signal=0)",
        "inject Crash(apps=web, code=1, signal=0)",
    ]
    assert {one["status"] for step in steps for one in (step, *step["steps"])} == {"passed"}
    assert (pytester.path / "allure" / "environment.properties").read_text().startswith("cluster=")


def test_a_law_that_was_broken_is_a_step_that_failed(pytester: pytest.Pytester) -> None:
    given(pytester, BROKEN)

    pytester.runpytest_inprocess(*FAKE, "--alluredir=allure").assert_outcomes(failed=1)

    (result,) = (pytester.path / "allure").glob("*-result.json")
    proof, judged = json.loads(result.read_text())["steps"]
    assert (proof["status"], judged["status"]) == ("passed", "failed")
    assert "LawBroken" in json.loads(result.read_text())["statusDetails"]["message"]


@pytest.mark.parametrize("option", ["-q", "-s", "-v"])
def test_it_goes_with_pytest_s_own_options(pytester: pytest.Pytester, option: str) -> None:
    given(pytester, KEPT)

    assert pytester.runpytest_inprocess(*FAKE, option).ret == 0


def test_a_history_that_cannot_be_kept_is_not_a_success(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: store.HistoryFile, entry: object) -> None:
        del entry
        file.trouble = "history.jsonl: No space left on device"

    monkeypatch.setattr(store.HistoryFile, "write", full)
    given(pytester, KEPT)

    result = pytester.runpytest_inprocess(*FAKE)

    assert result.ret == 10
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["its history could not be kept: *No space left on device"])
    assert records(pytester)["test_kept"].outcome == "error"


def test_a_record_that_cannot_be_kept_ends_no_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_scenario", full)
    given(pytester, KEPT + PLAIN)

    result = pytester.runpytest_inprocess(*FAKE[2:], "-m", "chaos or not chaos")

    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["the scenario's record could not be kept: *No space left*"])


def test_a_page_that_cannot_be_written_is_not_a_success(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(run: Path) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(outputs, "write_page", full)
    given(pytester, KEPT)

    result = pytester.runpytest_inprocess(*FAKE)

    assert result.ret == 10
    result.stdout.fnmatch_lines(["*page could not be written: no space left on device"])


class Screen:
    """What a terminal reporter does with words."""

    def __init__(self, *, isatty: bool) -> None:
        self.isatty = isatty
        self.said: list[str] = []

    def write_line(self, text: str) -> None:
        self.said.append(text)

    def rewrite(self, text: str, *, erase: bool) -> None:
        assert erase
        self.said.append(f"live {text}")

    def write(self, text: str) -> None:
        self.said.append(text)

    def ensure_newline(self) -> None: ...


def test_a_terminal_gets_a_live_line() -> None:
    screen = Screen(isatty=True)
    shown = Terminal(screen, None)

    shown.live("waiting for a: 2 s")
    shown.live("waiting for a: 1 s")
    shown.clear()
    shown.clear()

    waits = ["live chaos: waiting for a: 2 s", "live chaos: waiting for a: 1 s"]
    assert screen.said == [*waits, "live ", "\r"]


def test_a_file_gets_few_whole_lines() -> None:
    screen, clock = Screen(isatty=False), ManualClock()
    shown = Terminal(screen, None, clock)

    for moment in range(7):
        clock.at(seconds(moment), lambda: None)
        shown.live(f"waiting for {'a' if moment < 3 else 'b'}: {moment}")
        clock.wait(NEWS, until=seconds(moment + 1), unless=lambda: False)

    assert screen.said == ["chaos: waiting for a: 0", "chaos: waiting for b: 5"]


def test_a_worker_s_voice_is_silent() -> None:
    shown = Terminal(None, None)

    shown.live("waiting")
    shown.line("there")
    shown.clear()


IMPOSSIBLE = '''
from chaos.errors import CannotHere

@chaotic
def test_impossible(cluster):
    """What nobody has hands on."""
    raise CannotHere("node worker1: nobody has hands on it")
'''


def test_what_this_cluster_cannot_do_is_skipped_with_the_reason_and_is_no_pass(
    pytester: pytest.Pytester,
) -> None:
    given(pytester, IMPOSSIBLE)

    run = pytester.runpytest_inprocess(*FAKE)

    run.assert_outcomes(skipped=1)
    run.stdout.fnmatch_lines(
        ["skipped       What nobody has hands on. (node worker1: nobody has hands on it)"]
    )
    assert records(pytester)["test_impossible"].outcome == "skipped"


SWALLOWED = """
@chaotic
def test_swallowed(chaos):
    try:
        with chaos.inject(Odd(real=False)):
            pass
    except Exception:
        pass
    with chaos.inject(Odd()):
        chaos.expect(seen(True))
"""
NOTHING_EXPECTED = """
@chaotic
def test_nothing_expected(chaos):
    with chaos.inject(Odd()):
        assert True
"""
REFUSED_AND_EXPECTED = """
@chaotic
def test_refused(cluster, chaos):
    nobody, web = cluster.run(deployment("nobody", replicas=0), deployment("web"))
    with pytest.raises(Exception, match="nobody had no pods"), chaos.inject(Crash(nobody)):
        pass
    with chaos.inject(Crash(web)):
        with pytest.raises(AssertionError):
            chaos.expect(never_restarted(web, through=seconds(9)))
"""
LOOKED_ON = """
@chaotic
def test_looked_on(cluster, chaos):
    assert cluster.run(deployment("web")).node
"""
NOTHING_INJECTED = """
@chaotic
def test_nothing_injected(cluster, chaos):
    assert cluster.run(deployment("web")).node
    for node in ():
        with chaos.inject(Odd()):
            chaos.expect(seen(True))
"""
NOTHING_SAID = """
@chaotic
def test_nothing_said(cluster):
    cluster.run(deployment("web"))
"""


@pytest.mark.parametrize(
    ("test", "name", "outcome", "said"),
    [
        pytest.param(
            SWALLOWED,
            "test_swallowed",
            "not injected",
            "the fault left no trace, so nothing was judged",
            id="a-fault-without-a-trace-that-it-caught-itself",
        ),
        pytest.param(
            NOTHING_EXPECTED,
            "test_nothing_expected",
            "undecided",
            "faults were injected, and nothing was expected of the cluster",
            id="no-law-was-asked",
        ),
        pytest.param(
            NOTHING_INJECTED,
            "test_nothing_injected",
            "undecided",
            "nothing was injected, so nothing was shown of the cluster",
            id="no-fault-was-injected",
        ),
        pytest.param(
            NOTHING_SAID,
            "test_nothing_said",
            "undecided",
            "nothing was injected, so nothing was shown of the cluster",
            id="nothing-was-asserted-either",
        ),
    ],
)
def test_a_scenario_that_shows_nothing_is_not_kept(
    pytester: pytest.Pytester, test: str, name: str, outcome: str, said: str
) -> None:
    given(pytester, test)

    result = pytester.runpytest_inprocess(*FAKE)

    assert result.ret == HARNESS_FAILED
    assert records(pytester)[name].outcome == outcome
    result.stdout.fnmatch_lines([f"*{said}*"])


def test_what_a_scenario_catches_on_purpose_is_its_own_matter(pytester: pytest.Pytester) -> None:
    given(pytester, REFUSED_AND_EXPECTED)

    result = pytester.runpytest_inprocess(*FAKE)

    result.assert_outcomes(passed=1)
    assert {record.outcome for record in records(pytester).values()} == {"kept"}


def test_who_only_looked_and_is_not_well_at_its_end_is_an_error(pytester: pytest.Pytester) -> None:
    ill = """
@pytest.fixture
def ill():
    yield
    raise RuntimeError("no end")
"""
    given(pytester, ill, LOOKED_ON.replace("cluster, chaos", "cluster, chaos, ill"))

    result = pytester.runpytest_inprocess(*FAKE)

    result.assert_outcomes(passed=1, errors=1)
    assert records(pytester)["test_looked_on"].outcome == "error"


def test_who_only_looks_passes_and_keeps_nothing(pytester: pytest.Pytester) -> None:
    given(pytester, KEPT, LOOKED_ON)

    result = pytester.runpytest_inprocess(*FAKE)

    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.OK
    assert records(pytester)["test_looked_on"].outcome == "looked"
    result.stdout.fnmatch_lines(["looked        Looked on (nothing was injected)"])
