"""A toxiproxy server without a server: its HTTP API, as far as the library calls it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

Answer = tuple[int, bytes]


@dataclass
class FakeToxiproxy:
    """`send` is its `Send`; with `deaf` it takes every order and does nothing."""

    proxies: dict[str, dict[str, Any]] = field(default_factory=dict)
    deaf: bool = False

    def has(self, name: str, upstream: str, *, listen: str = "[::]:20001") -> FakeToxiproxy:
        """It, with one more wire."""
        proxy = {"name": name, "listen": listen, "upstream": upstream, "enabled": True}
        self.proxies[name] = {**proxy, "toxics": []}
        return self

    def send(self, method: str, path: str, body: Any = None) -> Answer:  # noqa: PLR0911 - a table
        """Answer as the server does (2.12: api.go)."""
        match method, path.strip("/").split("/"):
            case "GET", ["proxies"]:
                return _said(200, self.proxies)
            case _, ["proxies", name, *_] if name not in self.proxies:
                return _said(404, {"error": "proxy not found", "status": 404})
            case "POST", ["proxies", name]:
                return self._turn(name, body)
            case "GET", ["proxies", name, "toxics"]:
                return _said(200, self.proxies[name]["toxics"])
            case "POST", ["proxies", name, "toxics"]:
                return self._add(name, body)
            case "DELETE", ["proxies", name, "toxics", toxic]:
                return self._take_off(name, toxic)
            case _:
                return _said(404, {"error": f"{method} {path}", "status": 404})

    def _turn(self, name: str, body: Any) -> Answer:
        if not self.deaf:
            self.proxies[name] |= {"enabled": body["enabled"]}
        return _said(200, self.proxies[name])

    def _add(self, name: str, toxic: Any) -> Answer:
        there = self.proxies[name]["toxics"]
        if toxic["name"] in {one["name"] for one in there}:
            return _said(409, {"error": "toxic already exists", "status": 409})
        if not self.deaf:
            there.append(toxic)
        return _said(200, toxic)

    def _take_off(self, name: str, toxic: str) -> Answer:
        if not self.deaf:
            left = [one for one in self.proxies[name]["toxics"] if one["name"] != toxic]
            self.proxies[name]["toxics"] = left
        return 204, b""


def _said(status: int, what: object) -> Answer:
    return status, json.dumps(what).encode()
