"""The page of a run that did not write one: it was killed, or it still goes on.

Everything but its last scenario's ending lies in the run's folder already. A run that goes on
writes its page itself when it ends, over this one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from chaos.errors import Unreadable, one_line
from chaos.report import folders, store
from chaos.report.folders import PAGE
from chaos.report.run_report import RunReport

KILLED = "its run was killed in its middle"
GOES_ON = "its run is in its middle"


def is_run(folder: Path) -> bool:
    """Whether it is a run's folder, and not one of runs."""
    return (folders.find_run(folder) / store.RUN).exists()


def finish(folder: Path) -> Path:
    """Write a run's page from what is there; a run that has ended keeps all that it said."""
    run = folders.find_run(folder)
    record = store.read_run(run)
    run_report = RunReport(run, record.command, record.commit, record.clean, record.started)
    run_report.gather()
    why = GOES_ON if folders.goes_on(run) else KILLED
    for nodeid in record.planned:
        run_report.scenarios.cut_short(nodeid, why)
    took = sum(one.seconds for one in run_report.scenarios.records.values())
    run_report.close(record if record.seconds else replace(record, seconds=took))
    return run / PAGE


def finish_dead(reports: Path) -> list[str]:
    """Write the pages of killed runs, so that whoever looks for one finds it; says which."""
    told = []
    for run in sorted(reports.glob(f"*/{store.RUN}")):
        folder = run.parent
        if folder.is_symlink() or (folder / PAGE).exists() or folders.goes_on(folder):
            continue
        with suppress(Unreadable, OSError):  # one that cannot be read keeps no other run from going
            told.append(f"the run {one_line(folder.name)} was killed: its page is {finish(folder)}")
    return told
