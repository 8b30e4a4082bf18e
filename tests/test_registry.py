"""A provider with a line in the registry: nobody else is told of it. Here it is one of paper."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from recorder import PROGRAMS, USUAL, Recorder

from chaos.cli import program
from chaos.dryrun import wiring as dryrun
from chaos.errors import ChaosError, NoCluster, NoSuchTarget
from chaos.options import Options
from chaos.ports.inventory import Owner
from chaos.ports.provider import Maker
from chaos.providers import registry
from chaos.providers.existing import ExistingClusters
from chaos.running import wiring

pytestmark = pytest.mark.loopback

MADE = f"chaos-{os.getpid()}"


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    one = Recorder(tmp_path)
    monkeypatch.setattr(registry, "MAKERS", [one])
    return one


@pytest.fixture
def chaos(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["chaos", *words])
        monkeypatch.setattr(sys, "path", list(sys.path))
        with pytest.raises(SystemExit) as ended:
            program.main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return run


def test_a_run_makes_its_cluster_and_takes_it_down(recorder: Recorder) -> None:
    said: list[str] = []
    with wiring.provided(Options(nodes=3), said.append) as ground:
        (there,) = recorder.standing()
        assert ground.site.nodes == ["node1", "node2", "node3"]
    (made,) = recorder.clusters

    assert there.owner is Owner.HARNESS
    assert made.gone
    assert said == [f"cluster {MADE}: written down"]


def test_a_run_keeps_it_when_it_is_told_to(recorder: Recorder) -> None:
    said: list[str] = []
    with wiring.provided(Options(keep=True), said.append):
        pass
    (made,) = recorder.clusters

    assert [one.owner for one in recorder.standing()] == [Owner.KEPT]
    assert said[-1] == f"kept: export KUBECONFIG={made.kubeconfig}"
    recorder.take_down(MADE)


def test_one_of_a_name_is_used_and_stays_as_it_is(recorder: Recorder) -> None:
    recorder.make("mine", Options(), print).keep()
    said: list[str] = []
    with wiring.provided(Options(cluster="mine", nodes=5), said.append) as ground:
        assert ground.site.holder == "mine"

    assert [(one.name, one.owner) for one in recorder.standing()] == [("mine", Owner.KEPT)]
    wish = "cluster mine is as it was made (nodes 2): --chaos-nodes=5 is for new ones"
    assert wish in said
    recorder.take_down("mine")


def test_what_a_dead_run_left_is_taken_down_first(recorder: Recorder) -> None:
    recorder.make("left", Options(), print).owner = Owner.NOBODY
    recorder.make("kept", Options(), print).keep()
    said: list[str] = []
    with wiring.provided(Options(), said.append):
        names = [one.name for one in recorder.standing()]

    assert names == ["kept", MADE]
    assert said[0] == "removed cluster left, which a killed run had left"
    recorder.take_down("kept")


def test_a_scenario_has_its_hands_and_a_namespace_that_goes(recorder: Recorder) -> None:
    with (
        wiring.provided(Options(), print) as ground,
        wiring.staged(ground, lambda _: None, print) as scene,
    ):
        scene.cluster.machine("node1").power_off()
        scene.cluster.control_plane("etcd").stop()
        with pytest.raises(NoSuchTarget, match="there is no node nix; there are: node1, node2"):
            scene.cluster.machine("nix")
        there = {one["metadata"]["name"] for one in ground.client.get(NAMESPACES)["items"]}
    (made,) = recorder.clusters

    assert there == {scene.cluster.namespace}
    assert made.done == ["power_off node1", "stop etcd", "displace"]


NAMESPACES = "/api/v1/namespaces"


def test_a_dry_run_knows_what_it_would_have(recorder: Recorder) -> None:
    said: list[str] = []
    with dryrun.provided(Options(nodes=1, dry_run=True), said.append) as draft:
        assert (draft.nodes, draft.timers) == (("node1",), USUAL)
        draft.hands.control_plane(*PROGRAMS)
        with pytest.raises(NoSuchTarget, match="there will be no nix: there will be node1"):
            draft.hands.machine("nix")

    assert said[1] == "cluster: recorder, 1 nodes, would be made, and taken down"
    assert recorder.clusters == []


def test_its_name_is_what_asks_for_it(recorder: Recorder) -> None:
    assert registry.maker(Options(cluster="recorder")) is recorder
    assert registry.is_new(Options(cluster="recorder"))
    assert not registry.is_new(Options(cluster="mine"))
    assert not registry.is_new(Options(cluster="recorder", context="theirs"))
    with pytest.raises(ChaosError, match="cluster=kind is not there yet: use recorder"):
        registry.maker(Options(cluster="kind"))


def test_the_first_that_can_is_taken_and_where_none_can_each_says_why(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Recorder(tmp_path, name="other", lacks="no paper")
    makers: list[Maker] = [other, recorder]
    monkeypatch.setattr(registry, "MAKERS", makers)

    assert registry.maker(Options()) is recorder
    with pytest.raises(NoCluster, match=r"^no other cluster here: no paper; "):
        registry.maker(Options(cluster="other"))
    recorder.lacks = "no ink"
    with pytest.raises(
        NoCluster, match="no other cluster here: no paper; no recorder cluster here: no ink; "
    ):
        registry.maker(Options())


def test_who_has_the_cluster_of_a_name_is_asked_for_it(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Recorder(tmp_path, name="other")
    makers: list[Maker] = [other, recorder]
    monkeypatch.setattr(registry, "MAKERS", makers)
    recorder.make("mine", Options(), print).keep()

    assert registry.finder(Options(cluster="mine")) is recorder
    assert registry.finder(Options(cluster="nix")) is other  # who says that there is none
    assert isinstance(registry.finder(Options(context="theirs")), ExistingClusters)
    recorder.take_down("mine")


def test_the_command_asks_it_for_everything(
    recorder: Recorder, chaos: Callable[..., tuple[int, str, str]]
) -> None:
    status, out, _ = chaos("up", "mine", "--nodes=1")
    assert (status, out) == (0, f"export KUBECONFIG={recorder.clusters[0].kubeconfig}\n")
    assert chaos("up", "recorder")[0] == 10

    assert chaos("doctor") == (0, "ok      paper: here\n", "")
    assert chaos("fetch") == (0, f"{recorder.folder}\n", "")
    assert chaos("heal") == (0, "", "mine: nothing to heal: no fault was armed\n")
    assert chaos("down", "nix") == (10, "", "chaos: there is no cluster 'nix': there are mine\n")
    assert chaos("down", "mine") == (0, "", "cluster mine: gone\n")
    assert recorder.standing() == []
