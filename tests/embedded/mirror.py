"""A mirror of the official releases on loopback, of tiny programs, that can be damaged."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from deadlines import LONG

from chaos.providers.embedded.releases import Release, releases


def packed(names: tuple[str, ...]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name in ("./README.md", *(f"./bin/{name}" for name in names)):
            data = program(name.rpartition("/")[2])
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def program(name: str) -> bytes:
    return f"#!/bin/sh\necho {name}\n".encode()


class Mirror:
    """Files by path; `cut` ones end early though their length was promised, `moved` redirect."""

    def __init__(self, wanted: tuple[Release, ...]) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self.cut: set[str] = set()
        self.moved: dict[str, str] = {}
        self.open = threading.Event()
        self.open.set()
        self.url = ""
        for release in wanted:
            self.publish(release)

    def publish(self, release: Release) -> None:
        whole = packed(release.programs) if release.packed else program(release.programs[0])
        digest = hashlib.sha256(whole).hexdigest()
        lone = release.sums.endswith(".sha256") and not release.packed
        line = digest if lone else f"{'0' * 64}  other.tar.gz\n{digest}  {release.name}\n"
        self.files[f"/{release.address}"] = whole
        self.files[f"/{release.sums}"] = line.encode()


@contextmanager
def serving(architecture: str) -> Iterator[Mirror]:
    mirror = Mirror(releases(architecture))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mirror.asked[self.path] += 1
            mirror.open.wait(LONG)
            data = mirror.files.get(self.path)
            target = mirror.moved.get(self.path)
            self.send_response(302 if target else 404 if data is None else 200)
            if target:
                self.send_header("Location", target)
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            cut = len(data or b"") // 2 if self.path in mirror.cut else None
            self.wfile.write((data or b"")[:cut])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        mirror.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield mirror
        mirror.open.set()
        server.shutdown()
        thread.join()
