"""Names and messages are anybody's: where they are shown they show, and nothing obeys them."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import allure
import pytest
from hostile import NAMES, Page, entries, told, written

from chaos.cli import program
from chaos.errors import ChaosError, LawBroken
from chaos.plugin.terminal import Terminal
from chaos.report import provenance, svg
from chaos.report.allure import description
from chaos.report.store import HistoryFile
from chaos.report.timeline import timeline
from chaos.testing import rehearsal
from chaos.visible import visible

pytest_plugins = ["pytester"]
assert allure
assert rehearsal

each_name = pytest.mark.parametrize("name", NAMES, ids=ascii)
TURNING = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
CONTROLS = {*map(chr, range(32)), *map(chr, range(0x7F, 0xA0))} - {"\n", "\t"}
OBEYED = CONTROLS | TURNING


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return Page(written(tmp_path_factory.mktemp("run"), "web-1"))


@each_name
def test_the_page_shows_a_hostile_name_and_obeys_nothing(
    tmp_path: Path, harmless: Page, name: str
) -> None:
    text = written(tmp_path, name)
    hostile = Page(text)

    assert hostile.open == []
    assert hostile.tags == harmless.tags
    assert hostile.names == harmless.names
    assert all(link.startswith(("#", "data:,", "../index.html")) for link in hostile.links)
    assert {c for c in text if c < " " or c in TURNING} <= {*"\t\n\r"}
    if len(name) < 200:  # a longer one is cut where it is shown
        assert svg.shown(name).replace("\r\n", "\n") in hostile.text.replace("\r\n", "\n")


def test_a_pod_named_script_shows_as_such(tmp_path: Path) -> None:
    page = Page(written(tmp_path, "<script>"))

    assert "pod <script> on <script>" in page.text
    assert "script" not in page.tags


@pytest.mark.parametrize("tag", ["b", "script"])
def test_a_tag_that_is_not_escaped_would_be_seen(tag: str) -> None:
    assert tag in Page(f"<p><{tag} onclick=x>").tags
    assert "onclick" in Page(f"<p><{tag} onclick=x>").names


@each_name
def test_the_timeline_is_sound_xml_without_anything_of_a_names_own(name: str) -> None:
    def parts(of: str) -> tuple[set[str], set[str]]:
        tree = ET.fromstring(timeline(entries(of), told(of).judgements))
        tags = {element.tag for element in tree.iter()}
        return tags, {key for element in tree.iter() for key in element.attrib}

    assert parts(name) == parts("web-1")


@each_name
def test_allures_description_is_as_inert_as_the_page(name: str) -> None:
    def parsed(of: str) -> Page:
        picture = timeline(entries(of), told(of).judgements)
        return Page(description(told(of), picture))

    hostile, harmless = parsed(name), parsed("web-1")

    assert hostile.tags == harmless.tags
    assert hostile.names == harmless.names
    assert all(link.startswith("data:image/svg+xml;base64,") for link in hostile.links)


@each_name
def test_no_name_breaks_or_colours_a_history(tmp_path: Path, name: str) -> None:
    with HistoryFile(tmp_path) as file:
        file.extend(entries(name))

    text = (tmp_path / "history.jsonl").read_text(encoding="ascii")

    assert OBEYED & {*text} == set()
    assert len(text.splitlines()) == len(entries(name))
    assert all(json.loads(line) for line in text.splitlines())


@each_name
def test_an_error_sends_a_terminal_nothing_that_it_obeys(name: str) -> None:
    for error in (ChaosError(f"pod {name}"), LawBroken(f"pod {name}")):
        assert OBEYED & {*str(error)} == set()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\x07\x08\x7f", r"a\x07\x08\x7f"),
        ("\x9b2J", r"\x9b2J"),
        ("over\r", r"over\r"),
        ("\u202eexe", r"\u202eexe"),
        ("\udc80", r"\udc80"),
        ("a\nb\tc", "a\nb\tc"),
        ("ünïcödé 漢字 ✓ עברית", "ünïcödé 漢字 ✓ עברית"),
        ("<script>", "<script>"),
        (r"\x1b", r"\x1b"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out_and_nothing_else(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(visible(text)) == shown


class Screen:
    """In place of pytest's reporter: what was sent."""

    def __init__(self, *, isatty: bool) -> None:
        self.isatty = isatty
        self.sent = ""

    def write_line(self, line: str) -> None:
        self.sent += line + "\n"

    def write(self, text: str) -> None:
        self.sent += text

    def rewrite(self, line: str, **_: bool) -> None:
        self.sent += line + "\n"

    def ensure_newline(self) -> None:
        pass


@pytest.mark.parametrize("live", [True, False])
def test_what_is_said_while_waiting_sends_nothing_that_is_obeyed(*, live: bool) -> None:
    terminal = Screen(isatty=live)
    shown = Terminal(terminal, None)

    shown.live("waiting for restarted(\x1b[2J): at most 3 s more")
    shown.line("healed \x1b[31mNodeDeath")

    assert r"\x1b[2J" in terminal.sent
    assert r"\x1b[31m" in terminal.sent
    assert OBEYED & {*terminal.sent} <= {"\r"}


SCENARIOS = """
import pytest
from chaos.errors import NotSteady
from chaos.faults import Crash
from chaos.judging.law import law
from chaos.judging.verdict import Ruling, Verdict
from chaos.workloads import deployment

NAME = "we\\x1b[31mb<b>\\u202e"
pytestmark = pytest.mark.chaos


@law
def told(aftermath, what):
    "Something was told."
    return Verdict(Ruling.BROKEN, f"the pod said {what}")


def test_broken(cluster, chaos):
    "A pod called we\\x1b[31mb fails."
    web = cluster.run(deployment("web"))
    with chaos.inject(Crash(web)):
        chaos.expect(told(NAME))


def test_unsteady(cluster, chaos):
    raise NotSteady(f"pod {NAME} did not become ready")
"""


@pytest.fixture
def _no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "_git", lambda *_: "")


@pytest.mark.usefixtures("_no_git")
def test_a_whole_run_sends_a_terminal_nothing_that_it_obeys(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytester.makepyfile(test_it=SCENARIOS)
    run = ("-m", "chaos", "--chaos-cluster=fake", "-p", "no:cacheprovider", "--junitxml=j.xml")

    said = pytester.runpytest_inprocess(*run, "--color=no").stdout.str()

    assert said.count(r"\x1b[31m") > 3
    assert OBEYED & {*said} == set()
    names = {e.tag for e in ET.parse(pytester.path / "j.xml").iter()}
    assert "b" not in names
    capsys.readouterr()
    monkeypatch.chdir(pytester.path)
    monkeypatch.setattr("sys.argv", ["chaos", "judge", "reports/latest"])
    with pytest.raises(SystemExit):
        program.main()
    again = "".join(capsys.readouterr())
    assert r"\x1b[31m" in again
    assert OBEYED & {*again} == set()
