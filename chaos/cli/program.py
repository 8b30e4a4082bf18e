"""The command `chaos`: clusters, healing, stored runs, and manifests of your own."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from chaos.errors import HARNESS_FAILED, ChaosError, Unreadable, one_line, quoted
from chaos.options import HELP, BadOption, Options, options
from chaos.ports.inventory import Owner
from chaos.visible import visible

WRONG_WORDS = 4  # wrong usage, as of pytest
LONGEST_LINE = 2000  # characters: two paths and a value, with what is said of them
DIFFERS = 1  # a stored verdict is not what its history says, or a run is worse
FOUND = 1  # a manifest has a finding that is as bad as --fail-on

app = typer.Typer(
    help="Hurt a Kubernetes cluster on purpose, record what it does, judge it by laws.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Name = Annotated[str, typer.Argument(help="the cluster's name")]


def main() -> None:
    """Run the command; an error is one clear line: status 10, or 4 for what it cannot read."""
    for stream in (sys.stdout, sys.stderr):  # a name that the terminal's letters cannot spell
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(app(standalone_mode=False))
    except TyperException as error:
        told = getattr(error, "format_message", error.__str__)()
        if not told:  # no words at all: the help is there already
            sys.exit(WRONG_WORDS)
        _fail(f"{one_line(told.rstrip('.'))}: see `chaos --help`", WRONG_WORDS)
    except BadOption as error:
        _fail(str(error), WRONG_WORDS)
    except (ChaosError, OSError) as error:
        _fail(str(error), HARNESS_FAILED)


def _fail(why: str, status: int) -> NoReturn:
    _say(f"chaos: {why}")
    sys.exit(status)


@app.command()
def up(
    name: Name = "chaos",
    *,
    nodes: Annotated[str, typer.Option(help=HELP["nodes"])] = str(Options.nodes),
    profile: Annotated[str, typer.Option(help=HELP["profile"])] = Options.profile,
) -> None:
    """Make a cluster and keep it; prints its kubeconfig."""
    from chaos.providers import registry  # noqa: PLC0415  `chaos --help` needs no Kubernetes

    if name in registry.reserved():
        raise ChaosError(f"a cluster cannot be named {name}: --chaos-cluster={name} means more")
    chosen = options({"nodes": nodes, "profile": profile}, spelled="--{0}")
    cluster = registry.maker(chosen).make(name, chosen, _say)
    cluster.keep()
    typer.echo(f"export KUBECONFIG={cluster.kubeconfig}")


@app.command()
def down(
    name: Annotated[str | None, typer.Argument(help="the cluster's name")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="every cluster nobody is using")] = False,
) -> None:
    """Take down a kept cluster; without a name, all that no running harness holds."""
    from chaos.providers import registry  # noqa: PLC0415

    if every and name is not None:
        raise BadOption("name one cluster, or say --all: see `chaos down --help`")
    free = dict(registry.owned(Owner.NOBODY, Owner.KEPT))
    meant = free if name is None else {n: maker for n, maker in registry.owned() if n == name}
    if name is not None and not meant:
        raise ChaosError(
            f"there is no cluster {quoted(name)}: there are {', '.join(free) or 'none'}"
        )
    for one, maker in meant.items():
        maker.take_down(one)
        _say(f"cluster {one}: gone")
    if name is None and not free:
        _say("nothing to take down: there is no cluster of ours that nobody uses")


@app.command()
def heal(
    name: Annotated[str | None, typer.Argument(help="the cluster's name")] = None,
    *,
    context: Annotated[str, typer.Option(help=HELP["context"])] = "",
    allow_context: Annotated[str, typer.Option(help=HELP["allow_context"])] = "",
) -> None:
    """Heal what a run that died left armed: on a kept cluster, on each of them, or on a context."""
    from chaos.providers import registry  # noqa: PLC0415
    from chaos.running import mending  # noqa: PLC0415

    sys.path.insert(0, str(Path.cwd()))  # faults of the user's own are imported from where they are
    if name is None and not context:
        for told in mending.healed_on_each(dict(registry.owned(Owner.KEPT)), _say):
            _say(told)
        return
    chosen = Options(cluster=name or "", context=context, allow_context=allow_context)
    for told in mending.healed_on(chosen, _say) or [mending.NOTHING]:
        _say(told)


@app.command()
def fetch() -> None:
    """Have here what clusters are made of: found, downloaded or built; prints where."""
    from chaos.providers import registry  # noqa: PLC0415

    for maker in registry.MAKERS:
        for place in maker.fetch(_say):
            typer.echo(place)


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def rootless(command: Annotated[list[str], typer.Argument(metavar="COMMAND...")]) -> None:
    """Run a command without root, in namespaces of its own: `chaos rootless pytest -m chaos`."""
    from chaos.providers.embedded import rootless  # noqa: PLC0415

    rootless.enter(command, _say)


@app.command()
def doctor() -> None:
    """Say what this machine can run, and what is missing."""
    from chaos.providers import registry  # noqa: PLC0415

    found = [one for maker in registry.MAKERS for one in maker.examine()]
    for one in found:
        typer.echo(visible(one))
    if not all(one.well for one in found):
        sys.exit(HARNESS_FAILED)


@app.command()
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


@app.command()
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
    from chaos.report import (
        compared,
        unfinished,
    )

    if compare is None and unfinished.is_run(folder):
        typer.echo(visible(f"page: {unfinished.finish(folder)}"))
        return
    told, worse = compared.compared(folder, *compare) if compare else compared.renewed(folder)
    typer.echo(visible(told))
    if worse:
        sys.exit(DIFFERS)


@app.command(name="lint")
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


@app.command()
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


def _say(text: str) -> None:
    typer.echo("\n".join(one_line(line, LONGEST_LINE) for line in text.split("\n")), err=True)
