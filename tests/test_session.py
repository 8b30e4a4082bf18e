from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from chaos import Chaos, Ruling, seconds, windows
from chaos.clock import ManualClock, Seconds, poll
from chaos.errors import (
    ChaosError,
    LawBroken,
    NoSuchTarget,
    NotHealed,
    NotInjected,
    NotSteady,
    Undecided,
)
from chaos.faults import Crash, FailingHealth, Hang, NodeDeath, NodeFrozen, Scaled, Tainted
from chaos.history.effect import UNSAID
from chaos.history.facts import Healed, Healing, Injected, Injecting
from chaos.history.history import History
from chaos.history.journal import Journal
from chaos.judging.judgement import judge
from chaos.judging.law import Law, law
from chaos.judging.subject import Controller
from chaos.judging.verdict import Verdict
from chaos.laws import (
    becomes_ready,
    exited,
    goes_unready,
    never_replaced,
    never_restarted,
    replaced,
    restarted,
    stays_hung,
)
from chaos.laws.steady import still
from chaos.ports.cluster import Cluster
from chaos.ports.fault import Fault
from chaos.running.asking import PATIENCE
from chaos.running.ledger import Ledger
from chaos.testing import FakeCluster, app_of, having, pod
from chaos.windows import within
from chaos.workloads import deployment, http
from chaos.workloads.admitted import Workload
from chaos.workloads.containers import Probe

WEB = app_of(pod("web-1"))
LONER = app_of(pod("loner"), kind="Pod")
WATCHED = having(WEB, liveness=Probe(period=seconds(1), failures=2))


@dataclass
class Stage:
    """A session on a fake cluster."""

    clock: ManualClock
    journal: Journal
    cluster: FakeCluster
    chaos: Chaos
    said: list[str]

    @property
    def armed(self) -> int:
        return len(self.chaos.ledger.armed())

    def written(self, kind: type) -> int:
        return sum(isinstance(entry, kind) for entry in self.journal.index.entries)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    clock = ManualClock()
    journal = Journal(clock)
    cluster = FakeCluster(journal, clock)
    said: list[str] = []
    chaos = Chaos(cluster, journal, cluster, Ledger(tmp_path / "ledger"), said.append)
    cluster.run(WEB, LONER)
    return Stage(clock, journal, cluster, chaos, said)


@dataclass(frozen=True)
class Odd:
    """A fault whose parts do what the test wants."""

    name: str = "odd"

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None: ...

    def heal(self, cluster: Cluster) -> None: ...

    def symptom(self) -> Law:
        return caused()


@law
def caused(aftermath: History) -> Verdict:
    """Whatever it is, it was done."""
    done = any(isinstance(entry, Injected) for entry in aftermath.entries)
    return Verdict(Ruling.HOLDS if done else Ruling.BROKEN, "it says so")


def test_one_death_judges_every_law(stage: Stage) -> None:
    with stage.chaos.inject(NodeDeath("worker1")):
        stage.chaos.expect(
            replaced(WEB, away_from="worker1", within=within(seconds(30))),
            never_replaced(LONER, through=seconds(60)),
        )

    _symptom, judgement = stage.chaos.judgements
    assert [verdict.ruling for _, verdict in judgement.verdicts] == [Ruling.HOLDS, Ruling.HOLDS]
    assert not judgement.has(Ruling.BROKEN)


def test_it_waits_once_and_as_long_as_the_slowest_law(stage: Stage) -> None:
    with stage.chaos.inject(NodeDeath("worker1")):
        start = stage.clock.now()
        stage.chaos.expect(
            never_replaced(LONER, through=seconds(60)), never_restarted(LONER, through=seconds(45))
        )

    assert stage.clock.now() - start == seconds(60)


def test_a_broken_law_ends_the_waiting_when_all_others_are_decided(stage: Stage) -> None:
    with (  # noqa: PT012
        pytest.raises(LawBroken, match=r"never_restarted\(.*\): after 0\.9 s"),
        stage.chaos.inject(Crash(WEB)),
    ):
        start = stage.clock.now()
        stage.chaos.expect(never_restarted(WEB, through=seconds(60)))

    assert stage.clock.now() - start < seconds(2)


def test_a_failure_shows_the_whole_judgement(stage: Stage) -> None:
    with pytest.raises(LawBroken) as broken, stage.chaos.inject(NodeDeath("worker1")):
        stage.chaos.expect(
            never_replaced(LONER, through=seconds(30)),
            restarted(WEB, within=within(seconds(30))),
        )

    lines = str(broken.value).splitlines()
    assert lines[0] == "after NodeDeath(node='worker1'):"
    assert lines[1].split()[:2] == ["broken", "restarted(workload=web,"]
    assert lines[2].split()[0] == "holds"


@pytest.mark.parametrize("error", [RuntimeError("body"), KeyboardInterrupt(), SystemExit(3)])
def test_the_fault_is_healed_whatever_the_body_raises(stage: Stage, error: BaseException) -> None:
    with pytest.raises(type(error)), stage.chaos.inject(NodeDeath("worker1")):  # noqa: PT012
        assert not stage.cluster.machine("worker1").on
        assert stage.armed == 1
        raise error

    assert stage.cluster.machine("worker1").on
    assert stage.armed == 0
    assert stage.written(Healed) == 1


def test_the_fault_is_healed_when_a_law_is_broken(stage: Stage) -> None:
    with pytest.raises(LawBroken), stage.chaos.inject(NodeDeath("worker1")):
        stage.chaos.expect(restarted(WEB, within=within(seconds(5))))

    assert stage.cluster.machine("worker1").on
    assert stage.armed == 0


def test_an_injection_that_dies_is_healed_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    healed: list[str] = []

    def dies(self: Odd, cluster: Cluster) -> None:
        seen.append(stage.armed)
        raise KeyboardInterrupt

    monkeypatch.setattr(Odd, "inject", dies)
    monkeypatch.setattr(Odd, "heal", lambda self, cluster: healed.append(self.name))

    with pytest.raises(KeyboardInterrupt), stage.chaos.inject(Odd()):
        pass

    assert seen == [1]
    assert healed == ["odd"]
    assert stage.armed == 0
    assert [stage.written(kind) for kind in (Injecting, Injected, Healing, Healed)] == [1, 0, 1, 1]


@pytest.mark.parametrize("error", [OSError("no route"), RuntimeError("bug"), ChaosError("away")])
def test_what_cannot_be_healed_stays_in_the_ledger(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(self: Odd, cluster: Cluster) -> None:
        raise error

    monkeypatch.setattr(Odd, "heal", fails)

    with pytest.raises(NotHealed, match="chaos heal"), stage.chaos.inject(Odd()):
        pass

    assert stage.armed == 1
    assert stage.written(Healed) == 0


def test_a_target_that_does_not_exist_is_named_with_those_that_do(stage: Stage) -> None:
    with (
        pytest.raises(NoSuchTarget, match=r"'worker9'.*worker1, worker2"),
        stage.chaos.inject(NodeDeath("worker9")),
    ):
        pass

    assert stage.armed == 0


def test_a_pod_that_does_not_exist_is_named(stage: Stage) -> None:
    with (
        pytest.raises(NoSuchTarget, match=r"ghost-1.*web-1, loner"),
        stage.chaos.inject(Crash(app_of(pod("ghost-1")))),
    ):
        pass


@pytest.mark.parametrize("fault", [NodeDeath("worker1"), Crash(WEB), Hang(WEB)], ids=str)
def test_a_fault_that_did_nothing_accuses_nobody(
    stage: Stage, fault: NodeDeath | Crash | Hang
) -> None:
    stage.cluster.deaf = True

    with pytest.raises(NotInjected, match="left no trace"), stage.chaos.inject(fault):
        stage.chaos.expect(never_replaced(LONER, through=seconds(6)))

    (symptom,) = stage.chaos.judgements
    assert symptom.has(Ruling.BROKEN)


def test_a_fault_that_did_nothing_is_noticed_without_being_asked_about(stage: Stage) -> None:
    stage.cluster.deaf = True

    with pytest.raises(NotInjected), stage.chaos.inject(NodeDeath("worker1")):
        pass

    assert stage.armed == 0


def test_a_workload_that_is_not_well_is_not_hurt(stage: Stage) -> None:
    ill = stage.cluster.kubelet.pods[WEB.pod.uid]
    stage.cluster.kubelet.set(ill, ill.turned(ready=False))

    with (
        pytest.raises(NotSteady, match="nothing was injected: web was not ready and still"),
        stage.chaos.inject(NodeDeath("worker1")),
    ):
        pytest.fail("the body ran")

    assert stage.cluster.machine("worker1").on
    assert stage.written(Injecting) == 0
    assert stage.armed == 0


def test_a_workload_that_moves_is_waited_for(stage: Stage) -> None:
    stage.cluster.tell(WEB.pod, "crash")

    with stage.chaos.inject(NodeDeath("worker1")):
        injected = stage.clock.now()

    assert injected == pytest.approx(0.9 + still(WEB))


def turn(stage: Stage, app: Workload, *, ready: bool) -> None:
    now = stage.cluster.kubelet.pods[app.pod.uid]
    stage.cluster.kubelet.set(now, now.turned(ready=ready))


def test_all_must_be_still_at_the_same_moment(stage: Stage) -> None:
    """The first has been still for long when the second is; but it is not any more."""
    turn(stage, LONER, ready=False)
    stage.clock.at(seconds(3), lambda: turn(stage, WEB, ready=False))
    stage.clock.at(seconds(5), lambda: turn(stage, LONER, ready=True))
    stage.clock.at(seconds(8), lambda: turn(stage, WEB, ready=True))

    with stage.chaos.inject(NodeDeath("worker1")):
        assert stage.clock.now() == pytest.approx(8 + still(WEB))


def test_one_that_is_not_still_when_the_others_are_is_named(stage: Stage) -> None:
    turn(stage, LONER, ready=False)
    stage.clock.at(seconds(4), lambda: turn(stage, WEB, ready=False))
    stage.clock.at(seconds(5), lambda: turn(stage, LONER, ready=True))

    with (
        pytest.raises(NotSteady, match="nothing was injected: web was not ready and still"),
        stage.chaos.inject(NodeDeath("worker1")),
    ):
        pytest.fail("the body ran")


def test_a_second_fault_inside_the_first_needs_no_steady_state(stage: Stage) -> None:
    other = NodeDeath("worker2", even_the_last=True)

    with stage.chaos.inject(NodeDeath("worker1")), stage.chaos.inject(other):
        stage.chaos.expect(goes_unready("worker2", within=within(seconds(20))))
        assert stage.armed == 2

    assert stage.armed == 0
    assert [judgement.number for judgement in stage.chaos.judgements] == [1, 2, 2]


def test_expect_outside_a_fault_says_what_to_do(stage: Stage) -> None:
    with pytest.raises(ChaosError, match=r"inside `with chaos\.inject"):
        stage.chaos.expect(restarted(WEB, within=within(seconds(30))))


def test_expect_after_the_fault_says_what_to_do(stage: Stage) -> None:
    with stage.chaos.inject(Crash(WEB)):
        pass

    with pytest.raises(ChaosError, match=r"inside `with chaos\.inject"):
        stage.chaos.expect(restarted(WEB, within=within(seconds(30))))


def test_expect_after_heal_before_any_fault_says_what_to_do(stage: Stage) -> None:
    with pytest.raises(ChaosError, match=r"behind `with chaos\.inject"):
        stage.chaos.expect_after_heal(restarted(WEB, within=within(seconds(30))))


def test_what_follows_the_healing_is_judged_from_the_healing(stage: Stage) -> None:
    with stage.chaos.inject(NodeDeath("worker1")):
        stage.chaos.expect(never_restarted(LONER, through=seconds(9)))
        healed = stage.clock.now()

    stage.chaos.expect_after_heal(
        becomes_ready("worker1", within=within(seconds(10))),
        restarted(LONER, within=within(seconds(10))),
    )

    judgement = stage.chaos.judgements[-1]
    assert judgement.act == "healed"
    assert str(judgement).startswith("after healing NodeDeath")
    assert [verdict.took for _, verdict in judgement.verdicts] == [seconds(2), seconds(2)]
    assert stage.clock.now() == healed + 2 + windows.hold(LONER)


def test_a_silent_patient_is_asked_again_at_the_deadline(stage: Stage) -> None:
    with stage.chaos.inject(Hang(WEB)):
        stage.chaos.expect(stays_hung(WEB, through=seconds(12)))

    ((_, verdict),) = stage.chaos.judgements[1].verdicts
    assert (verdict.ruling, verdict.took) == (Ruling.HOLDS, seconds(12))


def test_a_patient_that_came_back_did_not_stay_hung(tmp_path: Path) -> None:
    clock = ManualClock()
    journal = Journal(clock)
    cluster = FakeCluster(journal, clock)
    cluster.run(WATCHED)
    chaos = Chaos(cluster, journal, cluster, Ledger(tmp_path))

    with pytest.raises(LawBroken, match="answers again"), chaos.inject(Hang(WATCHED)):
        chaos.expect(
            restarted(WATCHED, within=windows.hang(WATCHED)),
            stays_hung(WATCHED, through=seconds(12)),
        )

    ((_, first), _) = chaos.judgements[1].verdicts
    assert first.ruling is Ruling.HOLDS


def blind(stage: Stage) -> None:
    stage.cluster.sight.blind = True


def test_a_blind_recorder_decides_nothing_and_is_never_green(stage: Stage) -> None:
    with (  # noqa: PT012
        pytest.raises(Undecided, match="the watch was down"),
        stage.chaos.inject(Crash(WEB)),
    ):
        stage.chaos.expect(restarted(WEB, within=windows.crash(WEB)))
        blind(stage)
        asked = stage.clock.now()
        stage.chaos.expect(never_replaced(WEB, through=seconds(20)))

    assert stage.clock.now() - asked < 20 + PATIENCE + 1
    assert stage.armed == 0


def test_a_recorder_that_is_blind_from_the_start_leaves_nothing_steady(stage: Stage) -> None:
    blind(stage)

    with pytest.raises(NotSteady), stage.chaos.inject(Crash(WEB)):
        pytest.fail("the body ran")


def test_a_symptom_that_nobody_could_see_is_undecided(stage: Stage) -> None:
    stage.cluster.deaf = True
    with (  # noqa: PT012
        pytest.raises(Undecided, match="whether the fault took effect cannot be told"),
        stage.chaos.inject(Crash(WEB, code=1)),
    ):
        stage.cluster.sight.blink(stage.clock.now(), Seconds(stage.clock.now() + 2))
        stage.chaos.expect()


def test_a_short_blink_is_waited_out_and_is_a_gap(stage: Stage) -> None:
    with stage.chaos.inject(NodeDeath("worker1")):
        now = stage.clock.now()
        stage.cluster.sight.blink(Seconds(now + 20), Seconds(now + 25))
        stage.chaos.expect(goes_unready("worker1", within=within(seconds(20))))
        with pytest.raises(Undecided, match=f"the watch was down from {now + 20:.1f} s"):
            stage.chaos.expect(never_replaced(LONER, through=seconds(22)))

    assert now + 25 <= stage.clock.now() < now + 25.5


def test_a_symptom_is_proved_once(stage: Stage) -> None:
    with stage.chaos.inject(Odd()):
        stage.chaos.expect(never_restarted(WEB, through=seconds(1)))
        stage.chaos.expect(never_restarted(WEB, through=seconds(2)))

    assert [judgement.proof for judgement in stage.chaos.judgements] == [True, False, False]


def silent_until(stage: Stage, moment: float) -> None:
    """The app is silent, and nobody is to blame."""
    for stand in WEB.stands:
        stage.cluster.tell(stand, "hang")
    stage.clock.at(seconds(moment), lambda: stage.cluster.soothe(*WEB.stands))


def pass_time(stage: Stage, until: float) -> None:
    poll(lambda: False, within=seconds(until), every=seconds(until), clock=stage.clock)


def test_an_app_that_has_just_begun_to_run_may_not_listen_yet(stage: Stage) -> None:
    silent_until(stage, 6)

    with stage.chaos.inject(Hang(WEB)):
        stage.chaos.expect()
        assert stage.clock.now() >= 6


@pytest.mark.parametrize(
    ("ran", "asked"), [(0, 10), (30, 30)], ids=["it-never-listens", "it-runs-for-long"]
)
def test_whoever_is_silent_then_is_so_already(stage: Stage, ran: float, asked: float) -> None:
    pass_time(stage, ran)
    silent_until(stage, ran + 20)

    with pytest.raises(NotSteady, match="so already"), stage.chaos.inject(Hang(WEB)):
        pytest.fail("the body ran")

    assert stage.clock.now() == pytest.approx(asked, abs=0.5)
    assert stage.written(Injecting) == 0


@pytest.mark.parametrize(
    ("first", "again"),
    [
        pytest.param(NodeDeath("worker1"), NodeFrozen("worker1"), id="a-node-that-is-not-ready"),
        pytest.param(
            Tainted("worker1", "a=b:NoSchedule"),
            Tainted("worker1", "a=b:NoSchedule"),
            id="a-taint-that-is-there",
        ),
        pytest.param(Hang(WEB), Hang(WEB), id="an-app-that-is-silent"),
        pytest.param(Scaled(WEB, 5), Scaled(WEB, 5), id="as-many-pods-as-there-are"),
    ],
)
def test_what_is_so_already_proves_no_fault(stage: Stage, first: Fault, again: Fault) -> None:
    with stage.chaos.inject(first):
        stage.chaos.expect()
        with pytest.raises(NotSteady, match="so already"), stage.chaos.inject(again):
            pytest.fail("the body ran")
        assert stage.armed == 1

    assert stage.armed == 0
    assert stage.written(Injecting) == 1


def test_what_was_so_once_is_news_again(stage: Stage) -> None:
    for _ in range(2):
        with stage.chaos.inject(Crash(WEB, code=3)):
            stage.chaos.expect(restarted(WEB))


def test_who_only_heals_asks_for_no_news(stage: Stage) -> None:
    stage.chaos.leaving = True
    with stage.chaos.inject(NodeDeath("worker1")), stage.chaos.inject(NodeDeath("worker1")):
        assert stage.armed == 2


def test_an_app_is_asked_while_it_is_ill_though_another_fault_is_proved_first(
    stage: Stage,
) -> None:
    """Its probe has it restarted in 3 s, long before the dead node is noticed."""
    seen = having(app_of(pod("seen-1")), liveness=Probe(period=seconds(1), failures=2))
    stage.cluster.run(seen)

    with stage.chaos.inject(NodeDeath("worker2")), stage.chaos.inject(FailingHealth(seen)):
        stage.chaos.expect(restarted(seen))


def test_somebody_who_watches_is_told_what_is_waited_for(stage: Stage) -> None:
    with stage.chaos.inject(NodeDeath("worker1")):
        stage.chaos.expect(never_replaced(LONER, through=seconds(20)))

    assert any(
        line.startswith("waiting for never_replaced(loner): at most 1") for line in stage.said
    )
    assert len(stage.said) < 60


@law
def crashes(aftermath: History, workload: Workload) -> Verdict:
    """This law has a bug."""
    raise KeyError(workload.name)


def test_a_law_that_fails_itself_is_undecided_and_healed(stage: Stage) -> None:
    with (
        pytest.raises(Undecided, match="the law itself failed: KeyError: 'web'"),
        stage.chaos.inject(Crash(WEB)),
    ):
        stage.chaos.expect(crashes(WEB))

    assert stage.armed == 0


def test_no_law_is_asked_about_news_that_does_not_touch_it(stage: Stage) -> None:
    asked: list[Seconds] = []

    @law
    def curious(aftermath: History, workload: Controller) -> Verdict:
        """It counts how often it is asked."""
        asked.append(stage.clock.now())
        window = within(seconds(50))
        over = aftermath.end >= aftermath.start + 50
        return Verdict(
            Ruling.HOLDS if over else Ruling.OPEN,
            "",
            window=window,
            due=Seconds(aftermath.start + 50),
        )

    with stage.chaos.inject(NodeDeath("worker1")):
        stage.chaos.expect(curious(app_of(pod("unrelated"))))

    assert len(asked) == 2


def test_it_is_still_for_as_long_as_the_slowest_probe_takes_to_ask_once_more() -> None:
    assert still(WEB) == seconds(1)
    assert still(
        having(WEB, liveness=Probe(period=seconds(2)), startup=Probe(period=seconds(3)))
    ) == seconds(4)
    assert still(having(WEB, liveness=Probe(period=seconds(2), timeout=seconds(5)))) == seconds(7)
    assert still(having(WEB, readiness=Probe(period=seconds(4)))) == seconds(5)


def test_a_fault_may_be_asked_about_several_times(stage: Stage) -> None:
    with stage.chaos.inject(Crash(WEB)):
        stage.chaos.expect(restarted(WEB, within=windows.crash(WEB)))
        stage.chaos.expect(never_replaced(WEB, through=seconds(8)))

    assert [judgement.number for judgement in stage.chaos.judgements] == [1, 1, 1]


@dataclass(frozen=True)
class Brief(NodeDeath):
    """A death with a term of its own."""

    term = seconds(30)


def forgets(stage: Stage, span: float) -> None:
    """The run hangs for so long, or is only slow."""
    stage.clock.wait(stage.journal.news, until=seconds(stage.clock.now() + span), unless=never)


def never() -> bool:
    return False


@pytest.mark.parametrize(("death", "term"), [(NodeDeath, 900), (Brief, 30)])
def test_what_was_open_for_longer_than_its_term_is_not_judged(
    stage: Stage, death: type[NodeDeath], term: float
) -> None:
    late = rf"worker1.*longer than its term of {term} s"

    with pytest.raises(Undecided, match=late), stage.chaos.inject(death("worker1")):  # noqa: PT012
        forgets(stage, term)
        stage.chaos.expect(never_replaced(LONER, through=seconds(1)))

    assert stage.cluster.machine("worker1").on
    assert stage.armed == 0
    assert [j for j in stage.chaos.judgements if not j.proof] == []


def test_what_is_within_its_term_is_judged(stage: Stage) -> None:
    with stage.chaos.inject(Brief("worker1")):
        start = stage.clock.now()
        stage.chaos.expect(never_replaced(LONER, through=seconds(20)))
        forgets(stage, start + 29.9 - stage.clock.now())

    assert stage.chaos.judgements[-1].verdicts[0][1].ruling is Ruling.HOLDS


def test_a_scenario_that_hung_after_its_last_law_ends_undecided(stage: Stage) -> None:
    with pytest.raises(Undecided, match="its term"), stage.chaos.inject(Brief("worker1")):  # noqa: PT012
        stage.chaos.expect(never_replaced(LONER, through=seconds(9)))
        forgets(stage, 30)


def test_nobody_waits_for_a_law_longer_than_for_the_shortest_term(stage: Stage) -> None:
    start = stage.clock.now()

    with (  # noqa: PT012
        pytest.raises(Undecided, match=r"Brief.*its term of 30 s"),
        stage.chaos.inject(Hang(LONER)),
        stage.chaos.inject(Brief("worker2")),
    ):
        start = stage.clock.now()
        stage.chaos.expect(never_replaced(LONER, through=seconds(300)))

    assert stage.clock.now() - start == pytest.approx(30, abs=1)


@dataclass(frozen=True)
class Slow(Odd):
    """It takes three seconds to heal."""

    def heal(self, cluster: Cluster) -> None:
        assert isinstance(cluster, FakeCluster)
        clock = cluster.clock
        clock.wait(cluster.journal.news, until=seconds(clock.now() + 3), unless=lambda: False)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, ValueError])
def test_whoever_is_interrupted_says_what_is_healed_and_how_long_it_took(
    stage: Stage, interruption: type[BaseException]
) -> None:
    """An ordinary error is told as an error: nobody waits for the end of its healing."""
    with (
        pytest.raises(interruption),
        stage.chaos.inject(Odd()),
        stage.chaos.inject(Slow("slow")),
    ):
        raise interruption

    told = ["healed Slow(name='slow') in 3.0 s", "healed Odd(name='odd') in 0.0 s"]
    assert stage.chaos.mended == ([] if interruption is ValueError else told)
    assert ("healing Slow(name='slow')" in stage.said) is (interruption is not ValueError)


def test_what_follows_the_healing_has_no_term(stage: Stage) -> None:
    with stage.chaos.inject(Brief("worker1")):
        pass

    stage.chaos.expect_after_heal(never_replaced(LONER, through=seconds(60)))


def test_who_is_leaving_hears_nothing_of_terms(stage: Stage) -> None:
    with stage.chaos.inject(Brief("worker1")):
        forgets(stage, 40)
        stage.chaos.leaving = True

    assert stage.cluster.machine("worker1").on


def test_what_a_fault_tells_a_patient_is_in_force_for_the_fault_s_term(stage: Stage) -> None:
    patient = stage.cluster.kubelet.pods[LONER.pod.uid]
    for fault, term in ((BriefHang(LONER), 30), (Hang(LONER), 900)):
        with stage.chaos.inject(fault):
            told = stage.clock.now()
            stage.chaos.expect()

            assert patient.until == pytest.approx(told + term)


def test_a_patient_that_healed_itself_accuses_nobody(stage: Stage) -> None:
    with pytest.raises(Undecided, match="its term"), stage.chaos.inject(BriefHang(LONER)):  # noqa: PT012
        stage.chaos.expect()
        forgets(stage, 31)
        assert stage.cluster.kubelet.pods[LONER.pod.uid].healed_itself == 1
        stage.chaos.expect(stays_hung(LONER, through=seconds(60)))


@dataclass(frozen=True)
class BriefHang(Hang):
    """A hang with a term of its own."""

    term = seconds(30)


def test_what_comes_late_is_told_as_late(stage: Stage) -> None:
    app = stage.cluster.run(deployment("app", liveness=http("/health")))

    late = r"no restart in 1 s; it came after 2\.4 s"
    with pytest.raises(LawBroken, match=late), stage.chaos.inject(FailingHealth(app)):
        stage.chaos.expect(restarted(app, within=within(seconds(1))))

    assert stage.clock.now() < seconds(10)  # no longer than it took to come
    ((_, verdict),) = stage.chaos.judgements[-1].verdicts
    assert (verdict.ruling, verdict.missed, verdict.evidence) == (Ruling.BROKEN, False, ())
    assert verdict.late is not None
    assert any(word.startswith("looking on for what did not come: at most ") for word in stage.said)


@pytest.mark.parametrize("look_on", [0, 12])
def test_what_never_comes_is_looked_for_no_longer_than_was_asked(
    stage: Stage, look_on: float
) -> None:
    stage.chaos.look_on = seconds(look_on)
    probed = having(WEB, liveness=Probe(period=seconds(60), failures=2))
    told = f"no restart in 2 s, nor in {2 + look_on:g} s" if look_on else "no restart in 2 s"

    with pytest.raises(LawBroken) as broken, stage.chaos.inject(FailingHealth(probed)):
        stage.chaos.expect(restarted(probed, within=within(seconds(2))))

    ((_, verdict),) = stage.chaos.judgements[-1].verdicts
    assert verdict.because == told
    assert told in str(broken.value)
    again = judge(*_law_and_history(stage))
    assert again == verdict


def _law_and_history(stage: Stage) -> tuple[Law, History]:
    judgement = stage.chaos.judgements[-1]
    ((law, _),) = judgement.verdicts
    return law, replace(stage.journal.since(judgement.number), end=judgement.end)


def test_a_late_end_is_not_among_those_that_were_seen_in_time(stage: Stage) -> None:
    app = stage.cluster.run(deployment("app", liveness=http("/health")))

    late = r"wanted exit 143, saw no end in 1 s; it came after 2\.\d s"
    with pytest.raises(LawBroken, match=late), stage.chaos.inject(FailingHealth(app)):
        stage.chaos.expect(exited(app, code=143, within=within(seconds(1))))


def test_a_control_that_is_broken_is_looked_at_no_longer(stage: Stage) -> None:
    with pytest.raises(LawBroken), stage.chaos.inject(Crash(WEB)):
        stage.chaos.expect(never_restarted(WEB, through=seconds(9)))

    assert not any(word.startswith("looking on") for word in stage.said)


def test_what_a_fault_is_done_to_is_written_down_with_it(stage: Stage) -> None:
    with stage.chaos.inject(NodeDeath("worker2")), stage.chaos.inject(Crash(WEB)):
        pass

    looks = [e.effect for e in stage.journal.index.entries if isinstance(e, Injecting)]
    assert [(look.how, look.hits) for look in looks] == [("lost", ()), ("ends", ("web",))]
