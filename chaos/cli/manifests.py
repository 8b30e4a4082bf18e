"""A user's own manifests: what they lack, and what becomes of their apps."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from chaos.options import HELP, Options, options

FOUND = 1  # a manifest has a finding that is as bad as --fail-on

commands = typer.Typer()


@commands.command(name="lint")
def lint_(
    names: Annotated[list[str] | None, typer.Argument(metavar="FILE|FOLDER|-")] = None,
    *,
    kustomize: Annotated[
        list[str] | None, typer.Option("-k", "--kustomize", help="a folder that kubectl builds")
    ] = None,
    fail_on: Annotated[str, typer.Option(help="note, warning, error or never")] = "warning",
    form: Annotated[str, typer.Option("--format", help="text, json or sarif")] = "text",
) -> None:
    """Say what manifests lack, without a cluster. Status 1 when it is as bad as --fail-on."""
    from chaos.lint import command  # noqa: PLC0415

    asked = command.asked(names or [], kustomize or [], fail_on=fail_on, form=form)
    told, failed = command.linted(asked, sys.stdin.buffer, colour=sys.stdout.isatty())
    typer.echo(told)
    if failed:
        sys.exit(FOUND)


@commands.command()
def grade(  # noqa: PLR0913 - a run's options, all by name
    names: Annotated[list[str] | None, typer.Argument(metavar="FILE|FOLDER|-")] = None,
    *,
    kustomize: Annotated[
        list[str] | None, typer.Option("-k", "--kustomize", help="a folder that kubectl builds")
    ] = None,
    fail_under: Annotated[str, typer.Option(help="status 1 below it: A to F, or never")] = "never",
    cluster: Annotated[str, typer.Option(help=HELP["cluster"])] = Options.cluster,
    nodes: Annotated[str, typer.Option(help=HELP["nodes"])] = str(Options.nodes),
    profile: Annotated[str, typer.Option(help=HELP["profile"])] = Options.profile,
    load: Annotated[str, typer.Option(help=HELP["load"])] = Options.load,
    reports: Annotated[str, typer.Option(help=HELP["reports"])] = str(Options.reports),
) -> None:
    """Try an app by its manifests, and give each of its workloads a mark from A to F."""
    from chaos.grade import command  # noqa: PLC0415

    words = {"cluster": cluster, "nodes": nodes, "profile": profile, "reports": reports}
    words |= {"load": load} if load else {}
    options(words, spelled="--{1}")
    asked = command.asked(names or [], kustomize or [], fail_under, words)
    sys.exit(command.grade(asked, sys.stdin.buffer))
