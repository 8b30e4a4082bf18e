"""What CI installs is what was locked: no way into the environment goes past the hashes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = sorted((ROOT / "scripts").glob("*.lock"))
EXAMPLE = ROOT / "examples" / "web" / "requirements.txt"  # goes into an image, not into here
OWN = "pip --no-deps --no-build-isolation --editable ."  # this checkout, with locked build tools
FETCHES = re.compile(
    r"\b(?:curl|wget|npm|npx|pipx|conda|gem|cargo|uvx|poetry)\b|\bgo (?:get|install)\b"
    r"|\buv (?!pip compile)"
)
INSTALLS = re.compile(r"(?:\bpip3? |\bpip3?\" |-m pip |\$\w*/bin/pip\" )(?!compile)(?P<what>.*)")


def wanted() -> Iterator[str]:
    """Everything that pyproject.toml asks for, whatever the table it asks in."""
    yield from PROJECT["build-system"]["requires"]
    yield from PROJECT["project"]["dependencies"]
    for extra in PROJECT["project"].get("optional-dependencies", {}).values():
        yield from extra
    for group in PROJECT["dependency-groups"].values():
        yield from group


def entries(lock: str) -> list[str]:
    """The requirements of a lock file, each with its continued lines."""
    whole = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", lock))
    return [line.strip() for line in whole.splitlines() if line.strip()]


def unpinned(lock: str) -> list[str]:
    """The entries that are not one version with at least one SHA-256, and nothing else."""
    digest = r"--hash=sha256:[0-9a-f]{64}"
    pinned = rf"[\w.-]+(\[[\w,-]+\])?==[\w.!+-]+( ?; [^\\]+?)?( +{digest})+"
    return [entry for entry in entries(lock) if not re.fullmatch(pinned, entry)]


def locked() -> dict[str, list[str]]:
    """The versions that are locked, by package; several where markers tell them apart."""
    found: dict[str, list[str]] = {}
    for lock in LOCKS:
        for entry in entries(lock.read_text()):
            name, _, rest = entry.partition("==")
            found.setdefault(canonicalize_name(name.partition("[")[0]), []).append(
                re.split(r"[ ;]", rest)[0]
            )
    return found


@pytest.mark.parametrize("text", sorted({*wanted()}))
def test_all_that_is_asked_for_is_locked(text: str) -> None:
    asked = Requirement(text)
    versions = locked().get(canonicalize_name(asked.name), [])

    assert versions, f"{text} is in no lock file: run scripts/lock"
    assert all(asked.specifier.contains(version) for version in versions)


@pytest.mark.parametrize("lock", [*LOCKS, EXAMPLE], ids=lambda lock: lock.name)
def test_every_entry_is_one_version_with_hashes(lock: Path) -> None:
    text = lock.read_text()

    assert entries(text)
    assert unpinned(text) == []


@pytest.mark.parametrize(
    "bad",
    [
        "six==1.17.0",
        "six",
        "six>=1.17 --hash=sha256:" + "a" * 64,
        "six==1.17.0 --hash=md5:" + "a" * 32,
        "six==1.17.0 --hash=sha256:" + "a" * 63,
        "six @ https://example.com/six.whl --hash=sha256:" + "a" * 64,
        "-e .",
        "--index-url https://example.com/",
        "--trusted-host example.com",
    ],
)
def test_an_entry_that_is_not_pinned_is_noticed(bad: str) -> None:
    good = "six==1.17.0 \\\n    --hash=sha256:" + "a" * 64 + "\n    # via x\n"

    assert unpinned(good) == []
    assert unpinned(f"{good}{bad}\n") == [bad]


def commands(script: str) -> list[str]:
    """A script's lines without its comments and what it only says."""
    lines = (line.strip() for line in script.splitlines())
    return [line for line in lines if line and not re.match(r"#|echo |pip\(\)", line)]


def installs(script: str) -> list[str]:
    """What a script has pip install."""
    return [line for line in commands(script) if INSTALLS.search(line)]


def unhashed(script: str) -> list[str]:
    """The installations that take what no hash speaks for."""
    return [one for one in installs(script) if "--require-hashes" not in one and one != OWN]


def scripts() -> list[Path]:
    """Every script that CI or a user runs; `lock` is the maintainer's, who makes the hashes."""
    there = [*(ROOT / "scripts").iterdir(), *(ROOT / ".ci").iterdir()]
    return [path for path in there if path.suffix != ".lock" and path.name != "lock"]


@pytest.mark.parametrize("script", scripts(), ids=lambda path: path.name)
def test_no_script_installs_what_has_no_hash(script: Path) -> None:
    text = script.read_text()

    assert unhashed(text) == []
    assert [line for line in commands(text) if FETCHES.search(line)] == []


def test_the_set_up_installs_each_lock_file() -> None:
    text = "\n".join(
        line
        for script in ("setup", "programs")
        for line in installs((ROOT / "scripts" / script).read_text())
    )

    assert all(f"--require-hashes --requirement scripts/{lock.name}" in text for lock in LOCKS)


@pytest.mark.parametrize(
    "bad",
    [
        "pip install ruff",
        '.venv/bin/python -m pip install "ruff==1"',
        "go version || pip --requirement scripts/go.lock",
        "pip --no-deps --editable .",
    ],
)
def test_an_installation_without_hashes_is_noticed(bad: str) -> None:
    text = (ROOT / "scripts" / "setup").read_text()

    assert unhashed(f"{text}\n    {bad}\n") == [bad]


@pytest.mark.parametrize("bad", ["curl -O https://x", "uvx ruff", "go install x@latest"])
def test_another_way_to_fetch_is_noticed(bad: str) -> None:
    assert FETCHES.search(bad)


@pytest.mark.parametrize("script", ["run", "test", "check"])
def test_every_script_of_ci_is_set_up_so_first(script: str) -> None:
    steps = commands((ROOT / "scripts" / script).read_text())
    first = next(step for step in steps if not re.match(r"set |here=", step))

    assert first.startswith('"$here/scripts/setup"')


def test_ci_runs_these_scripts_and_nothing_else() -> None:
    ours = r"(?:env --default-signal=INT,QUIT )?(?:nice -n 5 )?"
    ours += r"(scripts/(?:setup|programs|run|check|test @\.ci/(?:cluster|other)-tests))"
    own = ours + r"( \|\| red=1| >.\$(?:said|told). 2>&1 &)?"
    plumbing = r'set .*|cd .*|trap .*|wait "\$(?:checks|others)" .*|exit "\$red"|red=0'
    plumbing += r'|cat "\$said" "\$told"|(?:said|told)="\$\(mktemp\)"|(?:checks|others)=\$!'
    steps = commands((ROOT / ".ci" / "run").read_text())

    assert [step for step in steps if not re.fullmatch(f"{own}|{plumbing}", step)] == []
    called = {found[1] for step in steps if (found := re.fullmatch(own, step))}
    halves = {f"scripts/test @.ci/{half}-tests" for half in ("cluster", "other")}
    assert {"scripts/run", "scripts/check", *halves} <= called


def test_the_tests_without_a_cluster_are_all_of_those() -> None:
    words = (ROOT / ".ci" / "other-tests").read_text().splitlines()
    assert words == ["-m", "not cluster", "-n2", "--dist=worksteal", "tests"]


@pytest.mark.parametrize(
    "module", sorted((ROOT / "chaos/providers/embedded/programs").iterdir()), ids=lambda m: m.name
)
def test_every_go_module_is_pinned_with_its_sums(module: Path) -> None:
    """Go refuses a module whose sum is another than in go.sum, and one that is not in it."""
    required = re.findall(
        r"(?m)^\s*(?:require )?([\w./-]+) (v[\w.+-]+)", (module / "go.mod").read_text()
    )
    sums = (module / "go.sum").read_text()

    assert required
    replaced = {*re.findall(r"(?m)^\s*(?:replace )?(\S+) => ", (module / "go.mod").read_text())}
    assert [
        f"{n} {v}" for n, v in required if n not in replaced and f"{n} {v}/go.mod h1:" not in sums
    ] == []
