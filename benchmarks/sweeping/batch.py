"""One batch, as a scenario: the pods are run, hurt at once, and each must do what its spec says.

`SWEEP_BATCH` names the folder with `batch.json` and the pods' manifests; the two clocks of this run
are left in it, so that others' times can be compared with the history's.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chaos import Chaos, Cluster, Law, Seconds, seconds, windows
from chaos.errors import ChaosError
from chaos.faults import (
    Answering,
    Crash,
    Deadlock,
    FailingCheck,
    FailingHealth,
    GrpcHealth,
    Hang,
    Killed,
    Leak,
    NodeDeath,
    PodDeleted,
    Refusing,
)
from chaos.history.effect import Effect
from chaos.history.timers import Timers
from chaos.laws import (
    has_instances,
    leaves_endpoints,
    never_leaves_endpoints,
    never_replaced,
    never_restarted,
    recreated,
    rejoins_endpoints,
    replaced,
    restarted,
)
from chaos.windows.sight import PROBED, unseen
from chaos.workloads import specs
from chaos.workloads.admitted import Workload

LATE = 1.5  # seconds: some of the probes wait for so long, others do not
FAULTS: dict[str, Callable[[Any], Any]] = {
    "crash": lambda apps: Crash(apps, code=3),
    "killed": Killed,
    "hang": Hang,
    "refusing": Refusing,
    "health": FailingHealth,
    "deadlock": Deadlock,
    "late": lambda apps: Answering(apps, delay=LATE),
    "late-ill": lambda apps: Answering(apps, status=500, delay=LATE),
    "headers": lambda apps: Answering(apps, manner="headers_only"),
    "check": FailingCheck,
    "check-soon": lambda apps: FailingCheck(apps, code=0, delay=LATE),
    "check-late": lambda apps: FailingCheck(apps, delay=30),
    "grpc": GrpcHealth,
    "grpc-silent": lambda apps: GrpcHealth(apps, status="silent"),
    "leak": lambda apps: Leak(apps, mib_per_second=32, up_to_mib=512),
    "deleted": PodDeleted,
    "node": lambda apps: NodeDeath(apps[0].stands[0].node),
}
QUIET = seconds(12)  # how long what must not happen is waited for at least
COLD = seconds(180)  # seconds for a batch to be ready: an init container and a delay each
OTHER = ("Pod", "StatefulSet")  # nobody makes another of these while its node is away


@pytest.mark.chaos
def test_a_batch_does_what_its_specs_say(cluster: Cluster, chaos: Chaos) -> None:
    """Pods drawn by a seed are hurt: each recovers when its spec says so, and no other does."""
    folder = Path(os.environ["SWEEP_BATCH"])
    told = json.loads((folder / "batch.json").read_text())
    ran = {app.name: app for app in cluster.run(*specs(folder / "pods"), within=COLD)}
    hurt, twins = ([ran[name] for name in told[which]] for which in ("hurt", "twins"))
    fault = FAULTS[told["fault"]](tuple(_meant(app) for app in hurt))

    anchor = {"at": chaos.journal.clock.now(), "wall": time.time()}
    (folder / "clocks.json").write_text(json.dumps(anchor))
    through = max([QUIET, *(_latest(app, fault.effect, chaos.journal.timers) for app in hurt)])
    with chaos.inject(fault):
        chaos.expect(
            *(law for app in hurt for law in _laws(told["fault"], app, fault, through)),
            *(law for twin in twins for law in _control(twin, through) if told["fault"] != "node"),
        )
    if back := [app for app in hurt if app.name in told["serve"] and _only_unready(app, fault)]:
        chaos.expect_after_heal(*(rejoins_endpoints(app) for app in back))


def _laws(name: str, app: Workload, fault: Any, through: Seconds) -> Iterator[Law]:
    """What must be true of one pod that was hurt, and what must not."""
    match name:
        case "deleted" if app.kind == "Pod":
            yield never_replaced(app, through=through)
        case "deleted":
            yield has_instances(app, 1) if app.kind != "StatefulSet" else recreated(app)
        case "node" if app.stands[0].node != fault.node:
            yield never_restarted(app, through=through)
        case "node" if app.kind in OTHER:
            yield never_replaced(app, through=through)
        case "node":
            yield replaced(app, away_from=fault.node)
        case _:
            yield from _of_a_container(app, fault.effect, through)


def _of_a_container(app: Workload, effect: Effect, through: Seconds) -> Iterator[Law]:
    meant = _meant(app)
    sees = not unseen(meant, "liveness", effect)
    yield restarted(meant) if sees else never_restarted(meant, through=through)
    if meant is not app:
        yield never_restarted(app.container("beside"), through=through)
    if effect.how in PROBED and meant.readiness is not None:
        if not unseen(meant, "readiness", effect):
            yield leaves_endpoints(app)
        elif not sees:
            yield never_leaves_endpoints(app, through=through)


def _control(twin: Workload, through: Seconds) -> Iterator[Law]:
    yield never_restarted(twin, through=through)
    if _meant(twin).readiness is not None:
        yield never_leaves_endpoints(twin, through=through)


def _meant(app: Workload) -> Workload:
    """The container that is hurt, where there are several."""
    return app.container("app") if len(app.containers) > 1 else app


def _only_unready(app: Workload, fault: Any) -> bool:
    meant, effect = _meant(app), fault.effect
    unready = effect.how in PROBED and not unseen(meant, "readiness", effect)
    return unready and bool(unseen(meant, "liveness", effect))


def _latest(app: Workload, effect: Effect, timers: Timers | None) -> Seconds:
    """When it must be over; a recovery that nobody promises is over at once."""
    try:
        if effect.how == "lost":
            return windows.replacement(app, effect, timers).latest
        return windows.restart(_meant(app), effect, timers=timers).latest
    except ChaosError:
        return QUIET
