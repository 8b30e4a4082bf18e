"""The clusters that stand on this machine, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Owner(Enum):
    """Whose a cluster is."""

    HARNESS = "a harness that is running"
    KEPT = "kept: nobody has to hold it"
    NOBODY = "nobody: its harness is gone"
    ELSEWHERE = "its folder is not in this cache: another user's or XDG_CACHE_HOME's, or removed"


@dataclass(frozen=True)
class Standing:
    """A cluster that is there, whole or in parts."""

    name: str
    owner: Owner
