"""Official releases, downloaded and verified with the checksums published beside them.

`CHAOS_MIRROR` names one base address that holds the same files, laid out by host and path:
`<mirror>/dl.k8s.io/release/...`, `<mirror>/github.com/...`. HTTPS_PROXY, HTTP_PROXY and NO_PROXY
are respected.
"""

from __future__ import annotations

import hashlib
import re
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

from chaos.clock import Seconds, SystemClock, seconds
from chaos.errors import NoCluster
from chaos.providers.embedded.releases import Release
from chaos.providers.embedded.unpack import BadArchive, unpack
from chaos.visible import without_password

CONNECT = 3.0  # seconds: without a network the other ways are to be tried soon
READ = 30.0  # seconds between two pieces
HEARTBEAT = seconds(5)
PIECE = 1 << 20  # bytes
MIB = 1 << 20
LARGEST = 1 << 30  # bytes; the largest release has an eighth of that
LONGEST_LIST = 1 << 20  # bytes; the longest list of sums has some kB
_OK = 200
_SUM = re.compile(r"^([0-9a-f]{64})(?:\s+\*?(\S+))?\s*$", re.MULTILINE)

Say = Callable[[str], None]


def download(wanted: Iterable[Release], folder: Path, *, mirror: str, say: Say) -> None:
    """Fetch and unpack the releases into `folder`; NoCluster says which one failed and why.

    `mirror` is CHAOS_MIRROR, or empty for the official places.
    """
    wanted = tuple(wanted)
    for number, release in enumerate(wanted, 1):
        say(f"downloading {release.name} ({number} of {len(wanted)})")
        expected = sum_of(release, _text(_url(release.sums, mirror)))
        parcel = folder / f"{release.name}.parcel"
        found = _fetch(_url(release.address, mirror), parcel, say)
        if found != expected:
            place = without_password(_url(release.address, mirror))
            raise NoCluster(f"{place}: SHA-256 is {found}, published is {expected}")
        _unpack(release, parcel, folder)
        parcel.unlink(missing_ok=True)


def sum_of(release: Release, sums: str) -> str:
    """The SHA-256 of a release in its published sums: a lone digest, or the line of its name."""
    for digest, name in _SUM.findall(sums):
        if name.rpartition("/")[2] in {"", release.name}:
            return str(digest)
    raise NoCluster(f"{release.sums}: no SHA-256 of {release.name} in it")


def _url(address: str, mirror: str) -> str:
    return f"{mirror.rstrip('/')}/{address}" if mirror else f"https://{address}"


def _text(url: str) -> str:
    """A list of sums; one that does not end is cut, and what is wanted will not be in it."""
    text = b""
    for piece in _pieces(url):
        text += piece
        if len(text) > LONGEST_LIST:
            break
    return text.decode("utf-8", "replace")


def _fetch(url: str, file: Path, say: Say) -> str:
    """Write a file piece by piece; its SHA-256."""
    digest = hashlib.sha256()
    clock, told = SystemClock(), Seconds(0)
    with file.open("wb") as out:
        for piece in _pieces(url):
            digest.update(piece)
            out.write(piece)
            if out.tell() > LARGEST:
                raise NoCluster(f"{without_password(url)}: more than {LARGEST // MIB} MiB")
            if clock.now() - told > HEARTBEAT:
                told = clock.now()
                say(f"  {out.tell() / MIB:.0f} MiB after {told:.0f} s")
    return digest.hexdigest()


def _pieces(url: str) -> Iterator[bytes]:
    """The body of a GET, following redirects. A body cut short is an error."""
    timeout = urllib3.Timeout(connect=CONNECT, read=READ)
    retries = urllib3.Retry(total=5, connect=0, read=0, other=0)
    try:
        answer = _pool(url).request(
            "GET", url, timeout=timeout, retries=retries, preload_content=False
        )
        if answer.status != _OK:
            raise NoCluster(f"{without_password(url)}: HTTP status {answer.status}")
        yield from answer.stream(PIECE)
    except urllib3.exceptions.HTTPError as error:
        raise NoCluster(f"{without_password(url)}: {_reason(error)}") from error


def _reason(error: urllib3.exceptions.HTTPError) -> str:
    """The cause without the pool's own address in memory, which `str` would begin with."""
    cause = getattr(error, "reason", None) or error
    return re.sub(r"^.*object at 0x[0-9a-f]+>: |^\w+\([^)]*\): ", "", str(cause))


def _pool(url: str) -> urllib3.PoolManager:
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy is None or urllib.request.proxy_bypass(parts.hostname or ""):
        return urllib3.PoolManager()
    return urllib3.ProxyManager(proxy)


def _unpack(release: Release, parcel: Path, folder: Path) -> None:
    """Put a release's programs into the folder, executable."""
    if release.packed:
        try:
            unpack(parcel, release.programs, folder)
        except BadArchive as error:
            raise NoCluster(f"{release.address}: {error}") from error
    else:
        parcel.rename(folder / release.programs[0])
    missing = [name for name in release.programs if not (folder / name).is_file()]
    if missing:
        raise NoCluster(f"{release.address}: no {', '.join(missing)} in it")
    for name in release.programs:
        (folder / name).chmod(0o755)
