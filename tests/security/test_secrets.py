"""What a workload, a fault or pytest is told in confidence is in nothing that a run leaves."""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import allure
import pytest

from chaos.errors import ChaosError, NoCluster
from chaos.history.effect import Effect
from chaos.judging.law import Law
from chaos.kube.client import configuration
from chaos.kube.consent import Target, must_be_allowed
from chaos.kube.witness import PykubeWitness
from chaos.laws import goes_unready
from chaos.ports.cluster import Cluster
from chaos.providers.embedded.download import download
from chaos.providers.embedded.examine import Host, examine
from chaos.providers.embedded.pki import Identity, Pki
from chaos.providers.embedded.releases import releases
from chaos.report import provenance, retelling
from chaos.running.ledger import Ledger, read
from chaos.testing import rehearsal

pytest_plugins = ["pytester"]
assert allure  # imported here, or each run in this process would import it anew
assert rehearsal

SECRET = "hunter2-" + "0123456789abcdef"
CONFTEST = """
def pytest_addoption(parser):
    parser.addoption("--db-password")
    parser.addini("db_password", "", default="")
"""
SCENARIOS = """
import os
from dataclasses import dataclass, field

import pytest
from chaos import seconds, windows
from chaos.faults import Crash
from chaos.laws import never_restarted, restarted, reports
from chaos.judging.law import law
from chaos.judging.verdict import Ruling, Verdict
from chaos.history.effect import Effect
from chaos.workloads import bare_pod, deployment, http

SECRET = os.environ["CHAOS_TEST_SECRET"]
pytestmark = pytest.mark.chaos


@law
def seen(aftermath):
    "The fault was seen."
    caused = any(entry.kind == "injected" for entry in aftermath.entries)
    return Verdict(Ruling.HOLDS if caused else Ruling.BROKEN, "said so")


@dataclass(frozen=True)
class LogsIn:
    user: str
    password: str = field(repr=False)
    effect = Effect()
    def inject(self, cluster): pass
    def heal(self, cluster): pass
    def symptom(self): return seen()


def app(name):
    return deployment(
        name,
        env={"DB_PASSWORD": SECRET + "-env"},
        orders=[{"do": "health", "path": "/login", "manner": "redirect",
            "location": "http://me:" + SECRET + "-order@elsewhere/"}],
        liveness=http("/", headers={"Authorization": SECRET + "-header"}),
    )


def test_kept(cluster, chaos):
    web = cluster.run(app("public-kept"))
    with chaos.inject(Crash(web)):
        chaos.expect(restarted(web, within=windows.crash(web)))


def test_broken(cluster, chaos):
    web = cluster.run(app("public-broken"))
    with chaos.inject(Crash(web)):
        chaos.expect(never_restarted(web, through=seconds(9)))


def test_fault(cluster, chaos):
    with chaos.inject(LogsIn("public-user", SECRET + "-fault")):
        chaos.expect(seen())


def test_error(cluster, chaos):
    web = cluster.run(app("public-error"))
    with chaos.inject(Crash(web)):
        raise ValueError("no luck")


def test_rehearsal(cluster, chaos):
    later = '[{"do": "depends_on", "url": "http://me:' + SECRET + '-lasting@elsewhere/"}]'
    cluster.run(bare_pod("a", orders=[{"do": "lasting", "folder": "/keep", "orders": later}]))
"""
OPTIONS = ("-m", "chaos", "--chaos-cluster=fake", "-p", "no:cacheprovider", "--alluredir=allure")


def leaves(pytester: pytest.Pytester, *options: str) -> dict[str, str]:
    """Everything that a run leaves: each file by its name, and what the terminal said."""
    pytester.makeconftest(CONFTEST)
    before = {*pytester.path.rglob("*")} | {*pytester.path.glob("*.py")}
    test = pytester.makepyfile(test_it=SCENARIOS)

    said = pytester.runpytest_inprocess(*OPTIONS, "--junitxml=junit.xml", "-v", *options)

    said.assert_outcomes(passed=2, failed=3)
    made = {*pytester.path.rglob("*")} - before - {test}
    files = {
        str(file.relative_to(pytester.path)): file.read_text(errors="replace")
        for file in made
        if file.is_file() and "__pycache__" not in file.parts and "latest" not in file.parts
    }
    return files | {"terminal": said.stdout.str() + said.stderr.str()}


@pytest.fixture
def _a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "_git", lambda *_: "")
    monkeypatch.setenv("CHAOS_TEST_SECRET", SECRET)


@pytest.mark.usefixtures("_a_secret")
def test_no_secret_is_in_anything_that_a_run_leaves(pytester: pytest.Pytester) -> None:
    left = leaves(
        pytester, f"--db-password={SECRET}", "-o", f"db_password={SECRET}", "--db-password", SECRET
    )

    assert {name: text for name, text in left.items() if SECRET in text} == {}


@pytest.mark.usefixtures("_a_secret")
def test_what_is_no_secret_is_found_in_each_of_them(pytester: pytest.Pytester) -> None:
    """So that the other test, which looks in the same places, can fail."""
    left = leaves(pytester)

    kinds = {Path(name).name for name, text in left.items() if "public-broken" in text}
    assert {"history.jsonl", "verdicts.json", "index.html", "junit.xml", "terminal"} <= kinds
    assert {"laws.xml", "summary.md"} <= kinds
    assert any("attachment" in name and "public-kept" in text for name, text in left.items())
    assert any("result.json" in name and "public-kept" in text for name, text in left.items())
    assert any("LogsIn(user='public-user')" in text for text in left.values())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-m", "chaos", "-q", "-x", "-vv", "-rA"], "pytest -m chaos -q -x -vv -rA"),
        (["-mchaos", "-k", "a and b"], "pytest -mchaos -k 'a and b'"),
        (["--chaos-nodes=3", "--chaos-slow"], "pytest --chaos-nodes=3 --chaos-slow"),
        (["--chaos-cluster", "mine"], "pytest --chaos-cluster mine"),
        (["there.py::test_x[1]", "there.py"], "pytest 'there.py::test_x[1]' there.py"),
        (["--tb=short", "--maxfail=1", "-n2"], "pytest --tb=short --maxfail=1 -n2"),
        ([f"--token={SECRET}"], "pytest '--token=…'"),
        (["--token", SECRET], "pytest --token '…'"),
        (["-o", f"token={SECRET}"], "pytest -o '…'"),
        ([f"-otoken={SECRET}"], "pytest '…'"),
        ([f"--override-ini=token={SECRET}"], "pytest '--override-ini=…'"),
        (["-m", "chaos", SECRET], "pytest -m chaos '…'"),
        (["--chaos-nodes=3", SECRET], "pytest --chaos-nodes=3 '…'"),
        ([f"{SECRET}::x"], "pytest '…'"),
        (["x" * 5000], "pytest '…'"),
        (["a\0b"], "pytest '…'"),
        (["--alluredir", "there.py"], "pytest --alluredir there.py"),
    ],
)
def test_a_command_is_told_without_what_may_be_secret(
    tmp_path: Path, words: list[str], told: str
) -> None:
    (tmp_path / "there.py").touch()

    assert retelling.command(words, folder=tmp_path) == told


def test_a_command_in_which_nothing_is_secret_can_be_run_again(tmp_path: Path) -> None:
    words = ["-m", "chaos", "--chaos-cluster=fake", "--chaos-repeat=2", "-q"]

    assert shlex.split(retelling.command(words, folder=tmp_path)) == ["pytest", *words]


@dataclass(frozen=True)
class LogsIn:
    """A fault that has to know a password."""

    user: str
    password: str = field(repr=False)

    effect = Effect()

    def inject(self, cluster: Cluster) -> None: ...

    def heal(self, cluster: Cluster) -> None: ...

    def symptom(self) -> Law:
        return goes_unready("worker1")


def test_the_ledger_alone_knows_what_a_fault_keeps_to_itself_for_it_must_be_healed(
    tmp_path: Path,
) -> None:
    fault = LogsIn("me", SECRET)

    page = Ledger(tmp_path / "ledger").arm(fault, 1)

    assert read(page) == fault
    assert SECRET not in str(fault)
    assert page.stat().st_mode & 0o077 == 0


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    pki = Pki(tmp_path / "home")
    pki.create()
    path = tmp_path / "home" / "kubeconfig"
    pki.kubeconfig(path, Identity("admin"), cluster="c", api="https://127.0.0.1:1")
    return path


def test_a_key_is_copied_nowhere_but_into_the_clusters_own_folder(
    kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After SIGKILL nobody would take it from /tmp; the cluster's folder goes with the cluster."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))

    settings = configuration(kubeconfig, "c")
    PykubeWitness(settings, "default").close()

    key = Path(str(settings.key_file))
    assert key.parent == kubeconfig.parent
    assert "PRIVATE KEY" in key.read_text()
    assert list((tmp_path / "tmp").iterdir()) == []
    assert {one.stat().st_mode & 0o077 for one in kubeconfig.parent.iterdir()} == {0}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("client-key-data: ", "client-key-data: ["),
        lambda text: text.replace("contexts:", "context:"),
        lambda text: text.replace("client-key-data: ", "client-key-data: %%%"),
        lambda text: f"- {text.partition('client-key-data: ')[2]}",
    ],
    ids=["no-yaml", "no-context", "no-key", "no-object"],
)
def test_a_kubeconfig_that_cannot_be_used_is_named_and_not_quoted(
    kubeconfig: Path, spoil: Callable[[str], str]
) -> None:
    whole = kubeconfig.read_text()
    key = whole.partition("client-key-data: ")[2].split()[0]
    kubeconfig.write_text(spoil(whole))

    with pytest.raises(NoCluster, match=re.escape(str(kubeconfig))) as refused:
        configuration(kubeconfig, "c")

    shown = f"{refused.value} {refused.value.__cause__}"
    assert key[:40] not in shown
    assert "PRIVATE" not in shown


def test_a_context_is_named_with_its_server_and_not_with_who_logs_in_there() -> None:
    there = Target("far", "far", f"https://me:{SECRET}@api.example.com:6443")

    with pytest.raises(ChaosError, match=r"far \(https://…@api\.example\.com:6443\)") as refused:
        must_be_allowed(there, "")

    assert SECRET not in str(refused.value)


ON_PAPER = """
import os
import pytest
from dataclasses import dataclass
from chaos.laws import never_restarted
from chaos.workloads.admitted import Workload
from chaos.history.effect import Effect
from chaos.workloads import deployment

@dataclass(frozen=True)
class Misled:
    app: Workload
    effect = Effect()
    def inject(self, cluster):
        where = "http://me:" + os.environ["CHAOS_TEST_SECRET"] + "@elsewhere/"
        cluster.tell(self.app.pod, "depends_on", url=where, path="/public-path")
    def heal(self, cluster): pass
    def symptom(self): return never_restarted(self.app)

@pytest.mark.chaos
def test_misled(cluster, chaos):
    with chaos.inject(Misled(cluster.run(deployment("web")))):
        pass
"""


@pytest.mark.usefixtures("_a_secret")
def test_a_dry_run_says_which_order_it_would_give_and_not_what_is_secret_in_it(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(test_it=ON_PAPER)

    said = pytester.runpytest_inprocess(*OPTIONS, "--chaos-dry-run=yes").stdout.str()

    assert "depends_on(url=…, path=/public-path)" in said
    assert SECRET not in said


@pytest.mark.loopback
def test_the_address_of_a_mirror_is_told_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    mirror = f"http://me:{SECRET}@127.0.0.1:1"

    with pytest.raises(NoCluster, match=r"http://…@127\.0\.0\.1:1") as refused:
        download(releases("amd64"), tmp_path, mirror=mirror, say=said.append)

    host = Host(environ={"CHAOS_MIRROR": mirror}, cached=lambda: (tmp_path, ["no"]))
    told = [str(refused.value), *said, *map(str, examine(host))]
    assert any("http://…@127.0.0.1:1 (not tried)" in line for line in told)
    assert not [line for line in told if SECRET in line]
