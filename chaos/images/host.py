"""What this host's programs are made of: shared libraries, and the interpreter's own modules."""

from __future__ import annotations

import importlib.util
import json
import marshal
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from chaos.errors import NoCluster

# `libc.so.6 => /lib/libc.so.6 (0x7f..)`, `/lib64/ld-linux-x86-64.so.2 (0x7f..)`
_FOUND = re.compile(r"^\s*(?:\S+ => )?(/\S+) \(0x[0-9a-f]+\)$", re.MULTILINE)
_MISSING = re.compile(r"^\s*(\S+) => not found$", re.MULTILINE)

# Asked of the interpreter that goes into the image: which files do the patient's imports read?
_ASK = """
import importlib, importlib.machinery, json, sys
sys.path.insert(0, {parent!r})
for name in {modules!r}:
    importlib.import_module(name)
loaded = dict(sys.modules)
specs = [m.__spec__ for m in loaded.values() if getattr(m, "__spec__", None)]
# A module that put another in its place, as collections.abc of 3.13, was read all the same.
for name, m in loaded.items():
    package = getattr(loaded.get(name.rpartition(".")[0]), "__path__", None)
    if package and getattr(m, "__spec__", None) and m.__spec__.name != name:
        specs.append(importlib.machinery.PathFinder.find_spec(name, package))
print(json.dumps(sorted({{s.origin for s in specs if s and s.has_location}})))
"""
# Imported late by the interpreter itself, so that loaded modules do not show them.
_LATE = ("encodings.ascii", "encodings.idna", "encodings.latin_1", "runpy", "traceback")


def program(name: str) -> Path:
    """The real file of a program in PATH."""
    found = shutil.which(name)
    if found is None:
        raise NoCluster(f"an image for the cluster needs the program {name}: not in PATH")
    return Path(found).resolve()


def postgres() -> dict[str, Path]:
    """The files that a PostgreSQL needs to make a database and to serve it, by their places.

    The newest that is installed; NoCluster when none is.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_major)
    if not found:
        raise NoCluster("no PostgreSQL is installed here: apt-get install postgresql")
    folder = found[-1].parent
    asked = [str(folder / "pg_config"), "--sharedir", "--pkglibdir"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
    if len(said) != len(asked) - 1:
        raise NoCluster(f"{asked[0]} does not say where PostgreSQL's files are: install it again")
    share, library = map(Path, said)
    files = [folder / "initdb", folder / "postgres"]
    files += [file for file in sorted(share.rglob("*")) if file.is_file()]
    files += [library / "plpgsql.so", library / "dict_snowball.so"]  # what initdb itself loads
    return {str(file): file for file in files}


def _major(program: Path) -> float:
    return float(program.parents[1].name)


def interpreter() -> Path:
    """The Python that this one is, or that its virtual environment was made from."""
    name = f"python{sysconfig.get_python_version()}{getattr(sys, 'abiflags', '')}"
    base = Path(sys.base_prefix) / "bin" / name
    return (base if base.exists() else Path(sys.executable)).resolve()


def libraries_in(ldd: str) -> tuple[str, ...]:
    """The paths in what `ldd` printed, in its order; NoCluster names libraries not found.

    The kernel's own (linux-vdso) has no file; a static program has none at all.
    """
    if missing := _MISSING.findall(ldd):
        raise NoCluster(f"ldd does not find {', '.join(missing)}: install what they belong to")
    return tuple(dict.fromkeys(_FOUND.findall(ldd)))


def libraries(file: Path) -> tuple[str, ...]:
    """The shared libraries that a program or a library loads, the dynamic linker among them.

    `ldd` fails for a static program: then there are none.
    """
    said = subprocess.run([program("ldd"), file], capture_output=True, text=True, check=False)
    return libraries_in(said.stdout)


@dataclass(frozen=True, slots=True)
class Modules:
    """What an interpreter loads to run an app: sources to compile, and libraries to copy."""

    sources: tuple[Path, ...]
    extensions: tuple[Path, ...]


def modules(python: Path, app: Path) -> Modules:
    """The files that `python` reads to import the package in folder `app`, without the app's own.

    The interpreter is asked, not guessed at: isolated, without site-packages, nothing frozen.
    """
    asked = _ASK.format(parent=str(app.parent), modules=(f"{app.name}.__main__", *_LATE))
    command = [str(python), "-I", "-S", "-X", "frozen_modules=off", "-B", "-c", asked]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode:
        raise NoCluster(f"{python} cannot import the patient: {said.stderr.strip()}")
    files = [Path(file) for file in json.loads(said.stdout) if not Path(file).is_relative_to(app)]
    return Modules(
        sources=tuple(file for file in files if file.suffix == ".py"),
        extensions=tuple(file for file in files if file.suffix != ".py"),
    )


def compiled(source: bytes, path: str) -> bytes:
    """The `.pyc` of a source whose `.py` would lie at `path`: loaded without looking for one.

    Marked as never to be checked against its source (PEP 552), since an image's times are 0.
    Version 2 of marshal has no back-references, which depend on what else is in memory; nor has it
    slices, which are constants from Python 3.14 on.
    """
    code = compile(source, path, "exec", dont_inherit=True, optimize=0)
    unchecked = (0b01).to_bytes(4, "little") + importlib.util.source_hash(source)
    try:
        dumped = marshal.dumps(code, 2)
    except ValueError:
        dumped = marshal.dumps(code)
    return importlib.util.MAGIC_NUMBER + unchecked + dumped
