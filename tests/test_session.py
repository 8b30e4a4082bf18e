from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from chaos import Chaos, Ruling, seconds, windows
from chaos.clock import ManualClock, Seconds
from chaos.cluster import Cluster
from chaos.entry import Healed, Healing, Injected, Injecting, Probe, Workload
from chaos.errors import (
    ChaosError,
    LawBroken,
    NoSuchTarget,
    NotHealed,
    NotInjected,
    NotSteady,
    Undecided,
)
from chaos.faults import Crash, Hang, NodeDeath
from chaos.history import History, Journal
from chaos.law import Law, Verdict, law
from chaos.laws import (
    becomes_ready,
    goes_unready,
    never_replaced,
    never_restarted,
    replaced,
    restarted,
    stays_hung,
)
from chaos.ledger import Ledger
from chaos.session import PATIENCE, still
from chaos.testing import FakeCluster, app_of, pod
from chaos.windows import within

WEB = app_of(pod("web-1"))
LONER = app_of(pod("loner"), kind="Pod")
WATCHED = replace(WEB, liveness=Probe(period=1, failures=2))


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
        return sum(isinstance(entry, kind) for entry in self.journal.log.entries)


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

    def inject(self, cluster: Cluster) -> None: ...

    def heal(self, cluster: Cluster) -> None: ...

    def symptom(self) -> Law:
        return never_restarted(WEB, through=seconds(0))


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


def test_a_second_fault_inside_the_first_needs_no_steady_state(stage: Stage) -> None:
    with stage.chaos.inject(NodeDeath("worker1")), stage.chaos.inject(NodeDeath("worker2")):
        stage.chaos.expect(goes_unready("worker2", within=within(seconds(20))))
        assert stage.armed == 2

    assert stage.armed == 0
    assert [judgement.number for judgement in stage.chaos.judgements] == [2, 2, 1]


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
    stage.cluster.blind = True


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
    with (  # noqa: PT012
        pytest.raises(Undecided, match="whether the fault took effect cannot be told"),
        stage.chaos.inject(Crash(WEB, code=1)),
    ):
        stage.cluster.deaf = True
        stage.cluster.kubelet.pods.clear()
        stage.cluster.blink(stage.clock.now(), stage.clock.now() + 2)
        stage.chaos.expect()


def test_a_short_blink_is_waited_out_and_is_a_gap(stage: Stage) -> None:
    with stage.chaos.inject(NodeDeath("worker1")):
        now = stage.clock.now()
        stage.cluster.blink(now + 20, now + 25)
        stage.chaos.expect(goes_unready("worker1", within=within(seconds(20))))
        with pytest.raises(Undecided, match=f"the watch was down from {now + 20:.1f} s"):
            stage.chaos.expect(never_replaced(LONER, through=seconds(22)))

    assert now + 25 <= stage.clock.now() < now + 25.5


def test_a_symptom_is_proved_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def symptom(self: Odd) -> Law:
        asked.append(1)
        return never_restarted(WEB, through=seconds(0))

    monkeypatch.setattr(Odd, "symptom", symptom)

    with stage.chaos.inject(Odd()):
        stage.chaos.expect(never_restarted(WEB, through=seconds(1)))
        stage.chaos.expect(never_restarted(WEB, through=seconds(2)))

    assert asked == [1]


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
    def curious(aftermath: History, workload: Workload) -> Verdict:
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


def test_a_probe_period_of_stillness_is_the_longest_probe_s() -> None:
    assert still(WEB) == seconds(1)
    assert still(replace(WEB, liveness=Probe(period=2), startup=Probe(period=3))) == seconds(3)
    assert still(replace(WEB, readiness=Probe(period=4))) == seconds(4)


def test_a_fault_may_be_asked_about_several_times(stage: Stage) -> None:
    with stage.chaos.inject(Crash(WEB)):
        stage.chaos.expect(restarted(WEB, within=windows.crash(WEB)))
        stage.chaos.expect(never_replaced(WEB, through=seconds(8)))

    assert [judgement.number for judgement in stage.chaos.judgements] == [1, 1, 1]
