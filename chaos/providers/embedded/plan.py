"""What a cluster is made of, decided once at its start and kept beside it.

A later process (a healing one, the command line's) reads it and can do all that the first could.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from chaos.errors import NoCluster
from chaos.providers.embedded.blocks import PORT, Block
from chaos.providers.embedded.cgroup import Group, group_of
from chaos.providers.embedded.home import Home, all_homes
from chaos.providers.embedded.profile import FAST, Profile
from chaos.providers.embedded.snapshots import OVERLAYS


@dataclass(frozen=True)
class Plan:
    """A cluster's name, its place on the network, its timers, its programs, its images."""

    name: str
    block: Block
    assets: Path
    seed: Path
    profile: Profile = FAST
    snapshotter: str = OVERLAYS

    @property
    def home(self) -> Home:
        """Where its files lie."""
        return Home(self.name)

    @property
    def group(self) -> Group:
        """What its processes live in."""
        return group_of(self.name)

    @property
    def api(self) -> str:
        """Where the API server is asked."""
        return f"https://{self.block.gateway}:{PORT}"

    @property
    def pki(self) -> Path:
        """Its keys and certificates."""
        return self.home.path / "pki"

    def kubeconfig(self, who: str) -> Path:
        """The way in of one of its own programs."""
        return self.pki / f"{who}.kubeconfig"

    def save(self) -> None:
        """Keep it for later processes."""
        kept = {
            "name": self.name,
            "block": self.block.index,
            "assets": str(self.assets),
            "seed": str(self.seed),
            "profile": self.profile.as_json(),
            "snapshotter": self.snapshotter,
        }
        (self.home.path / "plan.json").write_text(json.dumps(kept, indent=2))


def load(home: Home) -> Plan:
    """The plan of a cluster that is there."""
    file = home.path / "plan.json"
    try:
        raw = json.loads(file.read_text())
        return Plan(
            name=raw["name"],
            block=Block(raw["block"]),
            assets=Path(raw["assets"]),
            seed=Path(raw["seed"]),
            profile=Profile(**raw["profile"]),
            snapshotter=raw["snapshotter"],
        )
    except FileNotFoundError as error:
        there = ", ".join(one.name for one in all_homes()) or "none"
        raise NoCluster(
            f"there is no cluster {home.name}; there are: {there}; `chaos up {home.name}` makes it"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoCluster(
            f"the plan of cluster {home.name} cannot be read: {file}: {error}: "
            f"`chaos down {home.name}` takes away what there is"
        ) from error
