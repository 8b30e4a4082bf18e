"""Stored runs that are not as we wrote them: read, or refused in one line; never changed."""

from __future__ import annotations

import copy
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clear import must_be_clear, snapshot

from chaos.cli import program
from chaos.errors import Unreadable, one_line
from chaos.report.judge import judge_again
from chaos.report.page import write_page
from chaos.report.record import RunRecord
from chaos.report.store import HISTORY, RUN, VERDICTS, read_history, write_run

STORED = Path(__file__).parents[1] / "histories" / "2026-11-23"
CRASH = next(STORED.glob("*test_a_crashed_container*"))
LINES = (CRASH / HISTORY).read_bytes().splitlines()
KEPT = json.loads((CRASH / VERDICTS).read_text())
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2.5, 10**30, -1e308, 1e999, -1e999, float("nan"), "", "x"),
    *("nan", "\ud800", "a\0b\n\x1b[2J\u202e", "y" * 5000, [], {}, [[[]]], [None], {"": 0}),
)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A real run of one scenario, to be changed."""
    shutil.copytree(CRASH, tmp_path / "run" / CRASH.name)
    return tmp_path / "run"


@pytest.fixture
def scenario(run: Path) -> Path:
    return run / CRASH.name


def read(run: Path) -> None:
    """Judge a run and draw its page: each works, or refuses in one line and changes nothing."""
    before = snapshot(run)
    try:
        for again in judge_again(run):
            assert one_line(again)
    except Unreadable as told:
        must_be_clear(told)
    assert snapshot(run) == before
    try:
        write_page(run)
    except Unreadable as told:
        must_be_clear(told)
        assert snapshot(run) == before


def refused(run: Path, *named: str | Path) -> None:
    """Both refuse, in one line that names these."""
    before = snapshot(run)
    for reader in (judge_again, write_page):
        with pytest.raises(Unreadable) as told:
            reader(run)
        must_be_clear(told.value, *named)
    assert snapshot(run) == before


@pytest.mark.parametrize("number", [0, 2, len(LINES) - 1])
def test_a_line_cut_anywhere_is_named_unless_it_is_the_last(scenario: Path, number: int) -> None:
    path = scenario / HISTORY
    whole = LINES[number]
    for cut in range(1, len(whole)):
        torn = [*LINES[:number], whole[:cut], *LINES[number + 1 :]]
        path.write_bytes(b"\n".join(torn) + b"\n")
        with pytest.raises(Unreadable) as told:
            read_history(scenario)
        must_be_clear(told.value, f"{path}:{number + 1}: not an entry of a history: ")

        path.write_bytes(b"\n".join([*LINES[:number], whole[:cut]]))
        assert len(read_history(scenario)) == number


def shapes(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, one of each shape: the first item stands for its list."""
    yield way
    match value:
        case dict():
            for key, inner in value.items():
                yield from shapes(inner, (*way, key))
        case [first, *_]:
            yield from shapes(first, (*way, 0))


def changed(whole: Any, way: tuple[Any, ...], *value: Any) -> Any:
    """The value with another at this place, or without the place."""
    if not way:
        return value[0] if value else None
    fresh = copy.deepcopy(whole)
    place = fresh
    for step in way[:-1]:
        place = place[step]
    if value:
        place[way[-1]] = value[0]
    else:
        del place[way[-1]]
    return fresh


def kinds() -> Iterator[tuple[int, dict[str, Any]]]:
    """The number of the first line of each kind of entry, and what it says."""
    seen = set()
    for number, line in enumerate(LINES):
        told = json.loads(line)
        kind = (told["kind"], told.get("thing", {}).get("kind"))
        if kind not in seen:
            seen.add(kind)
            yield number, told


def named(way: Any) -> str | None:
    return ".".join(map(str, way)) or "all" if isinstance(way, tuple) else None


ENTRY_PLACES = [(n, way) for n, told in kinds() for way in shapes(told)]
VERDICT_PLACES = [way for way in shapes(KEPT) if "arguments" not in way[:-1]]


@pytest.mark.parametrize(
    ("number", "way"), ENTRY_PLACES, ids=[f"{n}-{named(way)}" for n, way in ENTRY_PLACES]
)
def test_an_entry_with_anything_in_a_field_is_read_or_named(
    scenario: Path, number: int, way: tuple[Any, ...]
) -> None:
    path, told = scenario / HISTORY, json.loads(LINES[number])
    for value in (*((value,) for value in VALUES), ()):
        fresh = json.dumps(changed(told, way, *value)).encode()
        path.write_bytes(b"\n".join([*LINES[:number], fresh, *LINES[number + 1 :]]) + b"\n")
        try:
            read_history(scenario)
        except Unreadable as error:
            must_be_clear(error, f"{path}:{number + 1}: not an entry of a history: ")


@pytest.mark.parametrize("number", [number for number, _ in kinds()])
def test_an_entry_with_anything_in_any_field_is_judged_and_drawn_or_named(
    run: Path, scenario: Path, number: int
) -> None:
    told = json.loads(LINES[number])
    for way, value in itertools.product(list(shapes(told))[1:], VALUES[::4]):
        fresh = json.dumps(changed(told, way, value)).encode()
        text = b"\n".join([*LINES[:number], fresh, *LINES[number + 1 :]]) + b"\n"
        (scenario / HISTORY).write_bytes(text)
        try:
            read_history(scenario)
        except Unreadable:
            continue
        read(run)


@pytest.mark.parametrize(("number", "way"), [*enumerate(VERDICT_PLACES)], ids=named)
def test_verdicts_with_anything_in_a_field_are_judged_and_drawn_or_named(
    run: Path, scenario: Path, number: int, way: tuple[Any, ...]
) -> None:
    for value in (*((value,) for value in VALUES[number % 3 :: 3]), ()):
        (scenario / VERDICTS).write_text(json.dumps(changed(KEPT, way, *value)))
        read(run)


def test_a_law_s_arguments_with_anything_in_a_field_are_judged_or_named(
    run: Path, scenario: Path
) -> None:
    ways = [way for way in shapes(KEPT) if "arguments" in way[:-1]]
    for number, way in enumerate(ways):
        for value in VALUES[number % 4 :: 4]:
            (scenario / VERDICTS).write_text(json.dumps(changed(KEPT, way, value)))
            read(run)


def test_a_run_s_record_with_anything_in_a_field_is_drawn_or_named(run: Path) -> None:
    write_run(run, RunRecord("r", "2026", 3.5, "pytest -m chaos", {"Kubernetes": "1.37"}, "abc"))
    kept = json.loads((run / RUN).read_text())
    for way, value in itertools.product(shapes(kept), VALUES[::2]):
        (run / RUN).write_text(json.dumps(changed(kept, way, value)))
        read(run)


VISITED = (
    b'{"kind":"visited","at":1,"uid":"u","workload":"users","asked":"web","since":0,"through":1,'
    b'"visits":[[%s]]}\n'
)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"{\n", ":1: not an entry"),
        (b"null\n", ":1: not an entry"),
        (b"[]\n", ":1: not an entry"),
        (b"42\n", ":1: not an entry"),
        (b'"words"\n', ":1: not an entry"),
        (b"\xff\xfe{}\n", ":1: not an entry"),
        (b"\x00\x00\x00\n", ":1: not an entry"),
        (b"[" * 100000 + b"\n", ":1: not an entry of a history: it is nested too deeply"),
        (b'{"at":' * 5000 + b"\n", ":1: not an entry"),
        (b'{"at":' + b"9" * 5000 + b',"kind":"gap"}\n', ":1: not an entry"),
        (b'{"kind":"gap","at":NaN,"until":1,"why":""}\n', "at: nan is no moment of a run"),
        (b'{"kind":"gap","at":1,"until":Infinity,"why":""}\n', "until: inf is no moment"),
        (b'{"kind":"gap","at":-1e300,"until":1,"why":""}\n', "at: -1e+300 is no moment"),
        (VISITED % b"NaN,0.1,200", "sent: nan is no moment"),
        (VISITED % b'1,0.1,"refused"],[-Infinity,0,200', "sent: -inf is no moment"),
        (VISITED % b"1", ":1: not an entry"),
        (b'{"kind":"miracle","at":1}\n', ":1: not an entry"),
        (b'{"kind":"gap\\u0000\\n","at":1}\n', ":1: not an entry"),
        (b"<html>\n", ":1: not an entry"),
    ],
)
def test_a_line_that_no_harness_writes_is_named(
    run: Path, scenario: Path, raw: bytes, why: str
) -> None:
    (scenario / HISTORY).write_bytes(raw + b"\n".join(LINES) + b"\n")

    refused(run, f"{scenario / HISTORY}{why}" if why[0] == ":" else why)


def test_a_byte_order_mark_dos_lines_and_empty_lines_are_read(run: Path, scenario: Path) -> None:
    lines = b"\r\n\r\n".join(LINES)
    (scenario / HISTORY).write_bytes(b"\xef\xbb\xbf" + lines + b"\r\n")

    assert all(again.same for again in judge_again(run))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not what this harness writes"),
        ("{", "not what this harness writes"),
        ("\ufeff{", "not what this harness writes"),
        ("null", "version None, and this harness reads version 1"),
        ('{"version": "1"}', "version '1', and this harness reads version 1"),
        ('{"version": 2}', "version 2, and this harness reads version 1"),
        ('{"version": true}', "version True, and this harness reads version 1"),
        ('{"version": 1.0}', "version 1.0, and this harness reads version 1"),
        ('{"version": 1e999}', "version inf, and this harness"),
        ('{"version": [[["\\u001b[2J\\n"]]]}', "version [[["),
        ('{"version": "' + "v" * 5000 + '"}', "vvv ... vvv"),
        ('{"version": 1}', "not what this harness writes: scenario: "),
        ("[" * 100000, "it is nested too deeply"),
        ('{"version": ' + "9" * 5000 + "}", "not what this harness writes"),
    ],
)
def test_verdicts_that_this_harness_did_not_write_are_refused(
    run: Path, scenario: Path, text: str, why: str
) -> None:
    (scenario / VERDICTS).write_text(text)

    refused(run, scenario / VERDICTS, why)


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


MAKERS = [
    (a_folder, "a folder, not a file"),
    (a_pipe, "a pipe, not a file"),
    (endless, "a link, and a run's files are its own"),
    (huge, "larger than 1024 MiB"),
]


@pytest.mark.parametrize(("make", "why"), MAKERS)
@pytest.mark.parametrize("name", [HISTORY, VERDICTS])
def test_what_is_no_file_is_named_and_not_waited_for(
    run: Path, scenario: Path, name: str, make: Callable[[Path], None], why: str
) -> None:
    (scenario / name).unlink()
    make(scenario / name)

    for reader in (judge_again, write_page):
        with pytest.raises(Unreadable) as told:
            reader(run)
        must_be_clear(told.value, scenario / name, why)


@pytest.mark.parametrize("name", [HISTORY, VERDICTS])
def test_a_link_that_leads_nowhere_does_no_harm(run: Path, scenario: Path, name: str) -> None:
    for target in ("nowhere", name):
        (scenario / name).unlink()
        (scenario / name).symlink_to(target)

        try:
            judge_again(run)
        except Unreadable as told:
            must_be_clear(told, scenario / name)


def test_a_file_that_may_not_be_read_is_named(
    run: Path, scenario: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("chaos.files.os.open", refuse)  # root may: the answer is given for it

    with pytest.raises(Unreadable) as told:
        judge_again(run)
    must_be_clear(told.value, scenario / VERDICTS, "Permission denied")


@pytest.mark.parametrize(
    "text",
    [b"", b"\n", b".", b"..", b"../other", b"/etc", b"a/b", b"a\nb", b"a\0b", b"\xff", b"\x1b[2J"],
)
def test_a_latest_that_names_no_run_beside_it_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "latest").write_bytes(text)

    with pytest.raises(Unreadable) as told:
        judge_again(tmp_path / "latest")
    must_be_clear(told.value, tmp_path / "latest")


@pytest.mark.parametrize(
    "name",
    [
        *("", ":", "chaos", "chaos:x", "no.such.module:law", "..x:y", ".:.", "a\0b:c", "é:é"),
        *(
            "os:system",
            "chaos.running.ledger:Ledger",
            "chaos.judging.law:law",
            "chaos.laws.restart:",
            "sys:exit",
        ),
        *(
            "idlelib.idle_test:x",
            "this_is_not:there",
            "a\nb:c",
            "\x1b[2J:x",
            "\ud800:x",
            "x" * 5000,
        ),
        *("ending_module:law", "failing_module:law", "odd_module:made", "odd_module:untyped"),
    ],
)
def test_a_law_that_is_not_to_be_had_is_unknown_in_one_line(
    run: Path, scenario: Path, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "ending_module.py").write_text("raise SystemExit(0)\n")
    (tmp_path / "failing_module.py").write_text("1 / 0\n")
    (tmp_path / "odd_module.py").write_text(
        "from functools import wraps\nfrom chaos.history.history import History\n"
        "def inner(history: History): ...\n"
        "@wraps(inner)\ndef made(*a, **k): return 3\n"
        "def other(history: Nowhere): ...\n"
        "@wraps(other)\ndef untyped(*a, **k): return 3\n"
    )
    way = ("judgements", 0, "verdicts", 0, "law", "name")
    (scenario / VERDICTS).write_text(json.dumps(changed(KEPT, way, name)))

    again, *_ = judge_again(run)

    assert again.fresh.ruling.value == "unknown"
    must_be_clear(again.fresh.because)
    read(run)


def test_verdicts_of_another_run_are_refused(run: Path, scenario: Path) -> None:
    (scenario / VERDICTS).write_text(json.dumps(changed(KEPT, ("judgements", 0, "number"), 99)))

    with pytest.raises(Unreadable) as told:
        judge_again(run)
    must_be_clear(told.value, scenario, "fault 99", "the two files are not of one run")


class Judge:
    """Runs `chaos judge` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.setattr(sys, "path", list(sys.path))

    def __call__(self, run: str | Path) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["chaos", "judge", str(run)])
        with pytest.raises(SystemExit) as ended:
            program.main()
        return int(ended.value.code or 0), *self._capsys.readouterr()


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Judge:
    return Judge(monkeypatch, capsys)


def is_nothing(path: Path) -> None:
    assert not path.exists()


def is_a_file(path: Path) -> None:
    path.write_text("{}")


def is_empty(path: Path) -> None:
    path.mkdir()


def is_a_loop(path: Path) -> None:
    path.symlink_to(path)


def has_a_broken_history(path: Path) -> None:
    shutil.copytree(CRASH, path / "scenario")
    (path / "scenario" / HISTORY).write_text("{}\n")


def has_a_pipe(path: Path) -> None:
    shutil.copytree(CRASH, path / "scenario")
    (path / "scenario" / VERDICTS).unlink()
    os.mkfifo(path / "scenario" / VERDICTS)


NAMES = ["run", "a\nb", "\x1b[2J", "\u202erun", "r" * 200, "<b>", "latest"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "make", [is_nothing, is_a_file, is_empty, is_a_loop, a_pipe, has_a_broken_history, has_a_pipe]
)
def test_the_command_ends_with_10_and_one_line(
    judge: Judge, tmp_path: Path, make: Callable[[Path], None], name: str
) -> None:
    make(tmp_path / name)

    status, out, err = judge(tmp_path / name)

    assert (status, out) == (10, "")
    must_be_clear(err.removesuffix("\n"), "chaos: ", one_line(tmp_path))


def test_the_command_sends_a_terminal_nothing_to_obey(
    judge: Judge, run: Path, scenario: Path
) -> None:
    hostile = changed(KEPT, ("scenario",), "a\nb\x1b[2J\ud800\u202e")
    hostile["judgements"][0]["verdicts"][0]["because"] = "c\nd\x1b[2J\ud800"
    (scenario / VERDICTS).write_text(json.dumps(hostile))

    status, out, err = judge(run)

    assert (status, err) == (1, "")
    for line in out.splitlines():
        must_be_clear(line)
    assert r"a\nb\x1b[2J\ud800\u202e" in out
    assert r"(then: c\nd\x1b[2J\ud800)" in out


@pytest.mark.subprocess
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_of_few_letters_is_enough(run: Path, scenario: Path, encoding: str) -> None:
    (scenario / VERDICTS).write_text(json.dumps(changed(KEPT, ("scenario",), "…\ud800é")))
    words = [sys.executable, "-c", "import chaos.cli.program as c; c.main()", "judge", str(run)]
    environ = {**os.environ, "PYTHONIOENCODING": encoding}

    done = subprocess.run(words, check=False, capture_output=True, env=environ)

    assert (done.returncode, done.stderr) == (0, b"")
