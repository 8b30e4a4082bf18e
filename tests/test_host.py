from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from chaos.errors import NoCluster
from chaos.images import host

GLIBC = """\
\tlinux-vdso.so.1 (0x00007f642dcc1000)
\tlibpython3.11.so.1.0 => /opt/python/lib/libpython3.11.so.1.0 (0x00007f642d600000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f642d41e000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f642dcc3000)
"""
MUSL = """\
\t/lib/ld-musl-x86_64.so.1 (0x7fd2c8ad5000)
\tlibc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7fd2c8ad5000)
"""


@pytest.mark.parametrize(
    ("said", "libraries"),
    [
        pytest.param(
            GLIBC,
            (
                "/opt/python/lib/libpython3.11.so.1.0",
                "/lib/x86_64-linux-gnu/libc.so.6",
                "/lib64/ld-linux-x86-64.so.2",
            ),
            id="glibc",
        ),
        pytest.param(MUSL, ("/lib/ld-musl-x86_64.so.1",), id="musl"),
        pytest.param("\tstatically linked\n", (), id="static-pie"),
        pytest.param("", (), id="not-dynamic"),
        pytest.param("\tlibx.so => /lib/libx.so\n", (), id="without-an-address"),
        pytest.param("\tlibx.so => libx.so (0x1)\n", (), id="a-relative-path"),
        pytest.param("/bin/x: /lib/libc.so.6: version `A' not found\n", (), id="a-version"),
    ],
)
def test_libraries_are_the_files_that_ldd_found(said: str, libraries: tuple[str, ...]) -> None:
    assert host.libraries_in(said) == libraries


def test_a_library_that_is_missing_is_named() -> None:
    with pytest.raises(NoCluster, match=r"does not find libgone\.so\.1"):
        host.libraries_in(GLIBC + "\tlibgone.so.1 => not found\n")


def test_a_program_that_is_not_in_path_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(NoCluster, match="needs the program sleep: not in PATH"):
        host.program("sleep")


def test_the_interpreter_is_not_that_of_a_virtual_environment() -> None:
    assert host.interpreter().is_file()
    assert not host.interpreter().is_symlink()
    assert not (host.interpreter().parent.parent / "pyvenv.cfg").exists()


def test_without_a_base_the_interpreter_is_this_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))

    assert host.interpreter() == Path(sys.executable).resolve()


def test_compiled_code_is_the_same_each_time_and_never_checked_against_a_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = b"NAMES = {'a', 'b'} & frozenset('abc')\nHERE = __file__\n"
    one = host.compiled(source, "/lib/sound.py")
    (tmp_path / "sound.pyc").write_bytes(one)
    monkeypatch.syspath_prepend(tmp_path)

    sound: types.ModuleType = __import__("sound")

    assert sorted(sound.NAMES) == ["a", "b"]
    assert one == host.compiled(source, "/lib/sound.py")
    assert one[4:8] == b"\x01\0\0\0"


@pytest.mark.subprocess
def test_modules_are_what_the_app_imports_and_not_the_app(tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    (app / "__init__.py").touch()
    (app / "__main__.py").write_text("import colorsys")

    needed = host.modules(host.interpreter(), app)

    names = {file.name for file in needed.sources}
    assert {"colorsys.py", "os.py", "runpy.py", "traceback.py"} <= names
    assert "imaplib.py" not in names
    assert not any(file.is_relative_to(app) for file in needed.sources)
    assert all(".so" in file.suffixes for file in needed.extensions)


@pytest.mark.subprocess
def test_an_app_that_cannot_be_imported_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").write_text("import no_such_module")

    with pytest.raises(NoCluster, match="No module named 'no_such_module'"):
        host.modules(host.interpreter(), tmp_path / "app")


@pytest.mark.subprocess
def test_a_module_that_puts_another_in_its_place_was_read_all_the_same(tmp_path: Path) -> None:
    """As `collections.abc` of Python 3.13 does."""
    app, pack = tmp_path / "app", tmp_path / "pack"
    for folder in (app, pack):
        folder.mkdir()
        (folder / "__init__.py").touch()
    (app / "__main__.py").write_text("import pack.other")
    (pack / "other.py").write_text("import json, sys; sys.modules[__name__] = json")

    found = host.modules(host.interpreter(), app)

    assert {pack / "__init__.py", pack / "other.py"} <= {*found.sources}
