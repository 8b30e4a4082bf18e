"""Options, ini values and the words of `chaos`: refused in one line, with nothing begun."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from clear import must_be_clear, snapshot
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.cli import program
from chaos.options import BadOption, Options, dashed, options, unheeded
from chaos.providers.embedded import assets, inventory
from chaos.report import provenance
from chaos.testing import FakeCluster

pytest_plugins = ["pytester"]

USAGE = pytest.ExitCode.USAGE_ERROR
QUIET = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
FAKE = ("-m", "chaos", "--chaos-cluster=fake", *QUIET)
SCENARIO = """
import pytest
from chaos.workloads import deployment
@pytest.mark.chaos
def test_it(cluster):
    cluster.run(deployment("web"))
"""
LONG = "x" * 5000
NUMBERS = [
    *("", " ", "0", "-1", "31", "many", "1e3", "2.0", "0x3", "3 ", "1_0", "٣", "²", "-", "nan"),
    *("inf", "9" * 19, "9" * 5000, f"-{'9' * 5000}", "3;4", "3\x1b[2J", "3\u202e", "None", "[3]"),
]
VALUES = [
    *(("nodes", word) for word in NUMBERS),
    *(("look_on", word) for word in ("", "-1", "601", "1e3", "ten")),
    *(("repeat", word) for word in ("", "0", "-1", "10001", "1e3", "ten", "9" * 5000)),
    *(("profile", word) for word in ("", "Fast", "slow", "fast,default", "fast ", LONG, "../fast")),
    *(("keep", word) for word in ("perhaps", "2", "on", "yes no", LONG, "\u202eyes")),
    *(("slow", word) for word in ("perhaps", "-1", "y")),
    *(("image", word) for word in ("a b", "a\tb", " ", "a\x1b[2J", "\u202enginx")),
    *(("reports", word) for word in ("", " ")),
    *(("load", word) for word in (" ", ",", "a.tar,", ",a.tar", "a.tar,,b.tar", "a\0b.tar")),
]


@pytest.fixture(autouse=True)
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whatever was run on the fake cluster."""
    ran: list[str] = []
    monkeypatch.setattr(provenance, "_git", lambda *_: "")
    monkeypatch.setattr(
        FakeCluster, "_run", lambda *_: pytest.fail("a workload was run") or ran.append("")
    )
    return ran


def refused(result: pytest.RunResult, *named: str) -> None:
    """One line on stderr, the status of wrong usage, and no scenario was begun."""
    assert result.ret == USAGE
    (line,) = [line for line in result.stderr.lines if line]
    must_be_clear(line, *named)
    assert "INTERNALERROR" not in result.stdout.str()
    assert "test_it" not in result.stdout.str().replace("test_it.py", "").replace("test_it0", "")


@pytest.mark.parametrize(("name", "word"), VALUES)
def test_a_value_that_cannot_be_used_is_one_line(name: str, word: str) -> None:
    with pytest.raises(BadOption) as told:
        options({name: word})
    must_be_clear(told.value, f"--chaos-{dashed(name)} (ini: chaos_{name}) takes ", ", not '")


@pytest.mark.parametrize(("name", "word"), VALUES[::5])
def test_a_bad_value_on_the_command_line_ends_as_wrong_usage(
    pytester: pytest.Pytester, name: str, word: str
) -> None:
    pytester.makepyfile(test_it=SCENARIO)
    before = snapshot(pytester.path)

    result = pytester.runpytest_inprocess(*FAKE, f"--chaos-{dashed(name)}={word}")

    refused(result, f"--chaos-{dashed(name)} (ini: chaos_{name}) takes ", ", not '")
    assert snapshot(pytester.path) == before


@pytest.mark.parametrize(
    ("name", "word", "shown"),
    [
        ("nodes", "0", "a number from 1 to 30, not '0'"),
        ("nodes", "3\n4", r"a whole number, not '3\n4'"),
        ("nodes", LONG, f"not '{'x' * 150} ... {'x' * 150}'"),
        ("nodes", "9" * 5000, "a number from 1 to 30, not '999"),
        ("keep", "\ud800", r"yes or no, not '\ud800'"),
        ("keep", "ja\u202e", r"not 'ja\u202e'"),
        ("reports", "a\0b", r"a folder, not 'a\x00b'"),
        ("image", "a b", "the name of an image, not 'a b'"),
    ],
)
def test_the_value_is_shown_as_it_was_given_on_one_line(name: str, word: str, shown: str) -> None:
    with pytest.raises(BadOption) as told:
        options({name: word})
    must_be_clear(told.value, shown)


WORDS = {
    "ini": ("tox.ini", "[pytest]\n{0} = {1}\n"),
    "toml": ("pyproject.toml", "[tool.pytest.ini_options]\n{0} = {1}\n"),
}


@pytest.mark.parametrize(
    ("file", "name", "word", "named"),
    [
        ("ini", "chaos_nodes", "", "not ''"),
        ("ini", "chaos_nodes", "two", "not 'two'"),
        ("ini", "chaos_nodes", "2\n  3", r"not '2\n3'"),
        ("ini", "chaos_nodes", "2 # workers", "not '2 # workers'"),
        ("ini", "chaos_profile", "slow", "not 'slow'"),
        ("ini", "chaos_keep", "maybe", "not 'maybe'"),
        ("ini", "chaos_repeat", "0", "not '0'"),
        ("ini", "chaos_reports", "", "not ''"),
        ("ini", "chaos_image", "a b", "not 'a b'"),
        ("ini", "chaos_load", "a.tar,", "takes image archives, with commas between, not 'a.tar,'"),
        ("toml", "chaos_nodes", "0", "not '0'"),
        ("toml", "chaos_nodes", "[1, 2]", "takes one word, not [1, 2]"),
        ("toml", "chaos_nodes", "2.5", "not '2.5'"),
        ("toml", "chaos_profile", "['fast']", "takes one word, not ['fast']"),
        ("toml", "chaos_profile", "true", "takes "),
        ("toml", "chaos_reports", "['a']", "takes one word, not ['a']"),
        ("toml", "chaos_reports", r'"a\u0000b"', r"not 'a\x00b'"),
        ("toml", "chaos_keep", "2020-01-01", "takes "),
        ("toml", "chaos_image", r'"a\u001b[2J"', r"not 'a\x1b[2J'"),
    ],
)
def test_an_ini_value_that_cannot_be_used_is_one_line(
    pytester: pytest.Pytester, file: str, name: str, word: str, named: str
) -> None:
    pytester.makepyfile(test_it=SCENARIO)
    where, text = WORDS[file]
    (pytester.path / where).write_text(text.format(name, word))

    result = pytester.runpytest_inprocess(*FAKE, "-Wignore::pytest.PytestRemovedIn10Warning")

    refused(result, f"(ini: {name})", named)
    assert not (pytester.path / "reports").exists()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--chaos-nodes"], "--chaos-nodes: expected one argument"),
        (["--chaos-reports"], "--chaos-reports: expected one argument"),
        (["--chaos-node=3"], "unrecognized arguments: --chaos-node=3"),
        (["--chaos=3"], "unrecognized arguments: --chaos=3"),
        (["--chaos-nodes=--"], "--chaos-nodes"),
        (["--chaos-nodes=3=4"], "takes a whole number, not '3=4'"),
        (["--chaos-nodes=3", "--chaos-nodes=x"], "takes a whole number, not 'x'"),
    ],
)
def test_pytest_s_own_reading_of_options_ends_as_wrong_usage(
    pytester: pytest.Pytester, words: list[str], named: str
) -> None:
    pytester.makepyfile(test_it=SCENARIO)

    result = pytester.runpytest_inprocess(*FAKE, *words)

    assert result.ret == USAGE
    assert named in result.stderr.str()
    assert "Traceback" not in result.stderr.str()
    assert not (pytester.path / "reports").exists()


def a_file(path: Path) -> None:
    path.write_text("kept")


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_loop(path: Path) -> None:
    path.symlink_to(path)


def a_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


def a_latest_folder(path: Path) -> None:
    (path / "latest").mkdir(parents=True)


@pytest.mark.parametrize("workers", [(), ("-n1",)])
@pytest.mark.parametrize("make", [a_file, a_pipe, a_loop, a_dangling_link, a_latest_folder])
def test_reports_that_cannot_be_kept_are_refused_before_anything_is_begun(
    pytester: pytest.Pytester, make: Callable[[Path], None], workers: tuple[str, ...]
) -> None:
    pytester.makepyfile(test_it=SCENARIO)
    make(pytester.path / "there")
    before = snapshot(pytester.path)

    result = pytester.runpytest_inprocess(*FAKE, *workers, "--chaos-reports=there")

    refused(result, "--chaos-reports (ini: chaos_reports) takes a folder", "not 'there'")
    assert snapshot(pytester.path) == before


@pytest.mark.parametrize(
    "inside", ["afile/x", "afile/x/y", f"{'x' * 300}", "/dev/null/x", "/proc/x"]
)
def test_reports_in_what_is_no_folder_are_refused(pytester: pytest.Pytester, inside: str) -> None:
    pytester.makepyfile(test_it=SCENARIO)
    (pytester.path / "afile").write_text("kept")

    refused(pytester.runpytest_inprocess(*FAKE, f"--chaos-reports={inside}"), f"not '{inside}'")


def test_reports_that_may_not_be_written_are_refused(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(test_it=SCENARIO)
    (pytester.path / "locked").mkdir(mode=0o500)

    def refuse(dir: Path) -> None:  # noqa: A002  as it is called
        raise PermissionError(13, "Permission denied", str(dir / "tmp4711"))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)  # root may: answered for it

    result = pytester.runpytest_inprocess(*FAKE, "--chaos-reports=locked")

    refused(result, "locked: Permission denied", "not 'locked'")


TEXT = st.text(max_size=40) | st.from_regex(r"[+-]?[0-9_ ]{0,8}", fullmatch=True)


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(sorted(Options.__dataclass_fields__)), word=TEXT)
def test_whatever_the_word_it_is_used_or_refused_in_one_line(name: str, word: str) -> None:
    try:
        chosen = options({name: word})
    except BadOption as told:
        must_be_clear(told, f"--chaos-{dashed(name)}")
    else:
        assert isinstance(getattr(chosen, name), type(getattr(Options(), name)))


class Command:
    """Runs `chaos` in this process; nothing of this machine is looked at or taken down."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.setattr(inventory, "running", list)
        for module, act in ((inventory, "take_down"), (assets, "find")):
            monkeypatch.setattr(module, act, lambda *_: pytest.fail("something was done"))

    def __call__(self, *words: str) -> tuple[int, str]:
        self._monkeypatch.setattr(sys, "argv", ["chaos", *words])
        with pytest.raises(SystemExit) as ended:
            program.main()
        out, err = self._capsys.readouterr()
        assert out == ""
        return int(ended.value.code or 0), err.removesuffix("\n")


@pytest.fixture
def chaos(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


NAMES = ["", "../x", "a/b", "/", "A", "-a", "a-", "a\nb", "a\x1b[2J", "é", "\udc80", LONG, "a b"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", ["up", "heal"])
def test_a_cluster_cannot_have_such_a_name(chaos: Command, command: str, name: str) -> None:
    words = [command, "--", name]
    status, told = chaos(*words)

    assert status == 10
    must_be_clear(told, "chaos: a cluster cannot be named '")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_there_is_not_taken_down(chaos: Command, name: str) -> None:
    status, told = chaos("down", "--", name)

    assert status == 10
    must_be_clear(told, "chaos: there is no cluster '")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        *((["up", f"--nodes={word}"], "--nodes takes") for word in NUMBERS),
        (["up", "--profile=\u202efast"], r"not '\u202efast'"),
        (["up", f"--profile={LONG}"], "--profile takes fast or default"),
        (["up", "--\x1b[2J"], r"No such option: --\x1b[2J"),
        ([LONG], "No such command"),
        (["a\nb"], r"No such command 'a\nb'"),
        (["\udc80"], r"No such command '\udc80'"),
        (["judge", "a", "b\nc"], r"unexpected extra argument(s) (b\x0ac)"),
        (["heal", "a", "--nodes=3"], "No such option: --nodes"),
        (["down", "--all=yes"], "--all"),
    ],
)
def test_words_that_cannot_be_read_end_as_wrong_usage(
    chaos: Command, words: list[str], named: str
) -> None:
    status, told = chaos(*words)

    assert status == 4
    must_be_clear(told, "chaos: ", named)


@pytest.mark.subprocess
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
@pytest.mark.parametrize("word", [b"\xff\xfe", "…\u202e".encode(), b"a\nb\x1b[2J"])
def test_bytes_that_are_no_text_reach_no_terminal(
    tmp_path: Path, word: bytes, encoding: str
) -> None:
    environ = {**os.environ, "PYTHONIOENCODING": encoding}
    words: list[str | bytes] = [
        sys.executable,
        "-c",
        "import chaos.cli.program as c; c.main()",
        "judge",
    ]

    done = subprocess.run(
        [*words, word], check=False, capture_output=True, env=environ, cwd=tmp_path
    )

    assert done.returncode == 10
    must_be_clear(done.stderr.decode().removesuffix("\n"), "no such run")


@pytest.mark.parametrize(
    ("chosen", "wishes"),
    [
        (Options(nodes=3, profile="default"), ["--chaos-nodes=3", "--chaos-profile=default"]),
        (Options(nodes=3), ["--chaos-nodes=3"]),
        (Options(nodes=4, profile="fast"), []),
        (Options(), []),  # what nobody asked for is no wish
    ],
)
def test_what_a_cluster_that_is_there_cannot_come_up_to_is_told(
    chosen: Options, wishes: list[str]
) -> None:
    assert unheeded(chosen, {"nodes": 4, "profile": "fast"}) == wishes
