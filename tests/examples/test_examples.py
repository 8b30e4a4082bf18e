"""The examples: their manifests, and how their images are made; no registry is asked here."""

from __future__ import annotations

import importlib.util
import io
import shutil
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chaos.images import brought, host, oci, own
from chaos.lint import lint, sources
from chaos.workloads.manifests import manifest

EXAMPLES = Path(__file__).parents[2] / "examples"


def loaded() -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("examples_images", EXAMPLES / "images.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = loaded()


def findings(name: str) -> set[tuple[str, str]]:
    report = lint(sources([str(EXAMPLES / name)], [], io.BytesIO()))
    return {(finding.rule, finding.object) for finding in report.findings}


@pytest.mark.parametrize("name", ["nginx", "redis", "web"])
def test_the_linter_finds_nothing(name: str) -> None:
    assert findings(name) == set()


def test_the_linter_finds_what_the_weak_one_lacks() -> None:
    assert findings("weak") == {
        ("CH001", "Deployment/weak"),
        ("CH010", "Deployment/weak"),
        ("CH011", "Deployment/weak"),
        ("CH001", "Pod/beside"),
        ("CH009", "Pod/beside"),
        ("CH011", "Pod/beside"),
    }


@pytest.mark.parametrize(
    ("name", "kind", "beside"),
    [
        ("nginx", "Deployment", ["ConfigMap", "Service"]),
        ("redis", "StatefulSet", ["Service"]),
        ("web", "Deployment", ["Service"]),
    ],
)
def test_each_is_one_workload_with_a_service(name: str, kind: str, beside: list[str]) -> None:
    spec = manifest(EXAMPLES / name / "deploy.yaml")

    assert (spec.kind, spec.name) == (kind, name)
    assert [one["kind"] for one in spec.beside] == beside
    (container,) = spec.manifest["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"localhost/examples/{name}:1"


def test_every_image_is_made_by_the_script() -> None:
    text = "".join(file.read_text() for file in EXAMPLES.rglob("*.yaml"))

    named = {line.split()[-1] for line in text.splitlines() if " image: " in line}

    assert named == {f"localhost/examples/{name}:1" for name in script.MADE}


def main(monkeypatch: pytest.MonkeyPatch, *words: object) -> str:
    """What the script says on its way out; nothing when it ends well."""
    monkeypatch.setattr(sys, "argv", ["images.py", *map(str, words)])
    try:
        script.main()
    except SystemExit as ended:
        return str(ended.code)
    return ""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The images that the script made, each of one small file, into a cache of their own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    names: list[str] = []

    def maker(name: str) -> Callable[[], tuple[str, Callable[[], oci.Contents]]]:
        def contents() -> oci.Contents:
            names.append(name)
            return oci.Contents({"/app": (name.encode(), 0o755)}, ("/app",))

        return lambda: ("d" * 16, contents)

    monkeypatch.setattr(script, "MADE", {name: maker(name) for name in script.MADE})
    return names


def test_it_makes_all_of_them_once_as_archives_that_can_be_loaded(
    made: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for _ in range(2):
        assert main(monkeypatch, "--into", tmp_path / "into") == ""

    assert made == ["nginx", "redis", "web"]
    assert {file.name for file in (tmp_path / "into").iterdir()} == {f"{name}.tar" for name in made}
    for name in made:
        archive = brought.archive(tmp_path / "into" / f"{name}.tar")
        assert archive.names == (f"localhost/examples/{name}:1",)


def test_it_makes_only_what_is_named(
    made: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    main(monkeypatch, "--into", tmp_path / "into", "redis")

    assert made == ["redis"]


def test_a_name_that_is_none_is_refused(
    made: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(monkeypatch, "--into", tmp_path, "redis", "reddis\x1b[2J") == "2"

    said = capsys.readouterr().err.splitlines()[-1]
    assert r"no example is called reddis\x1b[2J: there are nginx, redis, web" in said
    assert made == []


def test_a_folder_that_cannot_be_is_one_line(
    made: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")

    said = main(monkeypatch, "--into", tmp_path / "file" / "into", "web")

    assert said.startswith("images.py: ")
    assert "Not a directory" in said


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Puts scripts into a PATH of their own, in the place of this host's programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def put(name: str, *lines: str) -> None:
        (folder / name).write_text("\n".join(["#!/bin/sh", *lines]))
        (folder / name).chmod(0o755)

    return put


@pytest.mark.subprocess
def test_a_host_without_apt_is_one_line(
    only: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = main(monkeypatch, "--into", tmp_path, "nginx")

    assert said == "images.py: the program apt-get is needed and not in PATH"


NO_NETWORK = "E: Failed to fetch a.deb  Temporary failure resolving"


@pytest.mark.subprocess
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("echo W: a mirror is old >&2", f"echo '{NO_NETWORK}' >&2", "exit 100"), NO_NETWORK),
        (("echo one >&2", "echo two >&2", "exit 1"), "two"),
        (("exit 7",), "status 7"),
    ],
)
def test_apt_that_fails_is_one_line(
    only: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    lines: tuple[str, ...],
    said: str,
) -> None:
    only("apt-get", *lines)

    assert main(monkeypatch, "--into", tmp_path, "nginx") == f"images.py: apt-get failed: {said}"


@pytest.mark.subprocess
def test_pip_that_fails_is_one_line(
    only: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only("python", "echo 'ERROR: No matching distribution' >&2; echo hint >&2; exit 1")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))

    said = main(monkeypatch, "--into", tmp_path, "web")

    assert said == "images.py: python failed: ERROR: No matching distribution"


@pytest.mark.subprocess
def test_pip_takes_what_is_locked_and_nothing_else(
    only: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only("python", f'echo "$@" >{tmp_path}/words')
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))

    script._pip(tmp_path)  # noqa: SLF001

    words = (tmp_path / "words").read_text()
    assert "--require-hashes --no-deps --only-binary :all:" in words
    assert words.endswith(f"--requirement {EXAMPLES}/web/requirements.txt\n")


@pytest.mark.subprocess
def test_other_packages_are_another_image(only: Callable[..., None]) -> None:
    def digest(version: str) -> str:
        only("apt-get", f"echo \"'mirror/a_{version}.deb' a_{version}.deb 12 SHA256:abc\"")
        return str(script.MADE["nginx"]()[0])

    assert digest("1") == digest("1") != digest("2")


def test_another_app_is_another_image(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    digest, _ = script.MADE["web"]()
    shutil.copy(EXAMPLES / "web" / "app.py", tmp_path)
    monkeypatch.setattr(script, "APP", tmp_path / "app.py")
    assert script.MADE["web"]()[0] == digest

    (tmp_path / "app.py").write_text("app = None\n")

    assert script.MADE["web"]()[0] != digest


def laid(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"NAME = {name!r}\n")
    return folder


def test_modules_are_compiled_and_what_no_server_needs_is_left_out(tmp_path: Path) -> None:
    folder = laid(
        tmp_path,
        *("os.py", "json/tool.py", "json/data.txt", "lib-dynload/math.so", "config-x/Makefile"),
        *("test/test_os.py", "json/tests/test_tool.py", "__pycache__/os.pyc"),
    )

    files = dict(script._modules(folder, script.PYTHON, script.LEFT_OUT))  # noqa: SLF001

    assert set(files) == {f"/usr/local/{n}" for n in ("os.pyc", "json/tool.pyc", "json/data.txt")}
    assert files["/usr/local/os.pyc"] == (
        host.compiled(b"NAME = 'os.py'\n", "/usr/local/os.py"),
        0o644,
    )


@pytest.mark.parametrize("link", ["/lib/x/ld.so", "../lib/x/ld.so"])
@pytest.mark.parametrize("where", ["", "usr"])
def test_the_dynamic_linker_is_the_packages_own(tmp_path: Path, link: str, where: str) -> None:
    laid(tmp_path, "lib/x/ld.so", "usr/lib/x/ld.so")
    (tmp_path / where / "lib64").mkdir(parents=True)
    (tmp_path / where / "lib64" / "ld.so.2").symlink_to(link)

    found = script._loader(tmp_path, "/lib64/ld.so.2")  # noqa: SLF001

    assert found.is_relative_to(tmp_path)
    assert found.read_text().endswith("lib/x/ld.so'\n")


def test_a_library_that_no_package_has_is_an_error_and_not_the_host_s(tmp_path: Path) -> None:
    with pytest.raises(script.CannotMake, match=r"no package of this program has /lib/libc\.so"):
        script._loader(tmp_path, "/lib/libc.so")  # noqa: SLF001


def packages(folder: Path) -> Callable[..., str]:
    """An apt-get whose only package has `sleep`, its libraries, and a folder of files."""
    root = laid(folder / "nginx", "etc/nginx/mime.types", "usr/share/nginx/html/index.html")
    (root / "etc/nginx/default").symlink_to("/etc/passwd")
    program = host.program("sleep")
    copied = {"usr/sbin/nginx": program, **{n[1:]: Path(n) for n in host.libraries(program)}}
    for name, file in copied.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, root / name)
    laid(root, "DEBIAN/control").joinpath("DEBIAN/control").write_text(
        "Package: nginx\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n"
    )

    def apt(archives: Path, *_: str) -> str:
        return str(script._run("dpkg-deb", "--build", root, archives / "nginx.deb"))  # noqa: SLF001

    return apt


@pytest.mark.subprocess
@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg-deb is Debian's")
def test_a_packages_image_has_its_programs_their_libraries_and_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(script, "_apt", packages(tmp_path))

    contents = script._packaged(script.NGINX)  # noqa: SLF001

    libraries = host.libraries(host.program("sleep"))
    assert {"/usr/sbin/nginx", "/etc/nginx/mime.types", *libraries} <= set(contents.files)
    assert "/etc/nginx/default" not in contents.files
    assert contents.command[0] == "/usr/sbin/nginx"
    assert contents.user == own.NOBODY


@pytest.mark.subprocess
def test_the_web_s_image_has_this_python_and_what_pip_brings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def pip(folder: Path) -> None:
        laid(folder, "uvicorn/__main__.py", "uvicorn.dist-info/METADATA", "bin/uvicorn")

    library = laid(tmp_path / "python3", "os.py", "lib-dynload/readme.txt", "test/test_os.py")
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(library))
    monkeypatch.setattr(script, "_pip", pip)

    contents = script._served()  # noqa: SLF001

    ours = {name for name in contents.files if name.startswith(("/usr/local/", "/app/"))}
    assert ours == {
        "/usr/local/bin/python3",
        "/usr/local/lib/python3/os.pyc",
        "/app/app.py",
        "/app/packages/uvicorn/__main__.pyc",
        "/app/packages/uvicorn.dist-info/METADATA",
    }
    assert {*host.libraries(host.interpreter())} <= {*contents.files}
    assert contents.command[:4] == ("/usr/local/bin/python3", "-m", "uvicorn", "app:app")
    assert contents.environment["PYTHONHOME"] == "/usr/local"
    assert contents.user == own.NOBODY
