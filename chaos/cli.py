"""The command `chaos`: keep a cluster, take clusters down, heal, examine, judge again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from chaos.errors import ChaosError
from chaos.options import HELP, RESERVED, Options, options

FAILED = 6  # as of pytest: the harness could not do its work
DIFFERS = 1  # a stored verdict is not what its history says

app = typer.Typer(
    help="Hurt a Kubernetes cluster on purpose, record what it does, judge it by laws.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Name = Annotated[str, typer.Argument(help="the cluster's name")]


def main() -> None:
    """Run the command; a ChaosError is one clear line and status 6."""
    try:
        app()
    except ChaosError as error:
        typer.echo(f"chaos: {error}", err=True)
        sys.exit(FAILED)


@app.command()
def up(
    name: Name = "chaos",
    *,
    nodes: Annotated[int, typer.Option(help=HELP["nodes"])] = Options.nodes,
    profile: Annotated[str, typer.Option(help=HELP["profile"])] = Options.profile,
) -> None:
    """Make an embedded cluster and keep it; prints its kubeconfig."""
    if name in RESERVED:
        raise ChaosError(f"a cluster cannot be named {name}: --chaos-cluster={name} means more")
    from chaos.stage import made  # noqa: PLC0415  `chaos --help` needs no Kubernetes

    chosen = options({"nodes": str(nodes), "profile": profile})
    cluster = made(name, chosen, _say)
    cluster.keep()
    typer.echo(f"export KUBECONFIG={cluster.kubeconfig}")


@app.command()
def down(
    name: Annotated[str | None, typer.Argument(help="the cluster's name")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="every cluster nobody is using")] = False,
) -> None:
    """Take down a kept cluster, or all that no running harness holds."""
    from chaos.clusters.embedded import standing  # noqa: PLC0415

    if every == (name is not None):
        raise ChaosError("name one cluster, or say --all: see `chaos down --help`")
    there = standing.running()
    ours = {standing.Owner.NOBODY, standing.Owner.KEPT}  # never one of another user's cache
    free = [cluster.name for cluster in there if cluster.owner in ours]
    if name is not None and name not in {cluster.name for cluster in there}:
        raise ChaosError(f"there is no cluster {name}: there are {', '.join(free) or 'none'}")
    for one in free if name is None else [name]:
        standing.take_down(one)
        _say(f"cluster {one}: gone")


@app.command()
def heal(name: Name = "chaos") -> None:
    """Heal what a run that died left armed on a kept cluster."""
    from chaos.stage import healed_on  # noqa: PLC0415

    sys.path.insert(0, str(Path.cwd()))  # faults of the user's own are imported from where they are
    healed = healed_on(Options(cluster=name))
    for fault in healed or ["nothing: no fault was armed"]:
        _say(f"healed {fault}")


@app.command()
def fetch() -> None:
    """Have the embedded cluster's programs here: found, downloaded or built; prints where."""
    from chaos.clusters.embedded import assets  # noqa: PLC0415

    typer.echo(assets.find(_say))


@app.command()
def doctor() -> None:
    """Say what this machine can run, and what is missing."""
    from chaos.doctor import examine  # noqa: PLC0415

    findings = examine()
    for finding in findings:
        typer.echo(finding)
    if not all(finding.well for finding in findings):
        sys.exit(FAILED)


@app.command()
def judge(
    run: Annotated[Path, typer.Argument(help="a run's folder, as in reports/latest")],
) -> None:
    """Judge a stored run again, without a cluster, and say whether the verdicts are the same."""
    from chaos.report.judge import judge_again  # noqa: PLC0415

    sys.path.insert(0, str(Path.cwd()))  # laws of the user's own are imported from where they are
    verdicts = judge_again(run)
    for scenario in dict.fromkeys(again.scenario for again in verdicts):
        typer.echo(scenario)
        for again in verdicts:
            if again.scenario == scenario:
                typer.echo(f"  {again}")
    different = sum(not again.same for again in verdicts)
    typer.echo(f"{len(verdicts)} verdicts, {different} different from what was stored")
    if different:
        sys.exit(DIFFERS)


def _say(text: str) -> None:
    typer.echo(text, err=True)
