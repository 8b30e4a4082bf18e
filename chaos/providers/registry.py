"""Which providers there are: a line each. Only what wires a run, and the command line, ask here."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.errors import ChaosError, NoCluster
from chaos.options import Options
from chaos.ports.abilities import Abilities
from chaos.ports.inventory import Owner
from chaos.ports.provider import Maker, Provided, Provider
from chaos.providers.embedded.provider import EmbeddedClusters
from chaos.providers.existing import ExistingClusters

MAKERS: list[Maker] = [EmbeddedClusters()]  # `auto` is the first that can
EXISTING: Provider = ExistingClusters()
NOT_YET = "kind is not supported yet"


def reserved() -> frozenset[str]:
    """What `--chaos-cluster` means by itself: no cluster can be named so."""
    return frozenset({"auto", "fake", "kind", *(one.name for one in MAKERS)})


def is_new(options: Options) -> bool:
    """Whether a cluster is asked for that is not there yet."""
    return not options.context and options.cluster in reserved()


def maker(options: Options) -> Maker:
    """Who makes the new cluster that is asked for; NoCluster says why nobody can."""
    asked = [one for one in MAKERS if options.cluster in {"auto", one.name}]
    if not asked:
        names = ", ".join(one.name for one in MAKERS)
        raise ChaosError(f"--chaos-cluster={options.cluster} is not there yet: use {names}")
    reasons = {one.name: one.why_not() for one in asked}
    able = next((one for one in asked if not reasons[one.name]), None)
    if able is None:
        said = [f"no {name} cluster here: {why}" for name, why in reasons.items()]
        raise NoCluster("; ".join([*said, NOT_YET]))
    return able


def finder(options: Options) -> Provider:
    """Who has the cluster of a name or a context."""
    if options.context:
        return EXISTING
    has = (one for one in MAKERS if options.cluster in {there.name for there in one.standing()})
    return next(has, MAKERS[0])  # who has none of that name says which there are


def chosen(options: Options) -> Provider:
    """Who has the cluster that is asked for, or will make it."""
    return maker(options) if is_new(options) else finder(options)


def abilities(of: Provider | Provided, where: str) -> Abilities:
    """What somebody can do to a cluster of theirs; and who can what nobody can there."""
    return Abilities(of.can, where, {one.name: one.can for one in MAKERS})


def owned(*owners: Owner) -> Iterator[tuple[str, Maker]]:
    """The clusters of this machine that are theirs, or all: by name, and who takes them down."""
    for one in MAKERS:
        for there in one.standing():
            if there.owner in (owners or Owner):
                yield there.name, one
