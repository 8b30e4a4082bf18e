"""Leases, one a node: no two runs break the same machine, wherever they were started.

A lease lasts as long as the fault that it was taken for may be open, and healed. How old it is, the
API server says: it stamped the lease, and is asked to stamp another that it does not keep. No clock
of ours takes part.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from http import HTTPStatus

from chaos.clock import Seconds, seconds, stamp
from chaos.errors import ChaosError
from chaos.kube.client import Client
from chaos.ports.fault import TERM
from chaos.recording.ports import Lost, Refused
from chaos.values import Json

LEASES = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
DURATION = "leaseDurationSeconds"
LONGEST = seconds(2**31 - 1)  # its type in the API is int32 (coordination/v1, LeaseSpec)


@dataclass(frozen=True)
class Leases:
    """What one holder takes and gives back; who holds the same ledger is the same holder."""

    client: Client
    holder: str

    def take(self, node: str, lasting: Seconds) -> None:
        """Take a node, at least for so long; ChaosError names who has it."""
        try:
            self._take(node, lasting)
        except (Refused, Lost) as error:
            raise ChaosError(f"the lease of {node} could not be taken: {error}") from error

    def give_back(self, node: str) -> None:
        """Give a node back; a lease that cannot be reached now ends by its term."""
        with contextlib.suppress(Refused, Lost):
            found = self.client.get(f"{LEASES}/{_name(node)}")
            if _holder(found) == self.holder:
                self._delete(found)

    def _take(self, node: str, lasting: Seconds) -> None:
        try:
            self._make(node, lasting)
        except Refused as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
            self._take_over(node, lasting)

    def _take_over(self, node: str, lasting: Seconds) -> None:
        """A lease of ours is made longer; one past its duration was left behind."""
        found = self.client.get(f"{LEASES}/{_name(node)}")
        age, duration = self._age(found), _duration(found)
        if _holder(found) == self.holder:
            if duration < age + lasting:
                self._prolong(found, Seconds(age + lasting))
            return
        if age < duration:
            raise ChaosError(
                f"{node} is another run's ({_holder(found)}, for {age:.0f} s): wait for it, or,"
                f" if it is lost, until {duration:.0f} s are over"
            )
        self._delete(found)
        self._make(node, lasting)

    def _make(self, node: str, lasting: Seconds) -> None:
        self.client.create(LEASES, self._lease(_name(node), lasting))

    def _prolong(self, found: Json, duration: Seconds) -> None:
        """Make this lease longer, and no other that has taken its name since."""
        meta = found["metadata"]
        change = {"metadata": {"uid": meta["uid"]}, "spec": {DURATION: _whole(duration)}}
        self.client.patch(f"{LEASES}/{meta['name']}", change)

    def _delete(self, found: Json) -> None:
        """Delete this lease, and no other that has taken its name since."""
        meta = found["metadata"]
        sure: Json = {"preconditions": {"uid": meta["uid"]}}
        self.client.request("DELETE", f"{LEASES}/{meta['name']}", sure)

    def _lease(self, name: str, lasting: Seconds) -> Json:
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": name},
            "spec": {"holderIdentity": self.holder, DURATION: _whole(lasting)},
        }

    def _age(self, found: Json) -> Seconds:
        """How old a lease is, by the API server's own clock."""
        name = f"{found['metadata']['name']}-now"
        said = self.client.attempt(LEASES, self._lease(name, seconds(1)))
        return Seconds(_made_at(said) - _made_at(found))


def _name(node: str) -> str:
    return f"pytest-chaos-{node}"


def _holder(lease: Json) -> str:
    return str(lease["spec"].get("holderIdentity", "nobody"))


def _duration(lease: Json) -> Seconds:
    """How long a lease is somebody's."""
    return seconds(lease["spec"].get(DURATION, TERM))


def _whole(lasting: Seconds) -> int:
    return math.ceil(min(lasting, LONGEST))


def _made_at(lease: Json) -> float:
    return stamp(lease["metadata"]["creationTimestamp"])
