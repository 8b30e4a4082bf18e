"""A trial: one thing that befalls a workload, and the laws by which it is to recover.

A trial fits a workload or not, by its spec alone. It may end in three ways: the app recovers, as
the laws say; a law is broken; or the cluster kept its word and the spec asks for no recovery,
which is `Unprotected` and says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chaos.ports.cluster import Cluster
from chaos.running.session import Chaos
from chaos.values import Json
from chaos.workloads import Spec, pod_of
from chaos.workloads.admitted import Workload

SERVE = {"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Pod"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A workload under trial: where it runs, and what its manifest says."""

    cluster: Cluster
    app: Workload
    spec: Spec

    def why(self, what: str) -> str:
        """A finding about its first container, as a sentence."""
        return (
            f"{self.app.name} {what.replace('{container}', f'container `{self.app.meant.name}`')}"
        )


Run = Callable[[Candidate, Chaos], None]


def always(spec: Spec) -> bool:
    """Fits whatever serves."""
    return spec.kind in SERVE


@dataclass(frozen=True, slots=True)
class Trial:
    """`asks` is the sentence it proves, `{app}` in it the workload; a `basic` one is for all.

    One that is `wired` needs the app's probes to go through toxiproxy.
    """

    name: str
    asks: str
    run: Run
    fits: Callable[[Spec], bool] = always
    basic: bool = False
    wired: bool = False


def container(spec: Spec) -> Json:
    """A workload's first container, as its manifest has it."""
    found: Json = pod_of(spec.manifest)["containers"][0]
    return found
