"""What `chaos lint` is asked, and what it answers: the command itself only passes words on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from chaos.errors import quoted
from chaos.lint.as_text import as_text
from chaos.lint.finding import Report, Severity
from chaos.lint.linting import lint
from chaos.lint.sources import STDIN, sources
from chaos.options import BadOption

FORMATS = ("text", "json", "sarif")
NEVER = "never"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to lint, how bad a finding must be for status 1, and how to write it."""

    names: Sequence[str]
    kustomizations: Sequence[str]
    least: Severity | None
    form: str


def asked(names: Sequence[str], kustomizations: Sequence[str], *, fail_on: str, form: str) -> Asked:
    """The words of a command line; BadOption for what cannot be read."""
    if not names and not kustomizations:
        raise BadOption("name a file, a folder or -, or say -k FOLDER: see `chaos lint --help`")
    if names.count(STDIN) > 1:
        raise BadOption("- can be read once only")
    if form not in FORMATS:
        raise BadOption(f"--format takes {', '.join(FORMATS)}, not {quoted(form)}")
    severities = {NEVER: None, **{str(one): one for one in Severity}}
    if fail_on not in severities:
        raise BadOption(f"--fail-on takes {', '.join(severities)}, not {quoted(fail_on)}")
    return Asked(names, kustomizations, severities[fail_on], form)


def linted(asked: Asked, stdin: BinaryIO, *, colour: bool) -> tuple[str, bool]:
    """What is found, written as it was asked, and whether that is too bad."""
    report = lint(sources(asked.names, asked.kustomizations, stdin))
    shown = _written(report, asked.form, colour=colour and not os.environ.get("NO_COLOR"))
    return shown, report.fails(asked.least)


def _written(report: Report, form: str, *, colour: bool) -> str:
    if form == "json":
        from chaos.lint.as_json import as_json  # noqa: PLC0415  pydantic, for who asks for it

        return as_json(report)
    if form == "sarif":
        from chaos.lint.as_sarif import as_sarif  # noqa: PLC0415

        return as_sarif(report)
    return as_text(report, colour=colour)
