"""The images of the examples, made from package registries: nothing is installed on this host.

    nginx, redis   from the distribution's packages (apt-get, dpkg-deb)
    web            from this Python and from PyPI's packages, as requirements.txt locks them (pip)

`python examples/images.py --into DIR` makes all of them, or those that are named. Needs no root.
What was made is kept in the user's cache, by a digest of what it was made from.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from chaos import private
from chaos.errors import ChaosError, one_line
from chaos.images import host, oci, own

HERE = Path(__file__).resolve().parent
LOCKED = HERE / "web" / "requirements.txt"
APP = HERE / "web" / "app.py"
MAKERS = (Path(__file__), *(Path(str(module.__file__)) for module in (own, oci, host)))
PYTHON = PurePosixPath("/usr/local")  # where the interpreter is in the image
HOME = PurePosixPath("/app")
# Of the standard library what no server needs; most of these have libraries of their own, too.
LEFT_OUT = {
    *("__pycache__", "site-packages", "dist-packages", "test", "tests", "ensurepip", "idlelib"),
    *("lib2to3", "pydoc_data", "tkinter", "turtledemo", "venv"),
}
EXTENSIONS_LEFT_OUT = ("_tkinter", "_curses", "readline", "_dbm", "_gdbm", "_test", "_ctypes_test")


class CannotMake(ChaosError):
    """An image cannot be made here; the message is one line."""


@dataclass(frozen=True, slots=True)
class Debian:
    """An app of the distribution's: its package, and what of it goes into the image.

    `programs` maps places in the image to files of the packages; `folders` are taken as they are.
    """

    package: str
    programs: dict[str, str]
    folders: tuple[str, ...]
    command: tuple[str, ...]


NGINX = Debian(
    "nginx",
    {"/usr/sbin/nginx": "usr/sbin/nginx"},
    ("etc/nginx", "usr/share/nginx/html"),
    ("/usr/sbin/nginx", "-e", "stderr", "-g", "daemon off;"),
)
REDIS = Debian(
    "redis-tools",  # one program is the server and its checker: it does what it is called
    {"/usr/bin/redis-server": "usr/bin/redis-check-rdb", "/usr/bin/redis-cli": "usr/bin/redis-cli"},
    (),
    ("/usr/bin/redis-server",),
)


def main() -> None:
    """Make what is asked for; an error is one line."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--into", type=Path, required=True, metavar="DIR", help="for the archives")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(MADE)}; or all")
    chosen = parser.parse_args()
    if unknown := {*chosen.names} - {*MADE}:
        parser.error(f"no example is called {one_line(unknown.pop())}: there are {', '.join(MADE)}")
    try:
        for name in chosen.names or MADE:
            print(put(made(name), chosen.into / f"{name}.tar"))
    except (ChaosError, OSError) as error:
        sys.exit(f"images.py: {one_line(error)}")


def made(name: str) -> own.Image:
    """The image of this example: of the cache, or made."""
    digest, contents = MADE[name]()
    tag = f"localhost/examples/{name}:1"
    return own.kept(tag, None, digest=digest, make=contents)


def put(image: own.Image, path: Path) -> Path:
    """A copy of its archive, whole from the moment it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        shutil.copyfile(image.tar, Path(folder) / path.name).replace(path)
    return path


def _debian(app: Debian) -> tuple[str, Callable[[], oci.Contents]]:
    """The digest of the packages that apt would take today, and how an image comes of them."""
    with tempfile.TemporaryDirectory() as folder:
        found = _apt(Path(folder), "--print-uris", "install", app.package)
    taken = [line.split(" ", 1)[1] for line in found.splitlines() if line.startswith("'")]
    return _digest(*MAKERS, also="\n".join(taken)), lambda: _packaged(app)


def _packaged(app: Debian) -> oci.Contents:
    with tempfile.TemporaryDirectory() as name:
        archives, root = Path(name), Path(name) / "root"
        _apt(archives, "--download-only", "install", app.package)
        for package in sorted(archives.glob("*.deb")):
            _run("dpkg-deb", "--extract", package, root)
        programs = {place: root / file for place, file in app.programs.items()}
        files = {place: (file.read_bytes(), 0o755) for place, file in programs.items()}
        for program in programs.values():
            files |= _libraries(root, program)
        for file in (file for one in app.folders for file in (root / one).rglob("*")):
            if file.is_file() and not file.is_symlink():
                files[f"/{file.relative_to(root)}"] = (file.read_bytes(), 0o644)
    return oci.Contents(files, app.command, own.environment(files), user=own.NOBODY)


def _apt(folder: Path, *words: str) -> str:
    """What apt-get says, for which nothing is installed: it takes all that a package needs."""
    (folder / "partial").mkdir()
    mine = private.folder(own.cache() / "apt")
    if not (mine / "status").exists():  # touched, it would be as if packages had changed
        (mine / "status").touch()
    settings = {
        "Dir::State::status": mine / "status",
        "Dir::Cache": mine,
        "Dir::Cache::pkgcache": "pkgcache.bin",  # not kept in many containers: 2 s each time
        "Dir::Cache::srcpkgcache": "",
        "Dir::Cache::archives": folder,
        "Debug::NoLocking": "yes",  # its locks are root's; what is locked here is our own
        "APT::Sandbox::User": "",
        "APT::Install-Recommends": "no",
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    return _run("apt-get", "-qq", "--yes", *options, *words)


def _libraries(root: Path, program: Path) -> own.Files:
    """The shared libraries of a program of the packages, all of them the packages' own."""
    folders = sorted({str(file.parent) for file in root.rglob("*.so*")})
    said = _run("ldd", program, LD_LIBRARY_PATH=":".join(folders))
    files = {}
    for name in host.libraries_in(said):
        path = Path(name)
        inside = path.is_relative_to(root)
        place = f"/{path.relative_to(root)}" if inside else name
        files[place] = ((path if inside else _loader(root, name)).read_bytes(), 0o755)
    return files


def _loader(root: Path, name: str) -> Path:
    """The file of the packages that a program calls its dynamic linker by its path on a host."""
    for file in (root / name.lstrip("/"), root / "usr" / name.lstrip("/")):
        if file.is_symlink():
            link = file.readlink()
            return root / link.relative_to("/") if link.is_absolute() else file.parent / link
        if file.exists():
            return file
    raise CannotMake(f"no package of this program has {name}, which it needs")


def _web() -> tuple[str, Callable[[], oci.Contents]]:
    return _digest(*MAKERS, host.interpreter(), LOCKED, APP, also=sys.version), _served


def _served() -> oci.Contents:
    """An interpreter, its standard library, what pip brings, and the app."""
    library = Path(sysconfig.get_path("stdlib"))
    programs = {str(PYTHON / "bin/python3"): host.interpreter()} | {
        str(PYTHON / "lib" / library.name / "lib-dynload" / file.name): file
        for file in (library / "lib-dynload").glob("*.so")
        if not file.name.startswith(EXTENSIONS_LEFT_OUT)
    }
    with tempfile.TemporaryDirectory() as packages:
        _pip(Path(packages))
        files = own.installed(programs)
        files |= dict(_modules(library, PYTHON / "lib" / library.name, LEFT_OUT))
        files |= dict(_modules(Path(packages), HOME / "packages", {"__pycache__", "bin"}))
    files[str(HOME / APP.name)] = (APP.read_bytes(), 0o644)
    variables = {
        "PYTHONHOME": str(PYTHON),
        "PYTHONPATH": f"{HOME}:{HOME / 'packages'}",
        "PYTHONUNBUFFERED": "1",
    }
    everywhere = "0.0.0.0"  # noqa: S104 - in its pod
    uvicorn = ("-m", "uvicorn", "app:app", "--host", everywhere, "--port", "8080")
    variables |= own.environment(files)
    return oci.Contents(files, (str(PYTHON / "bin/python3"), *uvicorn), variables, user=own.NOBODY)


def _pip(folder: Path) -> None:
    quiet = ("--quiet", "--disable-pip-version-check", "--no-compile")
    safe = ("--require-hashes", "--no-deps", "--only-binary", ":all:")
    where = ("--target", folder, "--requirement", LOCKED)
    _run(sys.executable, "-m", "pip", "install", *quiet, *safe, *where)


def _modules(
    folder: Path, to: PurePosixPath, left_out: set[str]
) -> Iterator[tuple[str, tuple[bytes, int]]]:
    """The files of a folder at their places, its modules compiled: nobody may write there later."""
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        if left_out & {*inside.parts} or inside.parts[0] == "lib-dynload" or not file.is_file():
            continue
        path, data = str(to / inside), file.read_bytes()
        if file.suffix == ".py":
            yield f"{path}c", (host.compiled(data, path), 0o644)
        elif not inside.parts[0].startswith("config-"):
            yield path, (data, 0o644)


def _digest(*files: Path, also: str) -> str:
    whole = hashlib.sha256(also.encode())
    for file in files:
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()[:16]


def _run(*words: str | Path, **variables: str) -> str:
    """What a program says; CannotMake, in one line, when it is not here or fails."""
    environment = os.environ | {"LC_ALL": "C"} | variables
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    except FileNotFoundError as error:
        raise CannotMake(f"the program {words[0]} is needed and not in PATH") from error
    if done.returncode:
        raise CannotMake(f"{Path(words[0]).name} failed: {_reason(done.stderr, done.returncode)}")
    return done.stdout


def _reason(said: str, status: int) -> str:
    """The first line that is called an error, or the last of all."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or [f"status {status}"]
    return next((line for line in lines if line.startswith(("E: ", "ERROR: "))), lines[-1])


MADE = {"nginx": lambda: _debian(NGINX), "redis": lambda: _debian(REDIS), "web": _web}

if __name__ == "__main__":
    main()
