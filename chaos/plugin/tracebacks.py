"""How a scenario and an error of ours are told: its own line and the message, not our frames."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from _pytest._code import ExceptionInfo, Traceback

from chaos.errors import ChaosError, LawBroken, Unprotected

OURS = Path(__file__).parents[1]  # the whole package, whatever room this is


def tell_briefly(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Shorten what a report says of an error of ours; `--full-trace` leaves it whole."""
    excinfo = call.excinfo
    if excinfo is None or item.config.option.fulltrace:
        return
    if not isinstance(excinfo.value, (ChaosError, LawBroken)):
        return
    if theirs := _theirs(excinfo):
        report.longrepr = excinfo.getrepr(style="long", chain=False, tbfilter=lambda _: theirs)
    else:  # a trial of ours: no line of theirs is to blame
        report.longrepr = str(excinfo.value)


def skip(item: pytest.Item, report: pytest.TestReport, why: object) -> None:
    """What was not tried is no pass, and no failure."""
    path, line, _ = item.location
    report.outcome = "skipped"
    report.longrepr = (path, (line or 0) + 1, f"Skipped: {why}")


def plan(item: pytest.Item, report: pytest.TestReport, error: BaseException | None) -> None:
    """In a dry run no scenario passes: it was planned, or it could not be run."""
    if isinstance(error, ChaosError):
        report.longrepr = f"{type(error).__name__}: {error}"
        report.chaos_ending = "error"  # type: ignore[attr-defined]  # the harness', not the cluster's
    elif report.when == "call" and (report.passed or isinstance(error, Unprotected)):
        skip(item, report, "planned, and nothing was done")


def sentence(item: pytest.Item) -> str | None:
    """A scenario's sentence, with the row's words in its place: `{met}` is the parameter met."""
    doc: str | None = getattr(getattr(item, "obj", None), "__doc__", None)
    callspec = getattr(item, "callspec", None)
    for name, value in callspec.params.items() if doc and callspec else ():
        doc = str(doc).replace(f"{{{name}}}", str(value))
    return doc


def _theirs(excinfo: ExceptionInfo[BaseException]) -> Traceback:
    """The frames of the scenario and of its helpers."""
    within = (str(OURS), contextlib.__file__)
    return Traceback(
        entry
        for entry in excinfo.traceback
        if not str(entry.path).startswith(within) and "site-packages" not in str(entry.path)
    )
