"""What somebody can do to a run's cluster: what nobody can is refused before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chaos.errors import CannotHere
from chaos.ports.capability import ALL, Capability
from chaos.ports.fault import Fault, needs_of
from chaos.workloads import Spec


@dataclass(frozen=True)
class Abilities:
    """Those on this cluster; and which providers have others, by the names that ask for them."""

    can: frozenset[Capability] = ALL
    where: str = "this cluster"
    elsewhere: Mapping[str, frozenset[Capability]] = field(default_factory=dict)

    def admit(self, fault: Fault) -> None:
        """CannotHere, naming who can, for a fault that needs more."""
        self.must(needs_of(fault), str(fault))

    def admit_workload(self, spec: Spec) -> None:
        """CannotHere for a pod that is to be laid on a node's disk where nobody can."""
        if spec.kind == "StaticPod":
            self.must([Capability.STATIC_PODS], f"the static pod {spec.name}")

    def must(self, needs: Iterable[Capability], what: str) -> None:
        """CannotHere, naming who can, for something that needs more."""
        if lacking := [need for need in needs if need not in self.can]:
            able = [name for name, can in self.elsewhere.items() if can.issuperset(lacking)]
            remedy = f"; --chaos-cluster={able[0]} can" if able else ""
            raise CannotHere(
                f"{self.where}: nobody here can {' and '.join(lacking)}, which {what} needs{remedy}"
            )
