"""What `chaos grade` is asked, and what it does: a run of pytest with the app's trials alone."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, get_args

from chaos.errors import HARNESS_FAILED, one_line, quoted
from chaos.grade.items import run
from chaos.lint import sources
from chaos.options import BadOption, Options, dashed
from chaos.report.folders import find_run
from chaos.report.grading import graded
from chaos.report.marks import Grade, Mark

STDIN = "-"
NEVER = "never"
TOO_BAD = 1  # as of pytest, for tests that failed
TRIED = {0, TOO_BAD}  # pytest came to its end
# Whatever is in the user's project is for his own runs: here are the trials, and nothing else.
ALONE = ("-c", os.devnull, "-p", "no:cacheprovider", "-m", "chaos", "--no-header", "--tb=no", "-rN")
IN_HERE = ("-v", "-W", "ignore::pytest.PytestAssertRewriteWarning")  # we are imported already


@dataclass(frozen=True, slots=True)
class Asked:
    """What to grade, the mark below which it is too bad, and the options of the run."""

    names: Sequence[str]
    kustomizations: Sequence[str]
    least: Mark | None
    options: Mapping[str, str]


def asked(
    names: Sequence[str], kustomizations: Sequence[str], fail_under: str, options: Mapping[str, str]
) -> Asked:
    """The words of a command line; BadOption for what cannot be read."""
    if not names and not kustomizations:
        raise BadOption("name a file, a folder or -, or say -k FOLDER: see `chaos grade --help`")
    if comma := next((name for name in names if "," in name), None):
        raise BadOption(f"a comma cannot be in the name of what is graded: {quoted(comma)}")
    marks: tuple[Mark, ...] = get_args(Mark)
    if fail_under not in {*marks, NEVER}:
        raise BadOption(f"--fail-under takes {', '.join(marks)} or never, not {quoted(fail_under)}")
    least = next((mark for mark in marks if mark == fail_under), None)
    return Asked(names, kustomizations, least, options)


def grade(asked: Asked, stdin: BinaryIO) -> int:
    """Try the app; the exit status: of the run when that could not be done, or of the marks."""
    with _files(asked, stdin) as names:
        words = [f"--chaos-{dashed(name)}={value}" for name, value in asked.options.items()]
        root = f"--rootdir={Path.cwd()}"
        app = f"--chaos-app={','.join(names)}"
        status = run([*ALONE, *IN_HERE, root, app, *words], command=_typed(asked))
    if status not in TRIED:
        return status
    marks = graded(find_run(Path(asked.options.get("reports", "reports")) / "latest"))
    return _status(marks, asked.least)


def _typed(asked: Asked) -> str:
    """The command, without what it would do anyhow."""
    built = [word for folder in asked.kustomizations for word in ("-k", folder)]
    usual = Options()
    chosen = {n: v for n, v in asked.options.items() if v != str(getattr(usual, n))}
    words = [word for name, value in chosen.items() for word in (f"--{dashed(name)}", value)]
    return shlex.join(["chaos", "grade", *asked.names, *built, *words])


def _status(marks: Sequence[Grade], least: Mark | None) -> int:
    if not marks:
        return HARNESS_FAILED
    return TOO_BAD if least and any(one.mark > least for one in marks) else 0


@contextmanager
def _files(asked: Asked, stdin: BinaryIO) -> Iterator[list[str]]:
    """Names of files and folders: what was built or piped is laid into files of its own."""
    with tempfile.TemporaryDirectory(prefix="chaos-grade-") as folder:
        there = [name for name in asked.names if name != STDIN]
        others = [name for name in asked.names if name == STDIN]
        for source in sources(others, asked.kustomizations, stdin):
            name = Path(source.where.removesuffix("/kustomization")).absolute().name
            file = Path(folder, f"{one_line(name)}.yaml")
            file.write_bytes(source.raw)
            there.append(str(file))
        yield there
