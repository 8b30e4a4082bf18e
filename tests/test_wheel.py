"""The wheel: all that is needed is in it, and it works outside of the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.subprocess

ROOT = Path(__file__).parent.parent


def run(*words: str, cwd: Path, **env: str) -> str:
    """What a program says that must end well."""
    said = subprocess.run(
        words, cwd=cwd, env=os.environ | env, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling builds the wheel: pip install hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_everything_that_is_not_a_test(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = run("git", "ls-files", "chaos", cwd=ROOT).split()

    assert set(tracked) <= names
    assert not [name for name in names if name.startswith(("tests/", "scenarios/", "reports/"))]


def test_the_source_holds_everything_but_how_we_work(tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path), cwd=ROOT)
    (built,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(built) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    tracked = run("git", "ls-files", cwd=ROOT).split()

    assert {name for name in tracked if not name.startswith((".", "reports/"))} <= names


@pytest.mark.parametrize(
    "name",
    [
        "chaos/py.typed",
        "chaos/patient/__main__.py",
        "chaos/report/templates/run.html",
        "chaos/providers/embedded/programs/kube/main.go",
        *(
            f"chaos/providers/embedded/programs/{module}/{file}"
            for module in ("cni", "containerd", "etcd", "kube", "toxiproxy")
            for file in ("go.mod", "go.sum")
        ),
    ],
)
def test_the_wheel_holds_what_is_no_python_of_the_harness(wheel: Path, name: str) -> None:
    assert name in zipfile.ZipFile(wheel).namelist()


def test_the_wheel_has_its_entry_points(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (entries,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))

    said = archive.read(entries).decode()
    assert "chaos = chaos.cli.program:main" in said
    assert "[pytest11]\nchaos = chaos.plugin.hooks" in said


def test_the_wheel_works_outside_of_the_checkout(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    run(*pip, "--target", str(site), str(wheel), cwd=tmp_path)
    where = "import chaos.plugin.hooks; print(chaos.plugin.hooks.__file__)"
    scenario = "import pytest\n@pytest.mark.chaos\ndef test_it(cluster): assert cluster.ran == ()\n"
    (tmp_path / "test_it.py").write_text(scenario)
    python = (sys.executable, "-P")

    assert run(*python, "-c", where, cwd=tmp_path, PYTHONPATH=str(site)).startswith(str(site))
    shown = run(*python, "-m", "pytest", "--help", cwd=tmp_path, PYTHONPATH=str(site))
    assert "--chaos-cluster" in shown
    words = ["-m", "pytest", "-m", "chaos", "--chaos-cluster=fake"]
    assert "1 passed" in run(*python, *words, cwd=tmp_path, PYTHONPATH=str(site))
    words = ["-c", "from chaos.cli.program import main; main()", "--help"]
    assert "doctor" in run(*python, *words, cwd=tmp_path, PYTHONPATH=str(site))
