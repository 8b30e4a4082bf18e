"""What a run stands on: a cluster that is there, our way to it, and the ledger of its faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from chaos import images
from chaos.consent import must_be_allowed
from chaos.footing import Footing
from chaos.kube.client import Client, configuration, target
from chaos.kube.provider import Provider
from chaos.ledger import Ledger
from chaos.options import Options
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.provider import EmbeddedProvider
from chaos.providers.existing import ExistingCluster
from chaos.radius import Radius


@dataclass(frozen=True)
class Ground:
    """What all scenarios of a run share: the cluster, our way to it, and the ledger."""

    provider: Provider
    client: Client
    ledger: Ledger
    what: str
    options: Options
    footing: Footing = field(default_factory=Footing)

    @cached_property
    def versions(self) -> dict[str, str]:
        """What the run was on."""
        version = self.client.get("/version")["gitVersion"]
        return {"Kubernetes": version, "cluster": self.what}

    @property
    def radius(self) -> Radius:
        """How much of it may be taken at once."""
        return Radius(self.options.radius)


def found(options: Options) -> Ground:
    """A cluster that is there: a context's, or one made by `chaos up`."""
    if options.context:
        return _existing(options)
    return on_embedded(EmbeddedCluster.find(options.cluster), options)


def on_embedded(embedded: EmbeddedCluster, options: Options) -> Ground:
    """One of ours; nothing is asked of it yet, for its API server may have to be healed first."""
    client = Client(configuration(embedded.kubeconfig, embedded.name))
    own = not options.image
    provider = EmbeddedProvider(embedded, client, options.image or images.PATIENT, ours=own)
    what = f"embedded, {len(embedded.nodes)} nodes"
    ledger = Ledger(embedded.plan.home.path / "ledger")
    return Ground(provider, client, ledger, what, options)


def _existing(options: Options) -> Ground:
    """A context that was there before us, if the user has allowed it."""
    must_be_allowed(target(options.context), options.allow_context)
    client = Client(configuration(context=options.context))
    provider = ExistingCluster(options.context, client, options.image)
    what = f"context {options.context}, {len(provider.nodes)} nodes"
    return Ground(provider, client, Ledger(provider.ledger), what, options)
