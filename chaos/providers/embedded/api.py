"""The few questions that a start asks of its own API server, with the administrator's key."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chaos.providers.embedded.blocks import PORT
from chaos.providers.embedded.plan import Plan

PATIENCE = 3  # seconds for one answer
ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"


@dataclass(frozen=True)
class Api:
    """The API server of one cluster, before any client library is there to ask it."""

    plan: Plan
    lasting: bool = False  # one connection for all questions, until `close`

    def close(self) -> None:
        """Give the connection back."""
        self._wire.close()

    def serves(self) -> bool:
        """Whether it answers at all."""
        return self._ok("/version")

    def is_healthy(self) -> bool:
        """Whether its start-up hooks are done. Controllers that start earlier wait in 1 s steps."""
        return self._ok("/healthz")

    def is_ready(self) -> bool:
        """Whether it takes work, and pods can be made: they need the default ServiceAccount."""
        return self._ok(ACCOUNT) and self.takes_work()

    def takes_work(self) -> bool:
        """Whether it answers, and etcd answers it."""
        return self._ok("/readyz")

    def ready_nodes(self) -> set[str]:
        """The names of the nodes that are Ready."""
        status, body = self._ask("GET", "/api/v1/nodes")
        items = json.loads(body)["items"] if status == http.client.OK else []
        return {node["metadata"]["name"] for node in items if _is_ready(node)}

    def forget(self, node: str) -> None:
        """Delete a node's object, with what the API server keeps about it."""
        self._ask("DELETE", f"/api/v1/nodes/{node}")

    @cached_property
    def _wire(self) -> http.client.HTTPSConnection:
        """Opened with the first question, and anew after an error."""
        host, port = str(self.plan.block.gateway), PORT
        return http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=self._trust)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        pki = self.plan.pki
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / "kubeconfig.crt", pki / "kubeconfig.key")
        return context

    def _ok(self, path: str) -> bool:
        return self._ask("GET", path)[0] == http.client.OK

    def _ask(self, verb: str, path: str) -> tuple[int, bytes]:
        """Status and body; status 0 if there was no answer."""
        try:
            self._wire.request(verb, path)
            answer = self._wire.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return 0, b""
        finally:
            if not self.lasting:
                self.close()


def _is_ready(node: dict[str, Any]) -> bool:
    said = node["status"].get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in said)
