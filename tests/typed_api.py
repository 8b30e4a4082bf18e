"""What a scenario's author is told by mypy: nothing of this is run, all of it is checked.

`assert_type` says what a name gives back. A line that must be refused ignores just that error, and
mypy complains of an ignore that nothing needs (`warn_unused_ignores`, of `strict`).
"""

from __future__ import annotations

from typing import assert_type

from chaos import (
    Apps,
    Chaos,
    Cluster,
    Effect,
    Fault,
    History,
    Law,
    Seconds,
    Verdict,
    Workload,
    law,
    minutes,
    never,
    seconds,
    windows,
)
from chaos.faults import Hang, NodeDeath
from chaos.laws import never_replaced, replaced, restarted
from chaos.windows import Window
from chaos.workloads import Spec, bare_pod, deployment, http


def a_workload_for_a_spec_and_a_tuple_for_several(cluster: Cluster) -> None:
    assert_type(deployment("web", liveness=http("/health")), Spec)
    assert_type(cluster.run(deployment("web")), Workload)
    assert_type(cluster.run(deployment("web"), bare_pod("loner")), tuple[Workload, ...])
    cluster.run("web")  # type: ignore[call-overload]  # a name is no spec


def a_workload_or_several_for_a_fault(web: Workload, others: tuple[Workload, ...]) -> None:
    apps: tuple[Apps, ...] = (web, others)
    faults: tuple[Fault, ...] = (*map(Hang, apps), NodeDeath(web.node))
    assert_type(faults[0].effect, Effect)
    Hang("web")  # type: ignore[arg-type]  # nor is it a workload


def what_is_expected_are_laws(chaos: Chaos, web: Workload) -> None:
    assert_type(restarted(web), Law)
    assert_type(replaced(web, away_from=web.node), Law)
    with chaos.inject(Hang(web)):
        chaos.expect(restarted(web, within=windows.within(seconds(20))))
        chaos.expect(True)  # type: ignore[arg-type]
    never_replaced(web)  # type: ignore[call-arg]  # for how long?
    never_replaced(web, through=5)  # type: ignore[arg-type]  # five of what?


def spans_are_seconds_and_windows_are_made_of_them() -> None:
    assert_type(minutes(1), Seconds)
    assert_type(windows.within(seconds(3)), Window)
    windows.within(3)  # type: ignore[arg-type]


def a_law_takes_a_history_that_whoever_judges_fills_in(web: Workload) -> None:
    @law
    def stays(aftermath: History, workload: Workload, *, through: Seconds) -> Verdict:
        return never(aftermath, next(iter(aftermath.sightings(workload.name)), (None,))[0], through)

    assert_type(stays(web, through=seconds(3)), Law)
    stays(through=seconds(3))  # type: ignore[call-arg]
