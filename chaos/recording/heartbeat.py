"""An API server's signs of life."""

from __future__ import annotations

from chaos.clock import Clock, Seconds


class Heartbeat:
    """The API server's last sign of life, on any of the recorder's connections.

    `version` is the newest that it spoke of: what is older it knew then, and could have told.
    """

    def __init__(self, clock: Clock) -> None:
        self.last = clock.now()
        self.version = ""

    def beat(self, moment: Seconds, version: str) -> None:
        """It spoke."""
        self.last = max(self.last, moment)
        if not reaches(self.version, version):
            self.version = version


def reaches(version: str, wanted: str) -> bool:
    """Whether a resource version is the wanted one or a later one (numbers since 1.35)."""
    if version.isdecimal() and wanted.isdecimal():
        return int(version) >= int(wanted)
    return version == wanted
