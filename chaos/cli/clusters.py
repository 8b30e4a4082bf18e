"""Clusters: made and kept, taken down, healed; and what they need of this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from chaos.cli.telling import say
from chaos.errors import HARNESS_FAILED, ChaosError, quoted
from chaos.options import HELP, BadOption, Options, options
from chaos.ports.inventory import Owner
from chaos.visible import visible

commands = typer.Typer()

Name = Annotated[str, typer.Argument(help="the cluster's name")]


@commands.command()
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
    cluster = registry.maker(chosen).make(name, chosen, say)
    cluster.keep()
    typer.echo(f"export KUBECONFIG={cluster.kubeconfig}")


@commands.command()
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
        say(f"cluster {one}: gone")
    if name is None and not free:
        say("nothing to take down: there is no cluster of ours that nobody uses")


@commands.command()
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
        for told in mending.healed_on_each(dict(registry.owned(Owner.KEPT)), say):
            say(told)
        return
    chosen = Options(cluster=name or "", context=context, allow_context=allow_context)
    for told in mending.healed_on(chosen, say) or [mending.NOTHING]:
        say(told)


@commands.command()
def fetch() -> None:
    """Have here what clusters are made of: found, downloaded or built; prints where."""
    from chaos.providers import registry  # noqa: PLC0415

    for maker in registry.MAKERS:
        for place in maker.fetch(say):
            typer.echo(place)


@commands.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
def rootless(command: Annotated[list[str], typer.Argument(metavar="COMMAND...")]) -> None:
    """Run a command without root, in namespaces of its own: `chaos rootless pytest -m chaos`."""
    from chaos.providers.embedded import rootless  # noqa: PLC0415

    rootless.enter(command, say)


@commands.command()
def doctor() -> None:
    """Say what this machine can run, and what is missing."""
    from chaos.providers import registry  # noqa: PLC0415

    found = [one for maker in registry.MAKERS for one in maker.examine()]
    for one in found:
        typer.echo(visible(one))
    if not all(one.well for one in found):
        sys.exit(HARNESS_FAILED)
