"""What a run stands on: a cluster that is there, our way to it, and the ledger of its faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from chaos.consent import must_be_allowed
from chaos.footing import Footing
from chaos.kube.client import Client, configuration, target
from chaos.kube.site import Site
from chaos.ledger import Ledger
from chaos.options import Options
from chaos.ports.provider import Provided
from chaos.providers import registry
from chaos.radius import Radius


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
    def radius(self) -> Radius:
        """How much of it may be taken at once."""
        return Radius(self.options.radius)


def found(options: Options) -> Ground:
    """A cluster that is there: a context's, or one made by `chaos up`."""
    return on(registry.finder(options).find(options), options)


def on(provided: Provided, options: Options) -> Ground:
    """A provider's cluster, if the user has allowed it.

    Of one of ours nothing is asked yet: its API server may have to be healed first.
    """
    if options.context:
        must_be_allowed(target(options.context), options.allow_context)
    client = Client(configuration(provided.kubeconfig, provided.context))
    site = Site(provided, client, options.image)
    return Ground(site, Ledger(site.ledger), options)
