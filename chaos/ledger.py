"""The ledger: every armed fault is on disk before it is injected, so that anybody can heal it.

One file a fault, written to a temporary, synced and renamed: a crash leaves the whole line or
none. A fault is stored as the name of its class and its fields; it is read back through the
same class, so `heal` works in a process that never injected.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from chaos.cluster import Cluster
from chaos.errors import ChaosError, NoSuchTarget, NotHealed, Unreadable
from chaos.fault import Fault

VERSION = 1


@dataclass(frozen=True)
class Ledger:
    """The armed faults of one cluster, in a folder of its own (0700)."""

    folder: Path

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep the ledger for this process: nobody else heals what is being injected here."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(self.folder / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as taken:
            raise ChaosError(
                f"another run uses this cluster (its ledger {self.folder} is held): "
                "wait for it, or use another cluster"
            ) from taken
        try:
            yield
        finally:
            lock.release()

    def arm(self, fault: Fault, number: int) -> Path:
        """Write a fault down, durably, before it is injected."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        page = self.folder / f"{os.getpid()}-{number}-{uuid.uuid4().hex[:8]}.json"
        kind = type(fault)
        fields = TypeAdapter(kind).dump_python(fault, mode="json")
        line = {
            "version": VERSION,
            "fault": f"{kind.__module__}:{kind.__qualname__}",
            "fields": fields,
        }
        _write_durably(page, json.dumps(line))
        return page

    def disarm(self, page: Path) -> None:
        """Strike a healed fault out."""
        page.unlink(missing_ok=True)

    def armed(self) -> list[tuple[Path, Fault]]:
        """What is armed, oldest first; Unreadable names the page that cannot be read."""
        pages = sorted(self.folder.glob("*.json"), key=lambda page: page.stat().st_mtime_ns)
        return [(page, read(page)) for page in pages]

    def heal_all(self, cluster: Cluster) -> list[str]:
        """Heal whatever a dead run left armed, newest first; says what was healed."""
        healed = []
        for page, fault in reversed(self.armed()):
            heal(fault, cluster)
            self.disarm(page)
            healed.append(str(fault))
        return healed


def heal(fault: Fault, cluster: Cluster) -> None:
    """Undo a fault; a target that is gone needs no healing."""
    try:
        fault.heal(cluster)
    except NoSuchTarget:
        return
    except Exception as error:
        raise NotHealed(
            f"{fault} could not be healed: {error}; the cluster is not as it was. "
            "Mend it, then run `chaos heal`"
        ) from error


def read(page: Path) -> Fault:
    """One fault from its page."""
    try:
        line = json.loads(page.read_text())
        module, _, name = str(line["fault"]).partition(":")
        kind = getattr(importlib.import_module(module), name)
        fault: Fault = TypeAdapter(kind).validate_python(line["fields"])
    except (OSError, ValueError, LookupError, TypeError, ImportError, AttributeError) as error:
        raise Unreadable(
            f"the ledger's page {page} cannot be read ({type(error).__name__}: {error}): "
            "heal by hand what it names, then delete it"
        ) from error
    return fault


def _write_durably(page: Path, text: str) -> None:
    partial = page.with_suffix(".partial")
    with partial.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(page)
    folder = os.open(page.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
