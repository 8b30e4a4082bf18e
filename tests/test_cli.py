"""The command: what it says and the status it ends with, without a cluster."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chaos import cli, doctor, stage
from chaos.clusters.embedded import assets, standing
from chaos.clusters.embedded.releases import PROGRAMS
from chaos.clusters.embedded.standing import Owner, Standing
from chaos.doctor import Finding, Host
from chaos.errors import NoCluster
from chaos.options import RESERVED

HISTORIES = Path(__file__).parent / "histories"
STANDING = [
    Standing("busy", Owner.HARNESS),
    Standing("foreign", Owner.ELSEWHERE),
    Standing("kept", Owner.KEPT),
    Standing("left", Owner.NOBODY),
]


class Command:
    """Runs `chaos` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.out = self.err = ""

    def __call__(self, *words: str) -> int:
        self._monkeypatch.setattr(sys, "argv", ["chaos", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        self.out, self.err = self._capsys.readouterr()
        return int(ended.value.code or 0)


@pytest.fixture
def chaos(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setattr(sys, "path", list(sys.path))
    return Command(monkeypatch, capsys)


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(standing, "running", lambda: STANDING)
    monkeypatch.setattr(standing, "take_down", names.append)
    return names


def test_down_all_leaves_what_somebody_holds_or_is_not_ours(
    chaos: Command, gone: list[str]
) -> None:
    assert chaos("down", "--all") == 0
    assert gone == ["kept", "left"]


def test_down_takes_the_one_that_is_named(chaos: Command, gone: list[str]) -> None:
    assert chaos("down", "kept") == 0
    assert gone == ["kept"]
    assert chaos.err == "cluster kept: gone\n"


@pytest.mark.parametrize("words", [["down"], ["down", "kept", "--all"], ["down", "unknown"]])
def test_down_without_a_target_is_one_line(
    chaos: Command, gone: list[str], words: list[str]
) -> None:
    assert chaos(*words) == 6
    assert chaos.err.count("\n") == 1
    assert chaos.err.startswith("chaos: ")
    assert not gone


@pytest.mark.parametrize(("command", "function"), [("up", "made"), ("heal", "healed_on")])
def test_what_cannot_be_done_is_one_line(
    chaos: Command, monkeypatch: pytest.MonkeyPatch, command: str, function: str
) -> None:
    def refuse(*_: object) -> None:
        raise NoCluster("it needs root")

    monkeypatch.setattr(stage, function, refuse)

    assert chaos(command) == 6
    assert chaos.err == "chaos: it needs root\n"


def test_heal_says_what_it_healed(chaos: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "healed_on", lambda options: [f"Crash on {options.cluster}"])

    assert chaos("heal", "mine") == 0
    assert chaos.err == "healed Crash on mine\n"


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_up_refuses_names_that_mean_something_else(chaos: Command, name: str) -> None:
    assert chaos("up", name) == 6
    assert chaos.err.startswith(f"chaos: a cluster cannot be named {name}")


def test_up_refuses_bad_choices_in_one_line(chaos: Command) -> None:
    assert chaos("up", "--nodes=0") == 6
    assert chaos.err.count("\n") == 1


def test_fetch_says_where_the_programs_are(chaos: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "find", lambda say: say("downloading") or Path("/cache/programs"))

    assert chaos("fetch") == 0
    assert (chaos.out, chaos.err) == ("/cache/programs\n", "downloading\n")


def test_fetch_says_that_they_are_not_to_be_had(
    chaos: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(say: object) -> Path:
        raise NoCluster("the programs of a cluster were not to be had")

    monkeypatch.setattr(assets, "find", nowhere)

    assert chaos("fetch") == 6
    assert chaos.err == "chaos: the programs of a cluster were not to be had\n"


def stored(to: Path) -> Path:
    """A real run's folder, to be changed."""
    run = next(path.parent.parent for path in sorted(HISTORIES.rglob("verdicts.json")))
    return Path(shutil.copytree(run, to / "run"))


def test_judge_comes_to_the_same_verdicts(chaos: Command, tmp_path: Path) -> None:
    assert chaos("judge", str(stored(tmp_path))) == 0
    assert ", 0 different from what was stored" in chaos.out


def test_judge_tells_what_is_different(chaos: Command, tmp_path: Path) -> None:
    run = stored(tmp_path)
    verdicts = next(iter(sorted(run.rglob("verdicts.json"))))
    verdicts.write_text(verdicts.read_text().replace('"holds"', '"broken"', 1))

    assert chaos("judge", str(run)) == 1
    assert "broken -> holds" in chaos.out
    assert ", 1 different from what was stored" in chaos.out


def test_judge_says_that_what_cannot_be_read_cannot(chaos: Command, tmp_path: Path) -> None:
    assert chaos("judge", str(tmp_path / "none")) == 6
    assert chaos.err.count("\n") == 1


def test_doctor_s_status_says_whether_all_is_well(
    chaos: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [Finding("root", well=True, seen="yes")]
    monkeypatch.setattr(doctor, "examine", lambda: found)
    assert chaos("doctor") == 0
    assert chaos.out == "ok      root: yes\n"

    found.append(Finding("nft", well=False, seen="not in PATH", remedy="apt-get install nftables"))
    assert chaos("doctor") == 6
    assert "missing nft: not in PATH; apt-get install nftables" in chaos.out


@pytest.mark.subprocess
def test_help_needs_no_kubernetes() -> None:
    code = (
        "import sys; sys.argv = ['chaos', '--help']; import chaos.cli, atexit;"
        "atexit.register(lambda: print(sorted({'kubernetes', 'pydantic', 'pykube', 'pytest'} &"
        " set(sys.modules))));chaos.cli.main()"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.splitlines()[-1] == "[]"
    assert all(word in said.stdout for word in ("up", "down", "heal", "fetch", "doctor", "judge"))


def host(root: Path, **changes: object) -> Host:
    """A machine that has everything."""
    (root / "sys/fs/cgroup").mkdir(parents=True)
    (root / "sys/fs/cgroup/cgroup.controllers").touch()
    (root / "proc").mkdir()
    (root / "proc/meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 4096000 kB\n")
    well: dict[str, object] = {
        "platform": "linux",
        "user": 0,
        "which": lambda name: f"/usr/sbin/{name}",
        "environ": {},
        "root": root,
        "cached": lambda: (Path("/cache"), []),
        "compiler": lambda: "/usr/bin/go",
    }
    return Host(**(well | changes))  # type: ignore[arg-type]


def finding(findings: list[Finding], what: str) -> Finding:
    return next(one for one in findings if one.what == what)


def test_a_machine_with_everything_is_well(tmp_path: Path) -> None:
    findings = doctor.examine(host(tmp_path))

    assert all(one.well and not one.remedy for one in findings)
    assert finding(findings, "cgroups").seen == "v2"
    assert finding(findings, "Kubernetes").seen == "cached in /cache"


def test_another_system_is_told_of_kind(tmp_path: Path) -> None:
    (only,) = doctor.examine(host(tmp_path, platform="darwin"))

    assert not only.well
    assert "kind" in only.remedy


def test_who_is_not_root_is_told_of_kind(tmp_path: Path) -> None:
    root = finding(doctor.examine(host(tmp_path, user=1000)), "root")

    assert str(root) == "missing root: user 1000; run with sudo, or use --chaos-cluster=kind"


def test_a_program_that_is_missing_comes_with_its_package(tmp_path: Path) -> None:
    findings = doctor.examine(host(tmp_path, which=lambda name: None if name == "nft" else name))

    assert [one.remedy for one in findings if not one.well] == ["apt-get install nftables"]


def test_cgroups_of_the_old_kind_and_none(tmp_path: Path) -> None:
    machine = host(tmp_path)
    (tmp_path / "sys/fs/cgroup/cgroup.controllers").unlink()
    assert not finding(doctor.examine(machine), "cgroups").well

    (tmp_path / "sys/fs/cgroup/freezer").mkdir()
    assert finding(doctor.examine(machine), "cgroups").seen == "v1"


def test_little_memory_is_told(tmp_path: Path) -> None:
    machine = host(tmp_path)
    (tmp_path / "proc/meminfo").write_text("MemAvailable: 1024 kB\n")

    assert "MiB" in finding(doctor.examine(machine), "memory").remedy


def test_a_folder_that_the_user_names_is_the_only_source(tmp_path: Path) -> None:
    folder = tmp_path / "assets"
    folder.mkdir()
    machine = host(tmp_path, environ={"CHAOS_ASSETS": str(folder)})
    assert "lacks kube-apiserver" in finding(doctor.examine(machine), "Kubernetes").seen

    for name in PROGRAMS:
        (folder / name).touch(mode=0o755)
    assert finding(doctor.examine(machine), "Kubernetes").well


@pytest.mark.parametrize("go", ["/usr/bin/go", None])
def test_programs_that_are_not_here_have_a_way_here(tmp_path: Path, go: str | None) -> None:
    def compiler() -> str:
        if go is None:
            raise NoCluster("go: not on PATH")
        return go

    machine = host(tmp_path, cached=lambda: (tmp_path, ["no manifest"]), compiler=compiler)

    remedy = finding(doctor.examine(machine), "Kubernetes").remedy
    assert "downloaded from dl.k8s.io and github.com (not tried)" in remedy
    assert ("or built by /usr/bin/go" if go else "go: not on PATH") in remedy
