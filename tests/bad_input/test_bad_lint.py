"""What `chaos lint` cannot read: one line with the file and the line, and status 10."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from clear import must_be_clear

from chaos.cli import program
from chaos.lint import sources as found_in

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app}]}\n"


def refused(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *words: str,
    stdin: bytes = b"",
) -> str:
    """What is said; nothing else is written, and no traceback."""
    monkeypatch.setattr(sys, "argv", ["chaos", "lint", *words])
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
    with pytest.raises(SystemExit) as ended:
        program.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (10, "")
    line, end = err[:-1], err[-1]
    assert end == "\n"
    must_be_clear(line)
    return line.removeprefix("chaos: ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1\nb: 2\n", ":2: "),
        (f"{POD}---\n\tx: y\n", ":6: "),
        (f"{POD}---\na: b\nspec: {{{{ .Values.x }}}}\n", ":7: "),  # a chart that is not rendered
        (f"{POD}---\na: 1\na: 2\n", ":7: 'a' is there already, at line 6"),
        ("kind: Pod\na: !!int 2020-99-99\n", ":2: '2020-99-99' is no int"),
        ("kind: Pod\na: !!python/object:os.system {}\n", ":2: could not determine a constructor"),
        ("kind: Pod\na: b\x1b[2J\n", ": unacceptable character #x001b"),
        (b"kind: Pod\na: \xff\xfe\n", ": cannot be read: 'utf-8' codec"),
        ("just words\n", ":1: an object is wanted, this is str"),
        ("\n- kind: Pod\n", ":2: an object is wanted, this is list"),
        ("metadata: {name: web}\n", ":1: kind is missing or is no text: None"),
        ("kind: [Pod]\n", ":1: kind is missing or is no text: ['Pod']"),
        ("kind: ''\n", ":1: kind is missing or is no text: ''"),
        (
            'kind: Pod\nmetadata:\n  annotations:\n    chaos.lint/ignore: "\\e[2J"\n',
            r":4: metadata.annotations.chaos.lint/ignore: '\x1b[2J' is no rule",
        ),
    ],
)
def test_a_text_that_is_no_manifest_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str | bytes,
    told: str,
) -> None:
    raw = text if isinstance(text, bytes) else text.encode()
    path = tmp_path / "web.yaml"
    path.write_bytes(raw)

    assert refused(monkeypatch, capsys, str(path)).startswith(f"{path}{told}")
    assert refused(monkeypatch, capsys, "-", stdin=raw).startswith(f"stdin{told}")


def test_a_file_of_a_folder_that_is_no_yaml_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text(POD)
    (tmp_path / "b.yaml").write_text("a: [1\n")

    assert refused(monkeypatch, capsys, str(tmp_path)).startswith(f"{tmp_path}/b.yaml:2: ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["none.yaml"], "none.yaml: cannot be read: No such file or directory"),
        (["a\x00b"], r"a\x00b: cannot be read: no path of a file"),
        (["empty"], "empty: no .json, .yaml, .yml is in that folder"),
        (["fifo"], "fifo: cannot be read: a pipe, not a file"),
        (["/dev/zero"], "/dev/zero: cannot be read: a device, not a file"),
        (["w\x1b[2J"], r"w\x1b[2J: cannot be read: No such file"),
        (["-k", "none"], "none: "),
    ],
)
def test_a_source_that_is_not_there_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty/.git").mkdir(parents=True)
    (tmp_path / "empty/.git/x.yaml").write_text(POD)
    os.mkfifo("fifo")

    assert refused(monkeypatch, capsys, *words).startswith(told)


def test_a_source_that_is_too_large_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.modules[found_in.__module__], "MOST", 1 << 10)
    path = tmp_path / "web.yaml"
    path.write_text(POD + "#" * 2000)

    told = refused(monkeypatch, capsys, str(path))
    assert told == f"{path}: cannot be read: larger than 0 MiB"
    assert refused(monkeypatch, capsys, "-", stdin=path.read_bytes()) == "stdin: larger than 0 MiB"


def test_a_name_that_would_move_the_cursor_is_spelled_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    evil = POD.replace("web", '"w\\e[2J\\u202e"').replace("name: app", 'name: "a\\e[31m"')
    Path("w\x1b[2J.yaml").write_text(evil)
    monkeypatch.setattr(sys, "argv", ["chaos", "lint", "w\x1b[2J.yaml"])
    with pytest.raises(SystemExit):
        program.main()

    out = capsys.readouterr().out
    assert out.replace("\n", "").isprintable()
    assert r"w\x1b[2J.yaml:2:1: warning CH009 Pod/w\x1b[2J\u202e" in out
