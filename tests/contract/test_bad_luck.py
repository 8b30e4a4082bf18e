"""Bad input and bad luck, seen from outside: runs of pytest on a kept cluster, hurt themselves."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from deadlines import LONG, OFTEN
from project import Project, Run, named, switches

from chaos.clock import poll, seconds
from chaos.history.facts import Gap
from chaos.judging.verdict import Ruling
from chaos.private import cache
from chaos.providers.embedded import assets, cgroup, network
from chaos.providers.embedded.api import Api
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.inventory import running

pytest_plugins = ["kept_cluster"]
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root on Linux"
    ),
]

NAME = named("luck")
AWAY = seconds(15)  # how long the API server is away: until AWAY_TOO_LONG has come to its end

DEATH = """
def test_a_node_dies(cluster, chaos):
    loner = cluster.run(bare_pod("loner"))
    with chaos.inject(NodeDeath(loner.node)):
        chaos.expect(never_replaced(loner, through=minutes(1)))
"""

CRASH = """
def test_a_crash(cluster, chaos):
    app = cluster.run(deployment("app"))
    with chaos.inject(Crash(app)):
        chaos.expect(restarted(app, within=windows.within(seconds(20))))
"""

AWAY_TOO_LONG = """
def test_nobody_sees(cluster, chaos):
    probe = http("/health", every=seconds(2), failures=6)
    app, other = cluster.run(deployment("app", liveness=probe), deployment("other"))
    with chaos.inject(FailingHealth(app)):
        chaos.expect(
            restarted(app, within=windows.within(minutes(4))),
            never_restarted(other, through=seconds(15)),
        )
"""

HARNESS_FAILS = """
from chaos.history.effect import Effect
import chaos.running.session
chaos.running.session.SETTLE = seconds(3)


@dataclass(frozen=True)
class Deaf:
    node: str
    effect = Effect("lost")

    def inject(self, cluster):
        pass

    def heal(self, cluster):
        pass

    def symptom(self):
        return goes_unready(self.node, within=windows.within(seconds(2)))


def test_no_image(cluster, chaos):
    app = cluster.run(bare_pod("app", image="127.0.0.1:1/no/such:1"))
    with chaos.inject(Crash(app)):
        pass


def test_no_local_image(cluster, chaos):
    spec = bare_pod("app", image="no-such-image:1")
    spec.manifest["spec"]["containers"][0]["imagePullPolicy"] = "Never"
    cluster.run(spec)


def test_bad_manifest(cluster, chaos):
    cluster.run(manifest("wrong.yaml"))


def test_outside(cluster, chaos):
    chaos.expect()


def test_no_such_node(cluster, chaos):
    with chaos.inject(NodeDeath("nope")):
        pass


def test_deaf(cluster, chaos):
    with chaos.inject(Deaf("worker1")):
        chaos.expect(becomes_ready("worker1", within=windows.within(seconds(3))))


def test_deaf_and_nobody_asks(cluster, chaos):
    with chaos.inject(Deaf("worker1")):
        pass


def test_unsteady(cluster, chaos):
    app = cluster.run(bare_pod("app", readiness=http("/ready", every=seconds(1), failures=1)))
    cluster.tell(app.pod, "health", path="/ready", status=500, times=0)
    with chaos.inject(Crash(app)):
        pass
"""

WRONG = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: wrong
spec:
  selector: {matchLabels: {app: wrong}}
  template:
    metadata: {labels: {app: wrong}}
    spec:
      containers:
        - name: app
          image: patient
          imagePullPolicy: Sometimes
"""

CLUSTER_FAILS = """
import chaos.running.session


def test_broken(cluster, chaos):
    app = cluster.run(deployment("app"))
    with chaos.inject(Crash(app)):
        chaos.expect(never_restarted(app, through=seconds(10)))


def test_too_late(cluster, chaos):
    app = cluster.run(deployment("app"))
    with chaos.inject(Crash(app)):
        chaos.expect(restarted(app, within=windows.within(seconds(0.01))))


@pytest.fixture
def wounded(cluster, chaos):
    app = cluster.run(bare_pod("app"))
    with chaos.inject(Hang(app)):
        yield app


def test_an_exception_after_a_fixture(wounded):
    raise ValueError("no luck in the scenario")
"""


@pytest.fixture
def project(kept: EmbeddedCluster, tmp_path: Path) -> Project:
    return Project(tmp_path, kept.name)


def ledger(cluster: EmbeddedCluster) -> list[Path]:
    return list((cluster.plan.home.path / "ledger").glob("*.json"))


def all_ready(cluster: EmbeddedCluster) -> bool:
    api = Api(cluster.plan)
    return poll(lambda: api.ready_nodes() == set(cluster.nodes), within=LONG, every=OFTEN)


def in_the_middle(project: Project) -> Run:
    """A run in which a node has just been killed."""
    project.write(DEATH)
    run = project.pytest()
    project.await_entry(run, "a_node_dies", "injected")
    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_told_to_end_heals_first(
    kept: EmbeddedCluster, project: Project, number: signal.Signals
) -> None:
    run = in_the_middle(project)

    run.send(number)

    assert run.status() == 2, run.words
    assert ledger(kept) == []
    kinds = [entry.kind for entry in project.history("a_node_dies")]
    assert kinds.index("injected") < kinds.index("healing") < kinds.index("healed")
    assert all_ready(kept)


def test_the_next_run_heals_what_a_killed_one_left_and_says_so(
    kept: EmbeddedCluster, project: Project
) -> None:
    """As when a whole container is killed: nobody is left, not even the run's switch."""
    killed = in_the_middle(project)
    (switch,) = switches(kept.name)
    os.kill(switch, signal.SIGKILL)
    killed.send(signal.SIGKILL)
    assert killed.status() == -signal.SIGKILL
    assert len(ledger(kept)) == 1
    assert "healed" not in {entry.kind for entry in project.history("a_node_dies")}

    project.write(CRASH)
    following = project.pytest()

    assert following.status() == 0, following.words
    assert "healed NodeDeath(node='worker" in following.words
    assert "which a killed run had left" in following.words
    assert "deleted namespace chaos-" in following.words
    assert ledger(kept) == []
    assert all_ready(kept)


def test_the_command_heals_what_a_killed_run_left_and_twice_is_once(
    kept: EmbeddedCluster, project: Project
) -> None:
    killed = in_the_middle(project)
    killed.send(signal.SIGKILL)
    killed.status()

    first = project.chaos("heal", kept.name)
    assert first.status() == 0, first.words
    second = project.chaos("heal", kept.name)
    assert second.status() == 0, second.words

    assert "healed NodeDeath(node='worker" in first.words
    assert "no fault was armed" in second.words
    assert ledger(kept) == []
    assert all_ready(kept)


def test_a_cluster_that_a_run_uses_is_not_healed_by_another(
    kept: EmbeddedCluster, project: Project
) -> None:
    run = in_the_middle(project)

    other = project.chaos("heal", kept.name)

    assert other.status() == 10
    assert "another run uses this cluster" in other.words
    run.send(signal.SIGINT)
    assert run.status() == 2, run.words
    assert all_ready(kept)


def test_nothing_is_left_of_a_killed_runs_own_cluster(tmp_path: Path) -> None:
    project = Project(tmp_path, "embedded")
    run = in_the_middle(project)
    [name] = [one.name for one in running() if one.name.endswith(f"-{run.process.pid}")]
    assert cgroup.members(cgroup.group_of(name))

    run.send(signal.SIGKILL)
    run.status()

    def gone() -> bool:
        return name not in {one.name for one in running()} and not network.links(name)

    assert poll(gone, within=LONG, every=OFTEN), running()


def news_after_the_fault(project: Project) -> bool:
    """Whether the record goes on behind the injection: it was seen, and is not in the gap."""
    kinds = [entry.kind for entry in project.history("nobody_sees")]
    return "observed" in kinds[kinds.index("injected") :]


def test_what_nobody_saw_while_the_api_server_was_away_is_not_ruled_on(
    kept: EmbeddedCluster, project: Project
) -> None:
    plane = kept.control_plane
    project.write(AWAY_TOO_LONG)
    run = project.pytest()
    project.await_entry(run, "nobody_sees", "injected")
    assert poll(lambda: news_after_the_fault(project), within=LONG, every=OFTEN), run.words

    plane.kill("kube-controller-manager")  # it would take the nodes that nobody hears of for lost
    plane.kill("kube-apiserver")
    try:
        poll(lambda: False, within=AWAY, every=AWAY)
    finally:
        plane.service("kube-apiserver").start()
        plane.service("kube-controller-manager").start()

    assert run.status() == 10, run.words
    assert any(isinstance(entry, Gap) for entry in project.history("nobody_sees"))
    record = project.record("test_nobody_sees")
    assert record.outcome == "undecided"
    rulings = {
        v.law.name.rpartition(":")[2]: v.ruling for j in record.judgements for v in j.verdicts
    }
    assert rulings["restarted"] is Ruling.HOLDS, record.message
    assert rulings["never_restarted"] is Ruling.UNKNOWN, record.message
    assert ledger(kept) == []


@pytest.fixture(scope="module")
def failed(kept: EmbeddedCluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Run]:
    """One run of scenarios in which the harness cannot do its work, each in its own way."""
    project = Project(tmp_path_factory.mktemp("failed"), kept.name)
    project.write(HARNESS_FAILS)
    (project.folder / "wrong.yaml").write_text(WRONG)
    run = project.pytest()
    run.status()
    return project, run


def test_failures_of_the_harness_alone_have_a_status_of_their_own(
    kept: EmbeddedCluster, failed: tuple[Project, Run]
) -> None:
    _, run = failed

    assert run.status() == 10, run.words
    assert "INTERNALERROR" not in run.words
    assert ledger(kept) == []


@pytest.mark.parametrize(
    ("scenario", "outcome", "says"),
    [
        ("no_image", "not steady", ("127.0.0.1:1/no/such:1", "put the image on the nodes")),
        ("no_local_image", "not steady", ("no-such-image:1", "ErrImageNeverPull")),
        ("bad_manifest", "error", ("wrong.yaml:13", "Sometimes", "imagePullPolicy")),
        ("outside", "error", ("no fault is open", "inside `with chaos.inject")),
        ("no_such_node", "error", ("nope", "worker1, worker2")),
        ("deaf", "not injected", ("left no trace", "worker1 stayed ready")),
        ("deaf_and_nobody_asks", "not injected", ("left no trace", "worker1 stayed ready")),
        ("unsteady", "not steady", ("nothing was injected", "app is not ready")),
    ],
)
def test_the_harness_says_what_was_wrong_and_accuses_nobody(
    failed: tuple[Project, Run], scenario: str, outcome: str, says: tuple[str, ...]
) -> None:
    project, _ = failed

    record = project.record(f"test_{scenario}")

    assert record.outcome == outcome, record.message
    assert [word for word in says if word not in record.message] == []


@pytest.mark.parametrize("scenario", ["no_image", "unsteady"])
def test_nothing_is_injected_into_what_is_not_well(
    failed: tuple[Project, Run], scenario: str
) -> None:
    project, _ = failed

    kinds = {entry.kind for entry in project.history(f"-test_{scenario}-")}

    assert "injecting" not in kinds


def test_a_broken_law_is_the_clusters_and_an_exception_is_healed(
    kept: EmbeddedCluster, project: Project
) -> None:
    project.write(CLUSTER_FAILS)

    run = project.pytest()

    assert run.status() == 1, run.words
    assert project.record("test_broken").outcome == "broken"
    assert "restart" in project.record("test_broken").message
    assert project.record("test_too_late").outcome == "broken"
    assert project.record("test_an_exception_after_a_fixture").outcome == "error"
    kinds = [entry.kind for entry in project.history("an_exception_after")]
    assert kinds.index("injected") < kinds.index("healed")
    assert ledger(kept) == []


def test_a_run_that_stops_at_its_first_failure_has_healed(
    kept: EmbeddedCluster, project: Project
) -> None:
    project.write(CLUSTER_FAILS)

    run = project.pytest("-x")

    assert run.status() == 1, run.words
    assert "1 failed" in run.words
    assert ledger(kept) == []


@pytest.fixture
def strangers_folder(tmp_path: Path) -> Path:
    """A folder that a user without rights may use."""
    os.chown(tmp_path, 65534, 65534)
    return tmp_path


def unprivileged(project: Project, *words: str) -> Run:
    """Any Python as a user who is not root. It may read what root may: Python lies in /root."""
    rights = "+dac_override"
    drop = ["--reuid=65534", "--clear-groups", f"--inh-caps={rights}", f"--ambient-caps={rights}"]
    env = {"XDG_CACHE_HOME": str(project.folder / "cache")}
    return project.start(["setpriv", *drop, sys.executable, *words], env=env)


def test_without_root_the_command_says_so_in_one_line(strangers_folder: Path) -> None:
    run = unprivileged(
        Project(strangers_folder),
        "-c",
        "from chaos.cli.program import main; main()",
        "up",
        "stranger",
    )

    assert run.status() == 10
    [line] = run.words.splitlines()
    assert "root" in line
    assert "kind" in line


def test_without_root_a_run_says_so_without_a_traceback(strangers_folder: Path) -> None:
    project = Project(strangers_folder)
    project.write(CRASH, DEATH)

    run = unprivileged(project, "-m", "pytest", "-m", "chaos", "-q", "-p", "no:cacheprovider")

    assert run.status() == 10, run.words
    assert "no embedded cluster here: it needs root" in run.words
    assert ".py:" not in run.words.partition("short test summary")[0]
    assert len(run.words.splitlines()) < 25, run.words


def no_way(project: Project) -> dict[str, str]:
    """An environment without Go, without a network, with an empty cache."""
    found = ["ip", "nft", "runc", "nsenter", "unshare", "sysctl", "mount"]
    tools = project.folder / "tools"
    tools.mkdir()
    for name in found:
        if path := shutil.which(name):
            (tools / name).symlink_to(path)
    return {
        "PATH": str(tools),
        "CHAOS_MIRROR": "http://127.0.0.1:1",
        "CHAOS_ASSETS": "",
        "XDG_CACHE_HOME": str(project.folder / "cache"),
    }


def test_without_go_and_network_one_error_names_each_way(tmp_path: Path) -> None:
    project = Project(tmp_path)

    run = project.chaos("up", "contract-nowhere", env=no_way(project))

    assert run.status() == 10
    error = run.words.partition("chaos: the programs")[2]
    for way in ("CHAOS_ASSETS: not set", "cache ", "download: ", "build: ", "127.0.0.1:1", "Go "):
        assert way in error, run.words
    assert "Traceback" not in run.words


def test_a_broken_cache_file_is_noticed_and_named(tmp_path: Path) -> None:
    whole = assets.find(print)
    if whole.parent != cache() / "assets":
        pytest.skip("the programs are not in the cache here")
    project = Project(tmp_path)
    env = no_way(project)
    broken = tmp_path / "cache" / "pytest-chaos" / "assets" / whole.name
    broken.mkdir(parents=True)
    for file in whole.iterdir():
        (broken / file.name).symlink_to(file)
    (broken / "etcd").unlink()
    (broken / "etcd").write_bytes(b"half of an etcd")

    run = project.chaos("up", "contract-broken", env=env)

    assert run.status() == 10
    assert "etcd has 15 bytes instead of" in run.words
    assert "getting them again" in run.words


@pytest.mark.parametrize(
    ("option", "status", "says"),
    [
        ("--chaos-nodes=abc", 4, "a whole number, not 'abc'"),
        ("--chaos-nodes=0", 4, "a number from 1 to 30, not '0'"),
        ("--chaos-nodes=99", 4, "a number from 1 to 30, not '99'"),
        ("--chaos-profile=quick", 4, "fast or default, not 'quick'"),
        ("--chaos-cluster=no-such", 10, "there is no cluster no-such"),
        ("--chaos-cluster=No_Name!", 10, "a cluster cannot be named"),
    ],
)
def test_a_bad_option_is_one_clear_line(
    tmp_path: Path, option: str, status: int, says: str
) -> None:
    project = Project(tmp_path)
    project.write(CRASH)

    run = project.pytest("-q", option)

    assert run.status() == status, run.words
    assert says in run.words
    assert "Traceback" not in run.words
    assert "/chaos/" not in run.words
