"""A cluster that somebody provides, and our way to its API server."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path

from chaos import private
from chaos.history.timers import Timers
from chaos.images import own
from chaos.kube.client import Client
from chaos.kube.timers import controller_flags, flags_in, timers
from chaos.options import MOST_NODES
from chaos.ports.abilities import Abilities
from chaos.ports.provider import Hands, Provided
from chaos.recording.ports import Lost, Refused


@dataclass(frozen=True)
class Site:
    """What all scenarios of a run share; `image` is a user's own in place of the patient's."""

    provided: Provided
    client: Client
    abilities: Abilities = field(default_factory=Abilities)
    image: str = ""

    @property
    def hands(self) -> Hands:
        """Those of who provides it."""
        return self.provided.hands

    @property
    def nodes(self) -> list[str]:
        """The names of its nodes."""
        return [node["metadata"]["name"] for node in self.client.get("/api/v1/nodes")["items"]]

    @cached_property
    def ledger(self) -> Path:
        """Where its armed faults are written down, on this machine.

        The same for everybody who reaches a cluster that nobody here made, by whatever name.
        """
        if there := self.provided.ledger:
            return there
        found = self.client.get("/api/v1/namespaces/kube-system")
        return private.cache() / "existing" / str(found["metadata"]["uid"]) / "ledger"

    @property
    def holder(self) -> str:
        """Who takes nodes: the same for whoever heals after us.

        A cluster of this machine's own goes by its name; else it is the machine, and its ledger.
        """
        if self.provided.ledger:
            return self.provided.name
        folder = hashlib.sha256(str(self.ledger).encode()).hexdigest()[:8]
        return f"{platform.node()}-{folder}"

    @cached_property
    def timers(self) -> Timers:
        """How soon it notices a dead node; the first node that answers says it."""
        flags = self._flags()
        *others, last = self.nodes[:MOST_NODES]  # as many as one of ours has; others have thousands
        for node in others:
            try:
                return timers(self.client, node, flags)
            except Lost:
                continue  # a node that a killed run left dead is still booting
            except Refused as error:
                if error.status == HTTPStatus.FORBIDDEN:
                    raise  # who may not ask one node may not ask the others
        return timers(self.client, last, flags)

    def supply(self, image: str | None) -> tuple[str, str]:
        """An image of ours, by default the patient's: its name on the nodes, its pull policy."""
        if image is None and self.image:
            return self.image, "IfNotPresent"  # a user's may have to be fetched
        return self.provided.supply(image or own.PATIENT)

    def _flags(self) -> Mapping[str, str]:
        words = self.provided.controllers()
        return controller_flags(self.client) if words is None else flags_in(words)
