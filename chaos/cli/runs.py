"""Stored runs: judged again, shown, compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from chaos.cli.telling import LONGEST_LINE
from chaos.errors import Unreadable, one_line
from chaos.options import Options
from chaos.visible import visible

DIFFERS = 1  # a stored verdict is not what its history says, or a run is worse

commands = typer.Typer()


@commands.command()
def judge(
    run: Annotated[Path, typer.Argument(help="a run's folder, as in reports/latest")],
) -> None:
    """Judge a stored run again, without a cluster, and say whether the verdicts are the same."""
    from chaos.report.judge import judge_again  # noqa: PLC0415

    sys.path.insert(0, str(Path.cwd()))  # laws of the user's own are imported from where they are
    verdicts = judge_again(run)
    if not verdicts:
        raise Unreadable(
            f"{one_line(run)}: no verdicts are stored there. Name a run, as reports/latest"
        )
    for scenario in dict.fromkeys(again.scenario for again in verdicts):
        typer.echo(one_line(scenario))
        for again in verdicts:
            if again.scenario == scenario:
                typer.echo(f"  {one_line(again, LONGEST_LINE)}")
    different = sum(not again.same for again in verdicts)
    typer.echo(f"{len(verdicts)} verdicts, {different} different from what was stored")
    if different:
        sys.exit(DIFFERS)


@commands.command()
def report(
    folder: Annotated[Path, typer.Argument(help="the folder of runs, or a run")] = Options.reports,
    *,
    compare: Annotated[
        tuple[str, str] | None, typer.Option(help="two runs of it by their names; or latest")
    ] = None,
    silence: Annotated[Path | None, typer.Option(help="a generated report of Allure's")] = None,
) -> None:
    """Write the page over all runs anew, or a run's from what is there, or compare two runs.

    Status 1 when the second of two is worse. A run that was killed has no page until then.

    With --silence, take the call to Google out of a report that Allure has generated.
    """
    if silence is not None:
        from chaos.report.analytics import silenced  # noqa: PLC0415

        typer.echo(visible(silenced(silence)))
        return
    from chaos.report import compared, unfinished  # noqa: PLC0415

    if compare is None and unfinished.is_run(folder):
        typer.echo(visible(f"page: {unfinished.finish(folder)}"))
        return
    told, worse = compared.compared(folder, *compare) if compare else compared.renewed(folder)
    typer.echo(visible(told))
    if worse:
        sys.exit(DIFFERS)
