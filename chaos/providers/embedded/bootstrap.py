"""What Kubernetes writes into an empty etcd at its first start: kept, and laid into the next one.

Some three hundred roles, bindings, priorities and controllers' accounts, the same for every
cluster of one Kubernetes: while the API server writes them, no controller may begin. At each start
it compares them with what it would write, and mends what differs: what is laid is never wrong.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos import files, private
from chaos.clock import poll, seconds
from chaos.errors import NoCluster
from chaos.private import cache
from chaos.providers.embedded.plan import Plan
from chaos.providers.embedded.service import opens

# Nothing that tells one cluster from another: no uid of a namespace, no address, no certificate.
SAME = (
    "/registry/apiregistration.k8s.io/apiservices/",
    "/registry/clusterrolebindings/",
    "/registry/clusterroles/",
    "/registry/flowschemas/",
    "/registry/priorityclasses/",
    "/registry/prioritylevelconfigurations/",
    "/registry/rolebindings/",
    "/registry/roles/",
    "/registry/serviceaccounts/kube-system/",
)
MOST = 100  # keys in one transaction; etcd's own limit is 128 (--max-txn-ops)
UP = seconds(5)  # it opens in 0.1 s; who is slower than that goes without
EAGER = seconds(0.01)
PATIENCE = 10  # seconds for an answer; it takes milliseconds

Pair = dict[str, str]  # key and value, both in base64: as etcd's JSON gateway says them


@dataclass(frozen=True)
class Bootstrap:
    """The first objects of a cluster, as they are kept for the next ones of its kind."""

    plan: Plan

    @property
    def file(self) -> Path:
        """Where they are kept: for this kube-apiserver and no other."""
        program = (self.plan.assets / "kube-apiserver").resolve().stat()
        key = hashlib.sha256(f"{program.st_size} {program.st_mtime_ns}".encode()).hexdigest()
        return cache() / "bootstrap" / f"{key[:16]}.json"

    def lay(self) -> None:
        """Put what was kept into an etcd that is empty; nothing to do where nothing was."""
        kept = _read(self.file)
        if kept and poll(lambda: opens(self._door), within=UP, every=EAGER):
            for first in range(0, len(kept), MOST):
                puts = [{"requestPut": pair} for pair in kept[first : first + MOST]]
                self._ask("txn", {"success": puts})

    def keep(self) -> None:
        """Keep what a cluster that is ready has written, unless it is kept already."""
        if _read(self.file):
            return
        found = [pair for prefix in SAME for pair in self._under(prefix)]
        private.folder(self.file.parent)
        half = self.file.with_suffix(f".{self.plan.name}.half")
        private.write(half, json.dumps(found).encode())
        half.rename(self.file)

    @property
    def _door(self) -> str:
        return str(self.plan.home.socket("etcd.sock"))

    def _under(self, prefix: str) -> list[Pair]:
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        found = self._ask("range", {"key": _base64(prefix), "range_end": _base64(end)})
        return [{"key": one["key"], "value": one["value"]} for one in found.get("kvs", ())]

    def _ask(self, call: str, what: dict[str, Any]) -> dict[str, Any]:
        """One call of etcd's JSON gateway, on its socket file."""
        wire = http.client.HTTPConnection("etcd", timeout=PATIENCE)
        with socket.socket(socket.AF_UNIX) as wire.sock:
            wire.sock.settimeout(PATIENCE)
            wire.sock.connect(self._door)
            wire.request("POST", f"/v3/kv/{call}", json.dumps(what))
            answer = wire.getresponse()
            said: dict[str, Any] = json.loads(answer.read())
        if answer.status != http.client.OK:
            raise NoCluster(f"etcd would not {call}: {said.get('message', answer.status)}")
        return said


def _read(file: Path) -> list[Pair]:
    """What is kept in a file; nothing if it is not there, or broken: then it is made anew."""
    with suppress(OSError, ValueError):
        found = json.loads(files.read(file))
        return found if isinstance(found, list) else []
    return []


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
