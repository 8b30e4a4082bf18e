"""Embedded clusters, as `chaos.ports.provider.Maker` has them: found, made, taken down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from chaos.clock import SystemClock
from chaos.images import own
from chaos.options import Options
from chaos.ports.capability import ALL
from chaos.ports.diagnosis import Diagnosis
from chaos.ports.inventory import Standing
from chaos.ports.provider import Blueprint, Say
from chaos.providers.embedded import assets, examine, inventory
from chaos.providers.embedded.cluster import EmbeddedCluster, why_not
from chaos.providers.embedded.control_plane import PROGRAMS
from chaos.providers.embedded.home import Home
from chaos.providers.embedded.profile import PROFILES
from chaos.providers.embedded.provided import Embedded


class EmbeddedClusters:
    """Those of this machine."""

    name = "embedded"
    can = ALL

    def why_not(self) -> str:
        """Why none can be made here; empty where it can."""
        return why_not()

    def find(self, options: Options) -> Embedded:
        """One that is there, made by another process; nothing is asked of it."""
        return Embedded(EmbeddedCluster.find(options.cluster))

    def make(self, name: str, options: Options, say: Say) -> Embedded:
        """A new one; it is ready for pods when this returns, or nothing of it is left."""
        Home(name)  # says what a name may be, before anything else is said
        programs = assets.find(say)
        say(f"cluster {name}: control plane and {options.nodes} nodes coming up")
        clock = SystemClock()
        cluster = EmbeddedCluster.up(
            name,
            assets=programs,
            images=[own.pause(), own.patient()],
            nodes=options.nodes,
            profile=PROFILES[options.profile],
            say=say,
        )
        say(f"cluster {name}: ready after {clock.now():.1f} s")
        return Embedded(cluster)

    def blueprint(self, options: Options) -> Blueprint:
        """What `make` would make."""
        nodes = tuple(f"worker{number}" for number in range(1, options.nodes + 1))
        return Blueprint(nodes, PROFILES[options.profile].timers, PROGRAMS)

    def standing(self) -> Sequence[Standing]:
        """All that stand here, whole or in parts."""
        return inventory.running()

    def take_down(self, name: str) -> None:
        """Remove one; NoCluster while a living harness holds it. Nothing happens if it is gone."""
        inventory.take_down(name)

    def fetch(self, say: Say) -> Iterator[Path]:
        """Have the programs here: found, downloaded or built."""
        yield assets.find(say)
        yield assets.toxiproxy(say)

    def examine(self) -> list[Diagnosis]:
        """What this machine has and lacks for one, in the order in which it would stop a run."""
        return examine.examine()
