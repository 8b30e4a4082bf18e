"""The machine of `tests/fault_machine.py` on real Kubernetes: its harnesses end by SIGKILL."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from deadlines import LONG
from fault_machine import GUEST, FaultMachine, Ward
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from killable import AT_ONCE, Harness, Order
from picture import at_rest, nodes, picture
from project import named

from chaos import Fault
from chaos.clock import Seconds, poll, seconds
from chaos.faults import (
    ControlPlaneDown,
    ControlPlaneFrozen,
    Hang,
    KubeletDown,
    KubeletFrozen,
    NodeDeath,
    NodeForgotten,
    NodeFrozen,
    NodeJoins,
    NodePartitioned,
    Orphaned,
    RuntimeDown,
    RuntimeFrozen,
    Scaled,
    Tainted,
)
from chaos.kube.client import Client, configuration
from chaos.kube.parse import pod_from
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.recording.ports import Lost, Refused
from chaos.running.ledger import Ledger
from chaos.workloads.admitted import Workload

pytest_plugins = ["kept_cluster"]
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
    ),
]

NAME = named("machine")
NODES = 3
# A step may take a minute and a half, so few are taken here, and always the same; those on the fake
# are many. CHAOS_MACHINE=20 takes as many new ones.
ASKED = int(os.environ.get("CHAOS_MACHINE", "0"))
EXAMPLES, STEPS = ASKED or 2, 10 if ASKED else 6
MOMENT = 0.03  # s between two moments at which an act is cut off
START = 0.25  # s likewise of a start, which takes a second to begin to heal
OFTEN = seconds(1.5)  # more than a probe's period: twice alike is steady
REPAIR, ONE = "repair=now:NoExecute", "worker1"
API = ("kube-apiserver",)  # what nearly every other fault needs to be healed
LEADERS = ("kube-scheduler", "kube-controller-manager")


class EmbeddedWard:
    """A kept cluster, as it was `before`; a harness is a process."""

    switched = True  # a process of its own heals after a run that is gone

    def __init__(self, cluster: EmbeddedCluster, before: dict[str, Any]) -> None:
        self._cluster, self._before = cluster, before
        self.nodes: Sequence[str] = cluster.nodes
        self.ledger = Ledger(cluster.plan.home.path / "ledger")
        self.alive = False
        self._client = Client(configuration(cluster.kubeconfig, cluster.name))
        self._count, self._open = 0, dict[int, Fault]()

    def begin(self, *, moment: int | None = None) -> None:
        self._harness = Harness.start(NAME, radius=len(self.nodes))
        self.alive = True
        if moment is not None:
            self.kill(after=seconds(moment * START))
        else:
            self._namespace: str = self._harness.answer()

    def inject(self, fault: Fault, *, moment: int | None = None) -> int | None:
        self._count += 1
        came = self._obeyed(("inject", self._count, fault), moment)
        if came == "open":
            self._open[self._count] = fault
        return self._count if came == "open" else None

    def heal(self, number: int, *, moment: int | None = None) -> None:
        self._obeyed(("heal", number, None), moment)
        self._open.pop(number, None)

    def kill(self, *, after: Seconds = AT_ONCE) -> None:
        self._harness.kill(after=after)
        self._open.clear()
        self.alive = False

    def wait(self, span: Seconds) -> None:
        poll(lambda: False, within=span, every=span)

    def ailments(self) -> str:
        apps = self.apps()
        looks = [self._look()]

        def steady() -> bool:
            looks.append(self._look())
            return not self._wrong(apps, looks[-1]) and looks[-1] == looks[-2]

        return "" if poll(steady, within=LONG, every=OFTEN) else str(looks[-1])

    def apps(self) -> tuple[Workload, ...]:
        self._harness.tell(("apps", 0, None))
        apps: tuple[Workload, ...] = self._harness.answer()
        return apps

    def hurts(self) -> Sequence[Fault]:
        # Not etcd, and no frozen API server: each request takes half a minute to fail. Nor a full
        # disk: pods that were evicted for it stay where they are, as Failed, for ever.
        kinds = (KubeletDown, KubeletFrozen, RuntimeDown, RuntimeFrozen, NodeForgotten)
        own = [fault(node) for node in self.nodes for fault in kinds]
        return [*own, *map(ControlPlaneDown, (API, LEADERS)), ControlPlaneFrozen(LEADERS)]

    def close(self) -> None:
        status = self._harness.leave() if self.alive else 0
        same = poll(self._as_before, within=LONG, every=OFTEN)
        assert same or not (wrong := self._changes()), str(wrong)
        assert status == 0

    def _obeyed(self, order: Order, moment: int | None) -> str:
        """What came of it; nothing when the harness was killed, or had to end."""
        self._harness.tell(order)
        if moment is not None:
            self.kill(after=seconds(moment * MOMENT))
            return ""
        came: str = self._harness.answer()
        if came not in {"open", "refused", "healed"}:
            assert self._out_of_reach(), came
            self.kill()
        return came

    def _out_of_reach(self) -> bool:
        """Whether what others need to be healed is away: the API server, or a patient's node."""
        silent = (NodeFrozen, NodePartitioned)
        faults = self._open.values()
        return ControlPlaneDown(API) in faults or any(isinstance(f, silent) for f in faults)

    def _look(self) -> dict[str, Any]:
        """What can be seen from outside."""
        try:
            items = self._client.get(f"/api/v1/namespaces/{self._namespace}/pods")["items"]
            pods = [pod_from(item) for item in items]
            seen = [(p.workload, p.uid, p.ready, p.deleting, p.restarts) for p in pods]
            return {"nodes": nodes(self._client), "pods": sorted(seen)}
        except (Lost, Refused) as error:
            return {"nodes": str(error)}

    def _wrong(self, apps: tuple[Workload, ...], look: dict[str, Any]) -> bool:
        pods = look.get("pods", ())
        wanted = {app.name: self._wanted(app) for app in apps}
        there = {name: sum(pod[0] == name for pod in pods) for name in wanted}
        well = all(ready and not deleting for _, _, ready, deleting, _ in pods)
        return not (
            well
            and there == wanted
            and len(pods) == sum(wanted.values())
            and look["nodes"] == self._before["nodes"]
        )

    def _wanted(self, app: Workload) -> int:
        return len(self.nodes) if app.kind == "DaemonSet" else {"web": 2}.get(app.name, 1)

    def _as_before(self) -> bool:
        return not self._changes()

    def _changes(self) -> dict[str, Any]:
        """What is not as it was before, and how it was."""
        now = picture(self._cluster)
        return {what: (now[what], old) for what, old in self._before.items() if now[what] != old}


class OnKubernetes(FaultMachine):
    """One example is some faults, some deaths, and a cluster that is as it was before."""

    cluster: EmbeddedCluster
    before: dict[str, Any]

    def room(self) -> Ward:
        return EmbeddedWard(self.cluster, self.before)


@pytest.fixture
def ward(kept: EmbeddedCluster) -> Iterator[EmbeddedWard]:
    """In which all is well, and a harness has begun."""
    made = EmbeddedWard(kept, at_rest(kept, within=LONG))
    made.begin()
    yield made
    made.close()


def test_what_is_healed_in_the_order_in_which_it_was_injected_is_well(ward: EmbeddedWard) -> None:
    apps = {app.name: app for app in ward.apps()}
    here = {stand.node for stand in apps["web"].stands}  # a dead node's patient cannot be told
    three = next(node for node in ward.nodes if node not in here)
    one, two = (node for node in ward.nodes if node != three)
    faults = (
        *(Hang(apps["web"]), Scaled(apps["blind"], 3), Orphaned(apps["db"]), NodeJoins(GUEST)),
        *(Tainted(one, REPAIR), KubeletDown(two), NodeDeath(three)),
    )

    opened = [number for fault in faults if (number := ward.inject(fault))]
    for number in opened:
        ward.heal(number)

    assert len(opened) == len(faults)
    assert ward.ailments() == ""


def test_what_a_killed_harness_took_the_api_server_with_is_healed_by_the_next(
    ward: EmbeddedWard,
) -> None:
    apps = {app.name: app for app in ward.apps()}
    one, two, _ = ward.nodes
    faults = (Scaled(apps["web"], 0), Tainted(one, REPAIR), NodeDeath(two), ControlPlaneDown(API))

    opened = [ward.inject(fault) for fault in faults]
    ward.inject(Scaled(apps["db"], 3), moment=9)  # it is written down, and cannot be done
    ward.begin()

    assert None not in opened
    assert ward.ledger.armed() == []
    assert ward.ailments() == ""


ORDERS = [
    pytest.param((KubeletFrozen(ONE), NodeDeath(ONE)), (1, 0), id="power-first"),
    pytest.param((RuntimeDown(ONE), KubeletDown(ONE), NodePartitioned(ONE)), (1, 0, 2), id="cable"),
    pytest.param((RuntimeFrozen(ONE), KubeletDown(ONE), NodeFrozen(ONE)), (1, 2, 0), id="runtime"),
]
MORE_ORDERS = [  # when more is asked for: as much again
    pytest.param((NodeDeath(ONE), NodePartitioned(ONE)), (0, 1), id="power-then-cable"),
    pytest.param((NodeFrozen(ONE), NodeDeath(ONE)), (0, 1), id="thaw-of-what-is-off"),
    pytest.param((NodeFrozen(ONE), KubeletDown(ONE)), (1, 0), id="thaw-last"),
    pytest.param((NodePartitioned(ONE), ControlPlaneFrozen(API)), (1, 0), id="frozen-api"),
]


@pytest.mark.parametrize(("faults", "order"), [*ORDERS, *(MORE_ORDERS if ASKED else ())])
def test_faults_of_one_node_are_healed_in_any_order(
    ward: EmbeddedWard, faults: tuple[Fault, ...], order: tuple[int, ...]
) -> None:
    opened = [ward.inject(fault) for fault in faults]
    for place in order:
        number = opened[place]
        assert number is not None
        ward.heal(number)

    assert ward.alive
    assert ward.ailments() == ""


def test_what_a_killed_harness_froze_and_cut_off_is_healed_by_the_next(ward: EmbeddedWard) -> None:
    one, two, _ = ward.nodes
    faults = (
        *(RuntimeFrozen(one), NodePartitioned(one), NodeDeath(one)),
        *(NodeFrozen(two), ControlPlaneFrozen((*API, *LEADERS))),
    )

    opened = [ward.inject(fault) for fault in faults]
    ward.kill()
    ward.begin()

    assert None not in opened
    assert ward.ledger.armed() == []
    assert ward.ailments() == ""


def test_all_healed_means_steady_state_in_any_order_and_after_any_death(
    kept: EmbeddedCluster,
) -> None:
    OnKubernetes.cluster, OnKubernetes.before = kept, at_rest(kept, within=LONG)

    run_state_machine_as_test(
        OnKubernetes,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not ASKED,
            phases=(Phase.generate,)
            if not ASKED
            else (Phase.reuse, Phase.generate),  # to make one smaller would take hours
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
