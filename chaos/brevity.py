"""How an error of ours is told: the scenario's line and the message, not the harness's frames."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from _pytest._code import ExceptionInfo, Traceback

from chaos.errors import ChaosError, LawBroken

OURS = Path(__file__).parent


def tell_briefly(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Shorten what a report says of an error of ours; `--full-trace` leaves it whole."""
    excinfo = call.excinfo
    if excinfo is None or item.config.option.fulltrace:
        return
    if isinstance(excinfo.value, (ChaosError, LawBroken)):
        report.longrepr = excinfo.getrepr(style="long", chain=False, tbfilter=_theirs)


def _theirs(excinfo: ExceptionInfo[BaseException]) -> Traceback:
    """The frames of the scenario and of its helpers; all of them when there is none."""
    within = (str(OURS), contextlib.__file__)
    kept = [
        entry
        for entry in excinfo.traceback
        if not str(entry.path).startswith(within) and "site-packages" not in str(entry.path)
    ]
    return Traceback(kept) if kept else excinfo.traceback
