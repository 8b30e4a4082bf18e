"""Images that no registry is needed for, made from this host's own programs.

    pause      what holds a pod's namespaces: sleeps for ever
    patient    `chaos.patient` with this Python; sh, cat, sleep and its own `patient-check` for
               exec probes, `patient-grpc-check` and `patient-children`
    toxiproxy  what stands between an app and others (`chaos.workloads.wires`)
    postgres   a database that takes anybody for anybody, from the distribution's package

An image is a file in the user's cache, named by a digest of what it was made from, so that a new
Python or a changed patient is another file. Libraries are taken as `ldd` finds them on the day;
an image holds all it needs, so that a later upgrade of the host does no harm to it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from chaos import private
from chaos.images import host, oci
from chaos.workloads import POSTGRES, wires

PAUSE = "localhost/chaos/pause:1"
PATIENT = "localhost/chaos/patient:1"
SHELL = ("sh", "cat", "sleep")  # what exec probes run
APP = Path(__file__).parents[1] / "patient"
CHECK = "/usr/local/bin/patient-check"  # a command of the image, from check.py
# Others, which are in the package.
ASKS = {"patient-grpc-check": "grpc_check", "patient-children": "children"}
ASK = "#!{python} -IS\nfrom patient.{module} import main\n\nraise SystemExit(main())\n"
_PATH = "/usr/local/bin:/usr/bin:/bin"

NOBODY = 65532  # root is refused by postgres
POSTGRES_BEGINS = """set -e
{folder}/initdb -D /tmp/db -U postgres -A trust -E UTF8 --no-locale --no-sync >/tmp/initdb
echo "host all all all trust" >>/tmp/db/pg_hba.conf
exec {folder}/postgres -D /tmp/db -k /tmp -h "*" -F
"""

Files = dict[str, tuple[bytes, int]]


@dataclass(frozen=True, slots=True)
class Image:
    """An image: its name, and the OCI archive that holds it."""

    tag: str
    tar: Path


def cache() -> Path:
    """Where images lie unless told otherwise."""
    return private.cache() / "images"


def pause(folder: Path | None = None) -> Image:
    """The image of pod sandboxes. containerd ends them with SIGKILL, so it handles no signal."""
    sleep = host.program("sleep")
    return _cached(PAUSE, folder, key=[sleep], make=lambda: _pause(sleep))


def patient(folder: Path | None = None) -> Image:
    """The patient's image. It starts `python -I -S -m patient`, listening on 8080 and 8081."""
    python = host.interpreter()
    tools = [host.program(name) for name in SHELL]
    key = [python, *tools, *_sources(APP)]
    return _cached(PATIENT, folder, key=key, make=lambda: _patient(python, tools))


def toxiproxy(server: Path, folder: Path | None = None) -> Image:
    """The image of this toxiproxy server; what it is to proxy is in its arguments."""
    return _cached(wires.IMAGE, folder, key=[server], make=lambda: _toxiproxy(server))


def postgres(folder: Path | None = None) -> Image:
    """The image of the newest PostgreSQL of this host; an empty database, trusting everybody."""
    programs = host.postgres()
    shell = host.program("sh")
    key = [shell, *programs.values()]
    return _cached(POSTGRES, folder, key=key, make=lambda: _postgres(shell, programs))


def kept(tag: str, folder: Path | None, *, digest: str, make: Callable[[], oci.Contents]) -> Image:
    """The image made from what has this digest: of the folder, or made if it is not there."""
    folder = folder or cache()
    name = tag.rpartition("/")[2].partition(":")[0]
    tar = folder / f"{name}-{digest}.tar"
    if not tar.exists():
        private.folder(folder)
        _write(tar, oci.archive(tag, make()))
    return Image(tag, tar)


def _cached(
    tag: str, folder: Path | None, *, key: Iterable[Path], make: Callable[[], oci.Contents]
) -> Image:
    return kept(tag, folder, digest=_digest([*key, *_makers()]), make=make)


def _makers() -> list[Path]:
    return [Path(__file__), Path(oci.__file__), Path(host.__file__)]


def _digest(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.name} ".encode() + hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()[:16]


def _write(path: Path, data: bytes) -> None:
    """Write beside and rename: whoever finds the file finds all of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _pause(sleep: Path) -> oci.Contents:
    files = installed({"/bin/sleep": sleep})
    return oci.Contents(files, command=("/bin/sleep", "infinity"), environment=environment(files))


def _patient(python: Path, tools: list[Path]) -> oci.Contents:
    needed = host.modules(python, APP)
    library = _library(needed)
    files = installed(
        {str(python): python}
        | {f"/bin/{name}": tool for name, tool in zip(SHELL, tools, strict=True)}
        | {str(file): file for file in needed.extensions}
    )
    files |= {_pyc(str(f)): (host.compiled(f.read_bytes(), str(f)), 0o644) for f in needed.sources}
    for source in _sources(APP):
        path = str(library / "patient" / source.name)
        files[_pyc(path)] = (host.compiled(source.read_bytes(), path), 0o644)
    # Isolated and without site-packages, as the patient: it has a second on a busy machine.
    files[CHECK] = (f"#!{python} -IS\n".encode() + (APP / "check.py").read_bytes(), 0o755)
    for name, module in ASKS.items():
        asks = ASK.format(python=python, module=module)
        files[f"/usr/local/bin/{name}"] = (asks.encode(), 0o755)
    return oci.Contents(
        files,
        command=(str(python), "-I", "-S", "-m", "patient"),
        environment=environment(files),
        folders=(str(library / "lib-dynload"),),  # without it Python complains at every start
    )


def _toxiproxy(server: Path) -> oci.Contents:
    files = installed({"/toxiproxy": server})
    return oci.Contents(files, command=("/toxiproxy",), environment=environment(files))


def _postgres(shell: Path, needed: dict[str, Path]) -> oci.Contents:
    """Its programs look for the rest where the package has that, so all is at its own place."""
    runs = {p: f for p, f in needed.items() if ".so" in f.name or f.parent.name == "bin"}
    files = installed({"/bin/sh": shell} | runs)
    files |= {p: (f.read_bytes(), 0o644) for p, f in needed.items() if p not in runs}
    files["/etc/passwd"] = (f"postgres:x:{NOBODY}:{NOBODY}::/tmp:/bin/sh\n".encode(), 0o644)
    folder = next(f.parent for f in runs.values() if f.name == "postgres")
    begin = POSTGRES_BEGINS.format(folder=folder)
    variables = environment(files)
    return oci.Contents(files, ("/bin/sh", "-c", begin), variables, user=NOBODY)


def _library(needed: host.Modules) -> Path:
    """The folder of the standard library: where `os` is."""
    return next(file.parent for file in needed.sources if file.name == "os.py")


def _sources(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.py"))


def _pyc(path: str) -> str:
    return f"{path}c"


def installed(programs: dict[str, Path]) -> Files:
    """The programs at their places, and the libraries of all of them where `ldd` saw them."""
    files = {place: (file.read_bytes(), 0o755) for place, file in programs.items()}
    needed = {library for file in programs.values() for library in host.libraries(file)}
    return files | {library: (Path(library).read_bytes(), 0o755) for library in sorted(needed)}


def environment(files: Files) -> dict[str, str]:
    """PATH, and the libraries' folders: the image has no cache of the dynamic linker's."""
    folders = {str(Path(path).parent) for path in files if ".so" in Path(path).name}
    return {"PATH": _PATH, "LD_LIBRARY_PATH": ":".join(sorted(folders))}
