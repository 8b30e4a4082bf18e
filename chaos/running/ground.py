"""What a run stands on: a cluster that is there, our way to it, and the ledger of its faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from chaos.errors import one_line
from chaos.images import brought
from chaos.images.brought import Archive
from chaos.kube.client import Client, configuration, target
from chaos.kube.consent import must_be_allowed
from chaos.kube.site import Site
from chaos.options import BadOption, Options
from chaos.ports.abilities import Abilities
from chaos.ports.capability import Capability
from chaos.ports.provider import Provided
from chaos.providers import registry
from chaos.running.footing import Footing
from chaos.running.ledger import Ledger
from chaos.running.radius import Radius


@dataclass(frozen=True)
class Ground:
    """What all scenarios of a run share: the cluster, our way to it, and the ledger."""

    site: Site
    ledger: Ledger
    options: Options
    footing: Footing = field(default_factory=Footing)

    @property
    def client(self) -> Client:
        """The way to its API server."""
        return self.site.client

    @cached_property
    def versions(self) -> dict[str, str]:
        """What the run was on."""
        version = self.client.get("/version")["gitVersion"]
        what = f"{self.site.provided.what}, {len(self.site.nodes)} nodes"
        return {"Kubernetes": version, "cluster": what}

    @property
    def abilities(self) -> Abilities:
        """What somebody can do to it."""
        return self.site.abilities

    @property
    def radius(self) -> Radius:
        """How much of it may be taken at once."""
        return Radius(self.options.radius)


def found(options: Options) -> Ground:
    """A cluster that is there: a context's, or one made by `chaos up`."""
    return on(registry.finder(options).find(options), options)


def archives(options: Options) -> tuple[Archive, ...]:
    """The images that a run is to load; BadOption, before anything is done, if they cannot be."""
    asked = brought.asked(options)
    if asked and Capability.IMAGES not in registry.chosen(options).can:
        raise BadOption(
            f"nobody can put images on the nodes of context {one_line(options.context)}: push them"
            " where its nodes can pull them"
        )
    return asked


def on(provided: Provided, options: Options) -> Ground:
    """A provider's cluster, if the user has allowed it.

    Of one of ours nothing is asked yet: its API server may have to be healed first.
    """
    if options.context:
        must_be_allowed(target(options.context), options.allow_context)
    client = Client(configuration(provided.kubeconfig, provided.context))
    site = Site(provided, client, registry.abilities(provided, provided.what), options.image)
    return Ground(site, Ledger(site.ledger), options)
