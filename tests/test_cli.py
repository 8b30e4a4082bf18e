"""The command: what it says and the status it ends with, without a cluster."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chaos import cli, doctor, mending
from chaos.clusters.embedded import assets, standing
from chaos.clusters.embedded.releases import PROGRAMS
from chaos.clusters.embedded.standing import Owner, Standing
from chaos.doctor import Finding, Host
from chaos.errors import NoCluster, NotHealed
from chaos.options import RESERVED, Options

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


@pytest.mark.parametrize("words", [["down"], ["down", "--all"]])
def test_down_without_a_name_leaves_what_somebody_holds_or_is_not_ours(
    chaos: Command, gone: list[str], words: list[str]
) -> None:
    assert chaos(*words) == 0
    assert gone == ["kept", "left"]


def test_down_says_that_there_is_nothing(
    chaos: Command, gone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "running", lambda: STANDING[:2])  # busy, and another user's

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
    ("words", "function"), [(["up"], "stage.made"), (["heal", "mine"], "mending.healed_on")]
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
    monkeypatch.setattr(standing, "running", lambda: [*STANDING[:2], *kept])
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
    monkeypatch.setattr(standing, "running", lambda: STANDING[:2])

    assert chaos("heal") == 0
    assert chaos.err == "nothing to heal: there is no kept cluster of ours\n"


@pytest.mark.parametrize("name", sorted(RESERVED))
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
    found = [Finding("root", well=True, seen="yes")]
    monkeypatch.setattr(doctor, "examine", lambda: found)
    assert chaos("doctor") == 0
    assert chaos.out == "ok      root: yes\n"

    found.append(Finding("nft", well=False, seen="not in PATH", remedy="apt-get install nftables"))
    assert chaos("doctor") == 10
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
        "ask": lambda *_: "",
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

    assert str(root) == (
        "missing root: user 1000; run with sudo (kind, which needs no root, is not supported yet)"
    )


def test_a_program_that_is_missing_comes_with_its_package(tmp_path: Path) -> None:
    findings = doctor.examine(host(tmp_path, which=lambda name: None if name == "nft" else name))

    assert [one.remedy for one in findings if not one.well] == ["apt-get install nftables"]


def test_cgroups_of_the_old_kind_and_none(tmp_path: Path) -> None:
    machine = host(tmp_path)
    (tmp_path / "sys/fs/cgroup/cgroup.controllers").unlink()
    assert not finding(doctor.examine(machine), "cgroups").well

    (tmp_path / "sys/fs/cgroup/freezer").mkdir()
    assert finding(doctor.examine(machine), "cgroups").seen == "v1"


def seen_by_a_firewall(root: Path, said: dict[str, str]) -> Host:
    """A machine on which bridged traffic passes the firewall, whose programs say `said`."""
    machine = host(root, ask=lambda program, *_: said.get(program, ""))
    switch = root / "proc/sys/net/bridge/bridge-nf-call-iptables"
    switch.parent.mkdir(parents=True)
    switch.write_text("1\n")
    return machine


def chains(policy: str, hook: str = "forward") -> str:
    """As nft 1.0.6 says it."""
    chain = {"family": "ip", "table": "filter", "name": "FORWARD", "hook": hook, "policy": policy}
    return json.dumps({"nftables": [{"metainfo": {"version": "1.0.6"}}, {"chain": chain}]})


@pytest.mark.parametrize(
    ("said", "command"),
    [
        (
            {"nft": chains("drop")},
            'nft \'insert rule ip filter FORWARD iifname "chaos*" oifname "chaos*" accept\'',
        ),
        (
            {"iptables-legacy": "-P FORWARD DROP\n-A FORWARD -j DOCKER-USER\n"},
            "iptables-legacy -I FORWARD -i chaos+ -o chaos+ -j ACCEPT",
        ),
    ],
)
def test_a_firewall_that_parts_the_nodes_is_told_with_the_command_that_helps(
    tmp_path: Path, said: dict[str, str], command: str
) -> None:
    found = finding(doctor.examine(seen_by_a_firewall(tmp_path, said)), "traffic between nodes")

    assert not found.well
    assert found.remedy == command


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"nft": chains("accept")},
        {"nft": chains("drop", hook="input")},
        {"iptables-legacy": "-P FORWARD ACCEPT\n-A FORWARD -j DROP\n"},
    ],
)
def test_a_firewall_that_lets_bridged_traffic_through_is_well(
    tmp_path: Path, said: dict[str, str]
) -> None:
    machine = seen_by_a_firewall(tmp_path, said)

    assert finding(doctor.examine(machine), "traffic between nodes").well


def test_a_firewall_that_does_not_see_bridged_traffic_is_well(tmp_path: Path) -> None:
    machine = seen_by_a_firewall(tmp_path, {"nft": chains("drop")})
    (tmp_path / "proc/sys/net/bridge/bridge-nf-call-iptables").write_text("0\n")

    assert finding(doctor.examine(machine), "traffic between nodes").well


FIREWALL = """
trap 'kill $node1 $node2' EXIT
ip link set lo up
ip link add chaos99 type bridge
ip addr add 10.9.0.254/24 dev chaos99
ip link set chaos99 up
for n in 1 2; do
  unshare -n sleep 30 &
  eval "node$n=$!"
done
sleep 0.2
for n in 1 2; do
  eval "node=\\$node$n"
  ip link add chaos99w$n master chaos99 up type veth peer name eth0 netns $node
  nsenter -t $node -n ip addr add 10.9.0.$n/24 dev eth0
  nsenter -t $node -n ip link set eth0 up
done
nft add table ip filter
nft 'add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }'
reach() { nsenter -t $node1 -n python3 -c "
import socket
try: socket.create_connection(('10.9.0.2', 9), 1)
except ConnectionRefusedError: print('reached')
except OSError: print('lost')"; }
reach
eval "$1"
reach
"""


@pytest.mark.cluster
@pytest.mark.skipif(
    not Path("/proc/sys/net/bridge").exists() or os.geteuid() != 0 or not shutil.which("nft"),
    reason="needs root, br_netfilter and nft",
)
def test_the_command_that_doctor_names_lets_the_nodes_meet_again(tmp_path: Path) -> None:
    machine = seen_by_a_firewall(tmp_path, {"nft": chains("drop")})
    remedy = finding(doctor.examine(machine), "traffic between nodes").remedy

    said = subprocess.run(
        ["unshare", "-n", "bash", "-ec", FIREWALL, "firewall", remedy],
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.split() == ["lost", "reached"]


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
