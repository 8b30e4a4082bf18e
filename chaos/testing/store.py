"""What the stand-in API server holds: objects in their collections, and what became of them."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from dataclasses import dataclass, field

from chaos.values import Json


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a collection's watches, and the version that it brings them to."""

    version: int
    line: bytes


@dataclass
class Store:
    """One version for all collections, as etcd has it. Any number of threads may read and write.

    `horizon` is the oldest version that a watch may start from.
    """

    version: int = 1
    horizon: int = 0
    news: threading.Condition = field(
        default_factory=lambda: threading.Condition(threading.RLock())
    )
    _things: dict[str, dict[str, Json]] = field(default_factory=lambda: defaultdict(dict))
    _changes: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))

    def put(self, path: str, thing: Json) -> int:
        """Make an object in the collection at `path` be so; its version."""
        with self.news:
            name = thing["metadata"]["name"]
            kind = "MODIFIED" if name in self._things[path] else "ADDED"
            self._things[path][name] = self._tell(path, kind, thing)
            return self.version

    def delete(self, path: str, name: str) -> int:
        """Take an object away; the version of its end."""
        with self.news:
            self._tell(path, "DELETED", self._things[path].pop(name))
            return self.version

    def bookmark(self, path: str) -> int:
        """Tell the collection's watches how far they are: at the version that is returned."""
        with self.news:
            self._tell(path, "BOOKMARK", {"metadata": {}})
            return self.version

    def compact(self, version: int = 0) -> None:
        """Forget what was before this version, or before now: no watch can start there any more."""
        with self.news:
            self.horizon = version or self.version

    def listing(self, path: str) -> Json:
        """The collection as it is now."""
        with self.news:
            items = list(self._things[path].values())
            return {"metadata": {"resourceVersion": str(self.version)}, "items": items}

    def after(self, path: str, version: int) -> list[Change]:
        """What became of the collection since that version."""
        with self.news:
            return [change for change in self._changes[path] if change.version > version]

    def _tell(self, path: str, kind: str, thing: Json) -> Json:
        self.version += 1
        stamped = thing | {"metadata": thing["metadata"] | {"resourceVersion": str(self.version)}}
        line = json.dumps({"type": kind, "object": stamped}).encode() + b"\n"
        self._changes[path].append(Change(self.version, line))
        self.news.notify_all()
        return stamped


def status(code: int, reason: str, message: str) -> Json:
    """The API server's own Status: how it says no, in an answer or in a watch."""
    own = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return own | {"code": code, "reason": reason, "message": message}
