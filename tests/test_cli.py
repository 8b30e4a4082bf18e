"""The command: what it says and the status it ends with, without a cluster."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.cli import program
from chaos.errors import HARNESS_FAILED, NoCluster, NotHealed
from chaos.options import Options
from chaos.ports.diagnosis import Diagnosis
from chaos.ports.inventory import Owner, Standing
from chaos.providers import registry
from chaos.providers.embedded import assets, entitled, examine, inventory, rootless
from chaos.providers.embedded.examine import Host
from chaos.providers.embedded.releases import PROGRAMS
from chaos.running import mending

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
            program.main()
        self.out, self.err = self._capsys.readouterr()
        return int(ended.value.code or 0)


@pytest.fixture
def chaos(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setattr(sys, "path", list(sys.path))
    return Command(monkeypatch, capsys)


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(inventory, "running", lambda: STANDING)
    monkeypatch.setattr(inventory, "take_down", names.append)
    return names


@pytest.mark.parametrize("words", [["down"], ["down", "--all"]])
def test_down_without_a_name_leaves_what_somebody_holds_or_is_not_ours(
    chaos: Command, gone: list[str], words: list[str]
) -> None:
    assert chaos(*words) == 0
    assert gone == ["kept", "left"]


def test_down_says_that_there_is_nothing(
    chaos: Command, gone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "running", lambda: STANDING[:2])  # busy, and another user's

    assert chaos("down") == 0
    assert not gone
    assert chaos.err == "nothing to take down: there is no cluster of ours that nobody uses\n"


def test_down_takes_the_one_that_is_named(chaos: Command, gone: list[str]) -> None:
    assert chaos("down", "kept") == 0
    assert gone == ["kept"]
    assert chaos.err == "cluster kept: gone\n"


@pytest.mark.parametrize(
    ("words", "status"),
    [(["down", "kept", "--all"], 4), (["down", "unknown"], 10)],
)
def test_down_without_a_target_is_one_line(
    chaos: Command, gone: list[str], words: list[str], status: int
) -> None:
    assert chaos(*words) == status
    assert chaos.err.count("\n") == 1
    assert chaos.err.startswith("chaos: ")
    assert not gone


@pytest.mark.parametrize(
    ("words", "function"),
    [(["up"], "providers.registry.maker"), (["heal", "mine"], "running.mending.healed_on")],
)
def test_what_cannot_be_done_is_one_line(
    chaos: Command, monkeypatch: pytest.MonkeyPatch, words: list[str], function: str
) -> None:
    def refuse(*_: object) -> None:
        raise NoCluster("it needs root")

    monkeypatch.setattr(f"chaos.{function}", refuse)

    assert chaos(*words) == 10
    assert chaos.err == "chaos: it needs root\n"


def test_heal_says_what_it_healed(chaos: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "healed_on", lambda options, _: [f"Crash on {options.cluster}"])

    assert chaos("heal", "mine") == 0
    assert chaos.err == "Crash on mine\n"


def test_heal_without_a_name_heals_each_kept_cluster_and_one_keeps_no_other_from_it(
    chaos: Command, gone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def healed(options: Options, _: object) -> list[str]:
        if options.cluster == "first":
            raise NotHealed("Hang could not be healed")
        return ["healed Crash"] if options.cluster == "second" else []

    kept = [Standing(name, Owner.KEPT) for name in ("first", "second", "third")]
    monkeypatch.setattr(inventory, "running", lambda: [*STANDING[:2], *kept])
    monkeypatch.setattr(mending, "healed_on", healed)

    assert chaos("heal") == 10
    assert chaos.err.splitlines() == [
        "second: healed Crash",
        "third: nothing to heal: no fault was armed",
        "chaos: first: Hang could not be healed",
    ]


def test_heal_says_that_there_is_nothing(
    chaos: Command, gone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "running", lambda: STANDING[:2])

    assert chaos("heal") == 0
    assert chaos.err == "nothing to heal: there is no kept cluster of ours\n"


@pytest.mark.parametrize("name", sorted(registry.reserved()))
def test_up_refuses_names_that_mean_something_else(chaos: Command, name: str) -> None:
    assert chaos("up", name) == 10
    assert chaos.err.startswith(f"chaos: a cluster cannot be named {name}")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["up", "--nodes=0"], "--nodes takes a number from 1 to 30, not '0'"),
        (["up", "--nodes", "abc"], "--nodes takes a whole number, not 'abc'"),
        (["up", "--nodes=1e3"], "--nodes takes a whole number, not '1e3'"),
        (["up", "--profile=quick"], "--profile takes fast or default, not 'quick'"),
        (["up", "--nodes"], "Option '--nodes' requires an argument"),
        (["up", "one", "two"], "Got unexpected extra argument(s) (two)"),
        (["up", "--what"], "No such option: --what"),
        (["nope"], "No such command 'nope'"),
        (["judge"], "Missing argument 'run'"),
        (["doctor", "x"], "Got unexpected extra argument(s) (x)"),
    ],
)
def test_words_that_cannot_be_read_are_one_line(
    chaos: Command, words: list[str], says: str
) -> None:
    assert chaos(*words) == 4
    assert chaos.err.startswith(f"chaos: {says}")
    assert chaos.err.count("\n") == 1


@pytest.mark.parametrize("name", ["", "No_Name", "../x", "x" * 31])
def test_up_refuses_impossible_names_before_it_says_anything_else(
    chaos: Command, name: str
) -> None:
    assert chaos("up", name) == 10
    assert chaos.err.startswith("chaos: a cluster cannot be named")
    assert chaos.err.count("\n") == 1


def test_the_bare_command_tells_what_it_can(chaos: Command) -> None:
    assert chaos() == 4
    assert "judge" in chaos.out
    assert chaos.err == ""


def test_a_folder_without_verdicts_is_not_judged_well(chaos: Command, tmp_path: Path) -> None:
    assert chaos("judge", str(tmp_path)) == 10
    assert "no verdicts are stored there" in chaos.err


def test_a_file_that_may_not_be_read_is_one_line(
    chaos: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/cache")

    monkeypatch.setattr(mending, "healed_on", refuse)

    assert chaos("heal", "mine") == 10
    assert chaos.err == "chaos: [Errno 13] Permission denied: '/cache'\n"


def test_fetch_says_where_the_programs_are(chaos: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "find", lambda say: say("downloading") or Path("/cache/programs"))
    monkeypatch.setattr(assets, "toxiproxy", lambda say: say("building") or Path("/cache/proxy"))

    assert chaos("fetch") == 0
    assert chaos.out == "/cache/programs\n/cache/proxy\n"
    assert chaos.err == "downloading\nbuilding\n"


def test_fetch_says_that_they_are_not_to_be_had(
    chaos: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(say: object) -> Path:
        raise NoCluster("the programs of a cluster were not to be had")

    monkeypatch.setattr(assets, "find", nowhere)

    assert chaos("fetch") == 10
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
    assert chaos("judge", str(tmp_path / "none")) == 10
    assert chaos.err.count("\n") == 1


def test_doctor_s_status_says_whether_all_is_well(
    chaos: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [Diagnosis("root", well=True, seen="yes")]
    monkeypatch.setattr(examine, "examine", lambda: found)
    assert chaos("doctor") == 0
    assert chaos.out == "ok      root: yes\n"

    remedy = "apt-get install nftables"
    found.append(Diagnosis("nft", well=False, seen="not in PATH", remedy=remedy))
    assert chaos("doctor") == 10
    assert "not ok  nft: not in PATH; apt-get install nftables" in chaos.out


@pytest.mark.subprocess
def test_help_needs_no_kubernetes() -> None:
    code = (
        "import sys; sys.argv = ['chaos', '--help']; import chaos.cli.program, atexit;"
        "atexit.register(lambda: print(sorted({'kubernetes', 'pydantic', 'pykube', 'pytest'} &"
        " set(sys.modules))));chaos.cli.program.main()"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.splitlines()[-1] == "[]"
    assert all(word in said.stdout for word in ("up", "down", "heal", "fetch", "doctor", "judge"))


def host(root: Path, **changes: object) -> Host:
    """A machine that has everything."""
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
        "trials": {},
        "rootless": lambda: "newuidmap not in PATH",
    }
    return Host(**(well | changes))  # type: ignore[arg-type]


def finding(findings: list[Diagnosis], what: str) -> Diagnosis:
    return next(one for one in findings if one.what == what)


def test_a_machine_with_everything_is_well(tmp_path: Path) -> None:
    findings = examine.examine(host(tmp_path))

    assert all(one.well and not one.remedy for one in findings)
    assert finding(findings, "Kubernetes").seen == "cached in /cache"


def test_another_system_is_told_of_kind(tmp_path: Path) -> None:
    (only,) = examine.examine(host(tmp_path, platform="darwin"))

    assert not only.well
    assert "kind" in only.remedy


def test_who_is_not_root_is_told_why_there_is_no_other_way(tmp_path: Path) -> None:
    root = finding(examine.examine(host(tmp_path, user=1000)), "root")

    assert str(root) == (
        "not ok  root: user 1000; run with sudo; not without root: newuidmap not in PATH "
        "(kind is not supported yet)"
    )


def test_who_can_do_without_root_is_told_how_and_nothing_is_tried_out_here(tmp_path: Path) -> None:
    one = host(tmp_path, user=1000, rootless=lambda: "", trials={"folder": refused})

    found = examine.examine(one)

    assert all(finding.well for finding in found)
    assert str(finding(found, "root")) == (
        "ok      root: user 1000, who can do without: chaos rootless COMMAND; "
        "chaos rootless chaos doctor tries more"
    )


@pytest.mark.parametrize(("user", "found"), [(0, False), (1000, True)])
def test_only_who_is_not_root_gets_the_administrators_folders_from_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, *, found: bool
) -> None:
    (tmp_path / "nft").touch(mode=0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(entitled, "ADMINISTRATORS", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: user)

    assert (Host().which("nft") is not None) is found


def test_root_needs_no_namespace(chaos: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert chaos("rootless", "true") == HARNESS_FAILED
    assert chaos.err == "chaos: this is root already: run the command itself\n"


def test_what_is_in_the_way_of_a_namespace_is_said_before_anything_is_done(
    chaos: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(entitled, "why_not", lambda: "no systemd of u's runs")

    assert chaos("rootless", "pytest", "-m", "chaos") == HARNESS_FAILED
    assert chaos.err == "chaos: no cluster without root here: no systemd of u's runs\n"


def test_a_command_is_handed_over_with_its_options(
    chaos: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[list[str]] = []
    monkeypatch.setattr(rootless, "enter", lambda words, _: entered.append(words))

    assert chaos("rootless", "pytest", "-m", "chaos", "--help") == 0
    assert entered == [["pytest", "-m", "chaos", "--help"]]


def test_a_program_that_is_missing_comes_with_its_package(tmp_path: Path) -> None:
    findings = examine.examine(host(tmp_path, which=lambda name: None if name == "nft" else name))

    assert [one.remedy for one in findings if not one.well] == ["apt-get install nftables"]


def refused() -> str:
    raise NoCluster("10.0.0.1 does not answer:\nlet your firewall pass it")


def denied() -> str:
    raise PermissionError(13, "Permission denied", "/sys/fs/cgroup")


def test_each_trial_says_what_it_saw_or_what_is_in_the_way(tmp_path: Path) -> None:
    trials = {"cgroups": lambda: "v2", "network": refused, "folder": denied}
    findings = examine.examine(host(tmp_path, trials=trials))

    assert str(finding(findings, "cgroups")) == "ok      cgroups: v2"
    assert str(finding(findings, "network")) == (
        "not ok  network: 10.0.0.1 does not answer:\\nlet your firewall pass it"
    )
    assert "/sys/fs/cgroup" in str(finding(findings, "folder"))
    assert not finding(findings, "folder").well


@pytest.mark.parametrize("lacks", [{"user": 1000}, {"which": lambda _: None}])
def test_nothing_is_tried_where_it_must_fail(tmp_path: Path, lacks: dict[str, object]) -> None:
    findings = examine.examine(host(tmp_path, trials={"network": denied}, **lacks))

    assert not any(one.what == "network" for one in findings)


def test_little_memory_is_told(tmp_path: Path) -> None:
    machine = host(tmp_path)
    (tmp_path / "proc/meminfo").write_text("MemAvailable: 1024 kB\n")

    assert "MiB" in finding(examine.examine(machine), "memory").remedy


def test_a_folder_that_the_user_names_is_the_only_source(tmp_path: Path) -> None:
    folder = tmp_path / "assets"
    folder.mkdir()
    machine = host(tmp_path, environ={"CHAOS_ASSETS": str(folder)})
    assert "lacks kube-apiserver" in finding(examine.examine(machine), "Kubernetes").seen

    for name in PROGRAMS:
        (folder / name).touch(mode=0o755)
    assert finding(examine.examine(machine), "Kubernetes").well


@pytest.mark.parametrize("go", ["/usr/bin/go", None])
def test_programs_that_are_not_here_have_a_way_here(tmp_path: Path, go: str | None) -> None:
    def compiler() -> str:
        if go is None:
            raise NoCluster("go: not on PATH")
        return go

    machine = host(tmp_path, cached=lambda: (tmp_path, ["no manifest"]), compiler=compiler)

    remedy = finding(examine.examine(machine), "Kubernetes").remedy
    assert "downloaded from dl.k8s.io and github.com (not tried)" in remedy
    assert ("or built by /usr/bin/go" if go else "go: not on PATH") in remedy
