"""`chaos lint`: what it reads, how it ends, and what it does without."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from deadlines import LONG
from drafts import app, of, web

from chaos.cli import program as chaos_program
from chaos.lint import command
from chaos.lint import sources as finding_files

POD = of("Pod", app())
TOTAL = "0 errors, 1 warning, 0 notes, 0 ignored; 1 workload, 1 object, 1 file"


class Command:
    """Runs `chaos lint` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.out = self.err = ""

    def __call__(self, *words: str, stdin: bytes = b"") -> int:
        self._monkeypatch.setattr(sys, "argv", ["chaos", "lint", *words])
        self._monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            chaos_program.main()
        self.out, self.err = self._capsys.readouterr()
        return int(ended.value.code or 0)


@pytest.fixture
def chaos(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(monkeypatch, capsys)


def write(path: Path, *values: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n---\n".join(json.dumps(value) for value in values))
    return path


def test_a_file_with_a_finding_ends_with_1(chaos: Command, tmp_path: Path) -> None:
    write(tmp_path / "pod.yaml", POD)

    assert chaos("pod.yaml") == 1
    assert chaos.out.startswith("pod.yaml:1:22: warning CH009 Pod/web: ")
    assert chaos.out.endswith(f"{TOTAL}\n")
    assert chaos.err == ""


def test_a_file_without_one_ends_with_0(chaos: Command, tmp_path: Path) -> None:
    write(tmp_path / "web.yaml", web())

    assert chaos("web.yaml") == 0
    assert chaos.out.count("\n") == 1


@pytest.mark.parametrize(
    ("least", "status"), [("note", 1), ("warning", 1), ("error", 0), ("never", 0)]
)
def test_which_findings_are_too_bad_is_said(
    chaos: Command, tmp_path: Path, least: str, status: int
) -> None:
    write(tmp_path / "pod.yaml", POD)

    assert chaos("pod.yaml", f"--fail-on={least}") == status
    assert "CH009" in chaos.out


def test_the_standard_input_is_read(chaos: Command) -> None:
    helm = f"---\n# Source: web/templates/pod.yaml\n{json.dumps(POD)}\n---\n# nothing\n".encode()

    assert chaos("-", stdin=helm) == 1
    assert chaos.out.startswith("stdin:3:22: warning CH009")


def test_a_folder_is_looked_through(chaos: Command, tmp_path: Path) -> None:
    write(tmp_path / "k8s/b.yml", POD)
    write(tmp_path / "k8s/a/web.json", web(), {"kind": "ConfigMap"})
    write(tmp_path / "k8s/values.yaml", {"replicas": 2}, [1], "x")
    write(tmp_path / "k8s/.github/hidden.yaml", POD)
    write(tmp_path / "k8s/.hidden.yaml", POD)
    (tmp_path / "k8s/readme.md").write_text("# no YAML: at all\n\t-")

    assert chaos("k8s") == 1
    assert chaos.out.startswith("k8s/b.yml:1:22: ")
    assert chaos.out.endswith(
        "0 errors, 1 warning, 0 notes, 0 ignored; 2 workloads, 3 objects, 3 files,"
        " 3 documents passed over\n"
    )


def test_several_sources_are_one_report(chaos: Command, tmp_path: Path) -> None:
    write(tmp_path / "a/web.yaml", web())
    write(tmp_path / "pod.yaml", POD)

    assert chaos("pod.yaml", "a", "-", "--format=json", stdin=json.dumps(POD).encode()) == 1
    told = json.loads(chaos.out)
    assert [one["file"] for one in told["findings"]] == ["pod.yaml", "stdin"]
    assert told["files"] == 3


def test_sarif_is_written(chaos: Command, tmp_path: Path) -> None:
    write(tmp_path / "pod.yaml", POD)

    assert chaos("pod.yaml", "--format", "sarif") == 1
    assert json.loads(chaos.out)["runs"][0]["results"][0]["ruleId"] == "CH009"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "name a file, a folder or -, or say -k FOLDER: see `chaos lint --help`"),
        (["--format=xml", "-"], "--format takes text, json, sarif, not 'xml'"),
        (["--fail-on=bad", "-"], "--fail-on takes never, note, warning, error, not 'bad'"),
        (["-", "-"], "- can be read once only"),
        (["--what"], "No such option: --what"),
    ],
)
def test_words_that_cannot_be_read_are_one_line(
    chaos: Command, words: list[str], says: str
) -> None:
    assert chaos(*words) == 4
    assert chaos.err.startswith(f"chaos: {says}")
    assert chaos.err.count("\n") == 1
    assert chaos.out == ""


@pytest.mark.parametrize(
    ("lit", "setting"),
    [(True, {"NO_COLOR": ""}), (False, {"NO_COLOR": "1"})],
)
def test_a_terminal_gets_colours_unless_it_wants_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, lit: bool, setting: dict[str, str]
) -> None:
    path = write(tmp_path / "pod.yaml", POD)
    monkeypatch.setenv("NO_COLOR", setting["NO_COLOR"])
    asked = command.asked([str(path)], [], fail_on="error", form="text")

    told, failed = command.linted(asked, io.BytesIO(), colour=True)

    assert ("\x1b[33mwarning" in told) is lit
    assert not failed
    assert "\x1b" not in command.linted(asked, io.BytesIO(), colour=False)[0]


def program(folder: Path, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / "kubectl"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.subprocess
def test_a_kustomization_is_built_by_kubectl(
    chaos: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prod").mkdir()
    program(tmp_path / "bin", f"""[ "$*" = "kustomize -- prod" ] && echo '{json.dumps(POD)}'""")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    assert chaos("-k", "prod") == 1
    assert chaos.out.startswith("prod/kustomization:1:22: warning CH009")


@pytest.mark.subprocess
def test_what_kubectl_does_not_build_is_one_line(
    chaos: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prod").mkdir()
    program(tmp_path / "bin", "printf 'error: no\\033[2J such\\nfile' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    assert chaos("-k", "prod") == 10
    assert chaos.err == "chaos: prod: kubectl kustomize: error: no\\x1b[2J such\\nfile\n"


def test_without_kubectl_a_kustomization_is_not_built(
    chaos: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    assert chaos("-k", "prod") == 10
    assert chaos.err == (
        "chaos: prod: kubectl is not in PATH: pipe the output of another kustomize into"
        " `chaos lint -`\n"
    )


@pytest.mark.subprocess
@pytest.mark.skipif(not shutil.which("kubectl"), reason="needs kubectl")
def test_a_real_kubectl_builds_a_kustomization(chaos: Command, tmp_path: Path) -> None:
    write(tmp_path / "prod/pod.yaml", POD)
    kustomization = {"namePrefix": "my-", "resources": ["pod.yaml"]}
    write(tmp_path / "prod/kustomization.yaml", kustomization)

    assert chaos("-k", "prod") == 1
    assert "CH009 Pod/my-web" in chaos.out


TRIPWIRE = """
import sys
for name in ("kubernetes", "pykube", "toxiproxy", "pytest", "allure", "jinja2", "cryptography"):
    sys.modules[name] = None  # whoever imports it gets an ImportError
sys.argv = ["chaos", "lint", *sys.argv[1:]]
from chaos.cli.program import main
import atexit
cluster = ("chaos.kube", "chaos.providers", "chaos.running", "chaos.recording")
seen = lambda: [name for name in sys.modules if name.startswith(cluster)]
atexit.register(lambda: sys.stderr.write(f"{seen()}\\n"))
main()
"""


@pytest.mark.subprocess
@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_linting_a_thousand_objects_needs_nothing_of_kubernetes(tmp_path: Path, form: str) -> None:
    for number in range(1000 if form == "text" else 1):
        write(tmp_path / f"{number}.yaml", web())
    words = [sys.executable, "-c", TRIPWIRE, str(tmp_path), f"--format={form}"]

    said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=LONG)

    assert (said.returncode, said.stderr) == (0, "[]\n")


def test_the_sources_are_read_one_by_one(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", POD)
    found = finding_files(["-", str(tmp_path)], [], io.BytesIO(b"x"))

    assert [(one.where, one.searched) for one in found] == [
        ("stdin", False),
        (str(tmp_path / "a.yaml"), True),
    ]
