"""What a fault is: something wrong that the harness can cause, undo and recognise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import Protocol, TypeVar

from chaos.clock import Seconds, minutes
from chaos.errors import CannotHere, CannotRehearse, ChaosError, NoSuchTarget, Undecided
from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.ports.capability import Capability
from chaos.ports.cluster import Cluster, RunningContainer
from chaos.workloads.admitted import Stand, Workload, hit

T = TypeVar("T")
TERM = minutes(15)
"""How long a fault is open at most. Nothing of ours holds one open for half as long: the longest
are a node's death with Kubernetes' own timers (50 s until it is noticed, 300 s of toleration, a
start) and a loop's back-offs up to their cap (10 + 20 + 40 + 80 + 160 s)."""


class Fault(Protocol):
    """A frozen dataclass of plain data that names its targets.

    `heal` must be safe to call twice, without a preceding `inject`, and in a process that never
    injected: it is also how the harness clears what a killed run left behind.
    """

    @property
    def effect(self) -> Effect:
        """How it looks to the kubelet and the controllers: laws find their windows by it."""

    def inject(self, cluster: Cluster) -> None:
        """Cause it, and return when it is in force."""

    def heal(self, cluster: Cluster) -> None:
        """Undo it; what is gone needs no healing."""

    def symptom(self) -> Law:
        """What a history must show for the fault to have been real."""


def hands_on(cluster: Cluster, app: Workload, pod: Stand) -> RunningContainer:
    """The container of a pod that is meant, from its node; NoSuchTarget if it is gone."""
    return cluster.machine(pod.node).container(pod, app.meant.name)


def undo(act: Callable[[T], object], targets: Iterable[T]) -> None:
    """Heal each of them, whatever becomes of the others; one that is gone needs no healing.

    ChaosError, when all were tried, says what could not be done.
    """
    failed: list[str] = []
    for target in targets:
        try:
            act(target)
        except (NoSuchTarget, CannotHere, CannotRehearse):
            continue
        except (ChaosError, OSError) as error:
            failed.append(str(error))
    if failed:
        raise ChaosError("; ".join(failed))


def term_of(fault: Fault) -> Seconds:
    """How long a fault is open at most: its own `term`, if its class names one."""
    term: Seconds = getattr(fault, "term", TERM)
    return term


def effect_of(fault: Fault) -> Effect:
    """How it looks, and to whom it is done: the workloads in its fields."""
    values = (getattr(fault, field.name) for field in fields(fault))  # type: ignore[arg-type]
    several = (value if isinstance(value, tuple) else (value,) for value in values)
    apps = (app for every in several for app in every if isinstance(app, Workload))
    return replace(fault.effect, hits=tuple(map(hit, apps)))


def needs_of(fault: Fault) -> tuple[Capability, ...]:
    """What somebody must be able to do for it: its class's `needs`, if it names any."""
    needs: tuple[Capability, ...] = getattr(fault, "needs", ())
    return needs


def overrun(fault: Fault) -> Undecided:
    """What a scenario ends with that had a fault open for longer."""
    return Undecided(
        f"{fault} was open for longer than its term of {term_of(fault):g} s: others may have "
        "healed it by now, so nothing is judged. Did the run hang? Else its class names a `term`"
    )
