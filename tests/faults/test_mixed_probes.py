"""Of a fault's apps one may be healed at its node, and the other on its wire."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from chaos.errors import ChaosError
from chaos.faults import FailingProbe
from chaos.ports.cluster import Cluster
from chaos.testing import app_of, pod
from chaos.workloads.admitted import Stand
from chaos.workloads.containers import ContainerSpec, Probe
from chaos.workloads.handlers import Exec

CHECKED = replace(
    app_of(pod("checked-1")),
    containers=(ContainerSpec("app", liveness=Probe(asks=Exec(("/bin/check",)))),),
)
WIRED = app_of(pod("wired-1"))


@dataclass
class Hands:
    """A cluster whose machines cannot be reached, and whose wires can."""

    cured: list[str] = field(default_factory=list)

    def machine(self, node: str) -> Any:
        raise ChaosError(f"{node} is out of reach")

    def cure(self, wire: str, toxic: str, *pods: Stand) -> None:
        self.cured += [f"{wire} {toxic} {one.name}" for one in pods]


def test_a_program_that_cannot_be_put_right_keeps_no_wire_ill() -> None:
    hands = Hands()

    with pytest.raises(ChaosError, match="is out of reach"):
        FailingProbe("liveness", (CHECKED, WIRED)).heal(cast(Cluster, hands))

    assert hands.cured == ["liveness timeout wired-1"]
