"""One suite of promises: the fake cluster keeps what the real one keeps, or it fakes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from deadlines import LONG
from rooms import chaos, cluster, room, scene

from chaos import Chaos, Cluster, seconds, windows
from chaos.clock import Seconds
from chaos.errors import ChaosError, NoSuchTarget, Undecided
from chaos.faults import (
    Answering,
    ChildDeath,
    Crash,
    FailingCheck,
    FailingHealth,
    GrpcHealth,
    Hang,
    Killed,
    Leak,
    MemoryFull,
    Orphaned,
    PodDeleted,
    Refusing,
    Scaled,
    Starved,
    Stopped,
)
from chaos.history.facts import Pod
from chaos.history.looked import Found, Getting
from chaos.laws import (
    exited,
    goes_on_failing,
    gone,
    keeps_answering,
    leaves_endpoints,
    never_replaced,
    never_restarted,
    recreated,
    restarted,
    scaled_to,
    stays_hung,
    stays_stopped,
)
from chaos.patient.children import DEAD, LIVES
from chaos.patient.grpc_check import NOT_SERVING, SERVING
from chaos.patient.orders import CHECK, CHILDREN, GRPC_CHECK
from chaos.workloads import bare_pod, deployment, http, pod_of, stateful_set, visitor
from chaos.workloads.admitted import Uid, Workload

PROBE = http("/health", every=seconds(1), failures=2)
SOON = windows.within(LONG)
FIXTURES = (chaos, cluster, room, scene)  # of this module alone: a plugin's would be everybody's


def test_a_crash_is_mended_in_place_unless_the_pod_says_never(
    cluster: Cluster, chaos: Chaos
) -> None:
    web, once = cluster.run(deployment("web"), bare_pod("once", restart_policy="Never"))

    with chaos.inject(Crash((web, once), code=3)):
        chaos.expect(
            restarted(web, within=windows.crash(web)),
            exited(web, code=3, within=windows.crash(web)),
            never_restarted(once, through=seconds(4)),
        )


def test_a_hang_is_noticed_by_the_probe_that_looks_and_by_nothing_else(
    cluster: Cluster, chaos: Chaos
) -> None:
    live, ready, blind = cluster.run(
        deployment("live", liveness=PROBE),
        deployment("ready", readiness=PROBE, service=True),
        deployment("blind"),
    )

    with chaos.inject(Hang((live, ready, blind))):
        chaos.expect(
            restarted(live, within=windows.hang(live)),
            leaves_endpoints(ready, within=windows.unready(ready)),
            never_restarted(ready, through=seconds(7)),
            stays_hung(blind, through=seconds(7)),
        )


def test_users_fail_at_who_hangs_until_it_gets_no_traffic(cluster: Cluster, chaos: Chaos) -> None:
    web = cluster.run(deployment("web", replicas=2, readiness=PROBE, service=True))
    users = cluster.run(visitor("users", of=web, every=seconds(0.05)))
    noticed = windows.unready(web)

    with chaos.inject(Hang(web.one)):
        chaos.expect(
            leaves_endpoints(web.one),
            goes_on_failing(web, to=users, at_least=0.2, through=noticed.earliest),
            keeps_answering(
                web, to=users, at_least=0.95, except_for=noticed.latest, through=seconds(14)
            ),
        )


def test_nothing_is_known_of_users_who_were_started_anew(cluster: Cluster, chaos: Chaos) -> None:
    web = cluster.run(deployment("web", service=True))
    users = cluster.run(visitor("users", of=web))

    with pytest.raises(Undecided, match="users was started anew"), chaos.inject(Crash(users)):
        chaos.expect(keeps_answering(web, to=users, at_least=0.5, through=seconds(4)))


def test_a_leak_over_its_limit_is_killed_with_137(cluster: Cluster, chaos: Chaos) -> None:
    app = cluster.run(deployment("app", memory="48Mi"))
    filled = windows.filled(app, mib=48, mib_per_second=32)

    with chaos.inject(Leak(app, mib_per_second=32)):
        chaos.expect(
            restarted(app, within=filled),
            exited(app, code=137, reasons=("OOMKilled", "Error"), within=filled),
        )


def test_a_path_is_asked_as_a_probe_asks_it(cluster: Cluster, chaos: Chaos) -> None:
    ill, led, odd, shut, hung, mute, half, slow, well = apps = cluster.run(
        *map(deployment, ("ill", "led", "odd", "shut", "hung", "mute", "half", "slow", "well"))
    )
    faults = (
        FailingHealth(ill, status=503),
        Answering(led, manner="redirect"),
        Answering(odd, manner="reset"),
        Refusing(shut),
        Hang(hung),
        Answering(mute, manner="silent"),
        Answering(half, manner="headers_only"),
        Answering(slow, delay=5),
        Answering(well, delay=0.1),
    )

    with ExitStack() as open_:
        for fault in faults:
            open_.enter_context(chaos.inject(fault))
        heard = cluster.get(*(Getting(app.pod, "/health", seconds(1)) for app in apps))

    assert [got.said for got in heard] == [503, 302, "reset", "refused", *["no answer"] * 4, 200]
    assert [(got.uid, got.workload, got.path) for got in heard] == [
        (app.pod.uid, app.name, "/health") for app in apps
    ]


def test_a_command_is_run_as_a_probe_runs_it(cluster: Cluster, chaos: Chaos) -> None:
    ill, late, mute, well = apps = cluster.run(*map(deployment, ("ill", "late", "mute", "well")))
    faults = (
        FailingCheck(ill, code=3),
        FailingCheck(late, code=0, delay=0.5),
        FailingCheck(mute, delay=60),
    )

    with ExitStack() as open_:
        for fault in faults:
            open_.enter_context(chaos.inject(fault))
        ended = cluster.get(*(Getting(app.pod, CHECK, LONG, "app") for app in (ill, late, well)))
        (silent,) = cluster.get(Getting(mute.pod, CHECK, seconds(0.5), "app"))

    assert [got.said for got in (*ended, silent)] == [3, 0, 0, "no answer"]
    assert {got.uid for got in (*ended, silent)} == {app.pod.uid for app in apps}
    assert ended[1].took >= 0.5


def test_a_health_service_is_asked_as_a_grpc_probe_asks_it(cluster: Cluster, chaos: Chaos) -> None:
    serving = {"do": "grpc"}
    ill, mute, well = apps = cluster.run(
        *(deployment(name, orders=(serving,)) for name in ("ill", "mute", "well"))
    )

    with chaos.inject(GrpcHealth(ill)), chaos.inject(GrpcHealth(mute, "silent")):
        ended = cluster.get(*(Getting(app.pod, GRPC_CHECK, LONG, "app") for app in (ill, well)))
        (silent,) = cluster.get(Getting(mute.pod, GRPC_CHECK, seconds(0.5), "app"))

    assert [got.said for got in (ended[0], silent, ended[1])] == [NOT_SERVING, "no answer", SERVING]
    assert {got.uid for got in (*ended, silent)} == {app.pod.uid for app in apps}


def test_a_child_is_looked_for_beside_its_parent(cluster: Cluster, chaos: Chaos) -> None:
    child = {"do": "child"}
    bereft, parent = cluster.run(*(deployment(n, orders=(child,)) for n in ("bereft", "parent")))
    childless = cluster.run(deployment("childless"))

    with chaos.inject(ChildDeath(bereft)):
        apps = (bereft, parent, childless)
        ended = cluster.get(*(Getting(app.pod, CHILDREN, LONG, "app") for app in apps))

    assert [got.said for got in ended] == [DEAD, LIVES, DEAD]


def test_a_few_lies_are_proved_though_the_probe_uses_them_up(
    cluster: Cluster, chaos: Chaos
) -> None:
    app, spared = cluster.run(
        deployment("app", liveness=PROBE), deployment("spared", liveness=PROBE)
    )

    with chaos.inject(FailingHealth((app, spared), times=1)):
        chaos.expect(never_restarted(app, through=seconds(6)))
    with chaos.inject(FailingHealth(app, times=2)):
        chaos.expect(restarted(app), never_restarted(spared, through=seconds(6)))


def test_a_failing_health_check_kills_with_sigterm(cluster: Cluster, chaos: Chaos) -> None:
    app = cluster.run(deployment("app", liveness=PROBE))

    with chaos.inject(FailingHealth(app)):
        chaos.expect(
            restarted(app, within=windows.refusal(app)),
            exited(app, code=143, within=windows.refusal(app)),
        )


def test_a_pod_that_is_not_there_takes_no_orders_and_needs_no_soothing(cluster: Cluster) -> None:
    app = cluster.run(deployment("app"))
    stranger = replace(app.pod, name="nobody", uid=Uid("nobody"))

    with pytest.raises(NoSuchTarget, match="nobody"):
        cluster.tell(stranger, "hang")
    cluster.soothe(stranger)
    cluster.soothe(stranger)


def test_a_stopped_pod_takes_no_orders_and_needs_no_soothing(
    cluster: Cluster, chaos: Chaos
) -> None:
    once = cluster.run(bare_pod("once", restart_policy="Never"))

    with chaos.inject(Crash(once)):
        chaos.expect(never_restarted(once, through=seconds(3)))

    with pytest.raises(ChaosError, match="once"):
        cluster.tell(once.pod, "hang")
    cluster.soothe(once.pod)


def test_a_patient_that_is_soothed_answers_again(cluster: Cluster, chaos: Chaos) -> None:
    app = cluster.run(deployment("app", readiness=PROBE))  # without one, Ready is not listening

    cluster.tell(app.pod, "hang")
    (hung,) = heard(cluster, chaos, [None], app)
    cluster.soothe(app.pod)
    cluster.soothe(app.pod)
    (well,) = heard(cluster, chaos, [200], app)

    assert (hung["hung"], well["hung"]) == (True, False)


def heard(
    cluster: Cluster, chaos: Chaos, statuses: list[int | None], *apps: Workload
) -> list[Mapping[str, Any]]:
    """The reports of the apps' patients, once they answer so: a busy machine may make them late."""
    clock, answers = chaos.journal.clock, cluster.ask(*(app.pod for app in apps))
    last = Seconds(clock.now() + LONG)
    while [answer.status for answer in answers] != statuses or not all(a.report for a in answers):
        assert clock.now() < last, answers
        after(chaos, 0.5)
        answers = cluster.ask(*(app.pod for app in apps))
    return [answer.report for answer in answers if answer.report]


def after(chaos: Chaos, span: float) -> None:
    clock = chaos.journal.clock
    clock.wait(chaos.journal.news, until=seconds(clock.now() + span), unless=lambda: False)


def test_a_patient_that_nobody_soothes_heals_itself_when_its_term_is_over(
    cluster: Cluster, chaos: Chaos
) -> None:
    app, renewed, healed = cluster.run(
        *(deployment(name, readiness=PROBE) for name in ("app", "renewed", "healed"))
    )

    for pod in (app.pod, renewed.pod, healed.pod):
        cluster.tell(pod, "hang", term_seconds=12)
    cluster.tell(renewed.pod, "refuse")
    cluster.soothe(healed.pod)
    ill = heard(cluster, chaos, [None, None, 200], app, renewed, healed)
    then = heard(cluster, chaos, [200, None, 200], app, renewed, healed)

    assert [report["healed_itself"] for report in ill] == [0, 0, 0]
    assert [report["healed_itself"] for report in then] == [1, 0, 0]
    assert [report.get("term_seconds", 0) > 60 for report in then] == [False, True, False]


def test_what_is_left_for_later_starts_ends_with_its_term(cluster: Cluster, chaos: Chaos) -> None:
    lasting = {"do": "lasting", "folder": "/keep"}
    app, kept = cluster.run(
        *(
            deployment(name, keep="/keep", orders=(lasting,), readiness=http("/ready"))
            for name in ("app", "kept")
        )
    )
    orders = json.dumps([{"do": "crash", "starts": 99, "folder": "/keep"}])

    for one, term in ((app, 8.0), (kept, 900.0)):
        cluster.tell(one.pod, "lasting", folder="/keep", orders=orders, term_seconds=term)
        cluster.tell(one.pod, "crash", term_seconds=term)
    after(chaos, 25)  # the term, and the longest back-off until the start that is told nothing
    ended, goes_on = cluster.ask(app.pod, kept.pod)

    assert (ended.status, (ended.report or {}).get("healed_itself")) == (200, 1)
    assert goes_on.status is None


def test_a_deleted_pod_is_made_again_by_its_controller_only(cluster: Cluster, chaos: Chaos) -> None:
    web, db, loner = cluster.run(deployment("web"), stateful_set("db"), bare_pod("loner"))

    with chaos.inject(PodDeleted((web, db, loner))):
        chaos.expect(
            *(gone(app, within=SOON) for app in (web, db, loner)),
            recreated(db, within=SOON),
            never_replaced(loner, through=seconds(5)),
        )
    with pytest.raises(NoSuchTarget):
        cluster.delete(loner.pod)
    with pytest.raises(NoSuchTarget):
        cluster.delete(db.pod)


def test_a_scaled_app_is_healed_to_what_it_was(cluster: Cluster, chaos: Chaos) -> None:
    web = cluster.run(deployment("web", replicas=2))

    for replicas in (3, 0):
        with chaos.inject(Scaled(web, replicas)):
            chaos.expect()
        chaos.expect_after_heal(scaled_to(web, replicas=2))


def test_an_orphan_runs_on_is_stood_in_for_and_is_taken_back(
    cluster: Cluster, chaos: Chaos
) -> None:
    web = cluster.run(deployment("web"))

    with chaos.inject(Orphaned(web)):
        (orphan,) = cluster.inspect(web.pod)

    assert len(orphan.running) == 1
    chaos.expect_after_heal(scaled_to(web, replicas=1))


def test_an_orphan_that_is_gone_is_not_taken_back_nor_is_another_of_its_name(
    cluster: Cluster, chaos: Chaos
) -> None:
    db = cluster.run(stateful_set("db"))

    with chaos.inject(Orphaned(db)):
        cluster.delete(db.pod)
        chaos.expect(recreated(db, within=SOON))
        with pytest.raises(NoSuchTarget):
            cluster.label(db.pod, "app", "db")


def test_a_look_at_a_node_shows_the_container_that_the_api_server_shows(
    cluster: Cluster, chaos: Chaos
) -> None:
    app = cluster.run(deployment("app"))
    stranger = replace(app.pod, uid=Uid("nobody"))

    nothing, found = cluster.inspect(stranger, app.pod)

    shown = chaos.journal.known("pod")[app.pod.uid]
    assert isinstance(shown, Pod)
    assert nothing.running == ()
    assert (found.node, found.running) == (app.node, (shown.containers[0].id,))


def found(cluster: Cluster, app: Workload) -> Found:
    """The app's only container as its node has it."""
    ((container,),) = [look.containers for look in cluster.inspect(app.pod)]
    return container


def test_a_container_is_stopped_and_goes_on_twice_as_once(cluster: Cluster) -> None:
    app = cluster.run(deployment("app", readiness=PROBE))
    container = cluster.machine(app.node).container(app.pod, "app")

    container.stop()
    container.stop()
    still, (silent,) = found(cluster, app), cluster.ask(app.pod)
    container.resume()
    container.resume()
    going, (well,) = found(cluster, app), cluster.ask(app.pod)

    assert (still.name, still.main, still.stopped) == ("app", "stopped", still.processes)
    assert (silent.status, silent.report) == (None, None)
    assert (going.main, going.stopped, going.id) == ("running", 0, still.id)
    assert well.status == 200


def test_a_stopped_app_needs_a_probe_and_dies_by_sigkill(cluster: Cluster, chaos: Chaos) -> None:
    live, ready, blind = cluster.run(
        deployment("live", liveness=PROBE),
        deployment("ready", readiness=PROBE, service=True),
        deployment("blind"),
    )

    with chaos.inject(Stopped((live, ready, blind))):
        chaos.expect(
            restarted(live),
            exited(live, code=137, reasons=("Error",)),
            leaves_endpoints(ready),
            never_restarted(ready, through=seconds(9)),
            stays_stopped(blind, through=seconds(9)),
        )

    assert {found(cluster, app).main for app in (live, ready, blind)} == {"running"}


def test_a_signal_from_the_node_ends_an_app_unless_its_pod_says_never(
    cluster: Cluster, chaos: Chaos
) -> None:
    web, once = cluster.run(deployment("web"), bare_pod("once", restart_policy="Never"))

    with chaos.inject(Killed((web, once))):
        chaos.expect(
            restarted(web),
            exited(web, code=137, reasons=("Error",)),
            exited(once, code=137),
            never_restarted(once, through=seconds(4)),
        )
    with pytest.raises(NoSuchTarget, match=r"once does not run its container 'app'.*none run"):
        cluster.machine(once.node).container(once.pod, "app")
    with pytest.raises(NoSuchTarget, match=r"web.* does not run its container 'nope'.*: app run"):
        cluster.machine(web.node).container(web.pod, "nope")


def test_a_full_container_is_killed_for_it_and_another_gets_its_memory_back(
    cluster: Cluster, chaos: Chaos
) -> None:
    limited, roomy = cluster.run(deployment("limited", memory="48Mi"), deployment("roomy"))
    after(chaos, 3)  # as below: it is ready before it has loaded all of itself
    before = found(cluster, roomy).memory_mib

    with chaos.inject(MemoryFull((limited, roomy), mib_per_second=32, up_to_mib=60)):
        chaos.expect(
            restarted(limited),
            exited(limited, code=137, reasons=("OOMKilled", "Error")),
            never_restarted(roomy, through=seconds(5)),
        )
        full = found(cluster, roomy)

    # What a process that is just ready has not touched yet is not on its account: some 7 MiB.
    assert full.memory_mib == pytest.approx(before + 60, abs=10)
    assert found(cluster, roomy).memory_mib == pytest.approx(before, abs=10)
    assert found(cluster, limited).memory_mib < 48
    with pytest.raises(ChaosError, match="app has no memory limit"):
        MemoryFull(roomy, mib_per_second=1).inject(cluster)


def test_what_fills_a_container_ends_with_its_term(cluster: Cluster, chaos: Chaos) -> None:
    app = cluster.run(deployment("app"))
    after(chaos, 3)  # it is ready before it has loaded all of itself: from 2 to 6 MiB in 0.5 s
    before = found(cluster, app).memory_mib
    container = cluster.machine(app.node).container(app.pod, "app")

    container.fill(mib_per_second=16, up_to_mib=16, term=seconds(4))
    after(chaos, 2)
    full = found(cluster, app).memory_mib
    after(chaos, 4)

    assert full == pytest.approx(before + 16, abs=5)
    assert found(cluster, app).memory_mib == pytest.approx(before, abs=5)


def test_a_starved_app_gets_its_own_share_back_and_its_next_container_has_it(
    cluster: Cluster, chaos: Chaos
) -> None:
    limited = deployment("limited")
    pod_of(limited.manifest)["containers"][0]["resources"] = {"limits": {"cpu": "500m"}}
    app, free, killed = cluster.run(limited, deployment("free"), deployment("killed"))
    assert [found(cluster, one).cpus for one in (app, free)] == [0.5, None]

    with chaos.inject(Starved((app, free, killed))):
        chaos.expect()
        assert {found(cluster, one).cpus for one in (app, free, killed)} == {0.01}
        with chaos.inject(Killed(killed)):
            chaos.expect(restarted(killed))
        assert found(cluster, killed).cpus is None

    assert [found(cluster, one).cpus for one in (app, free, killed)] == [0.5, None, None]
