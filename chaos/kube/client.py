"""The API server's verbs and watches: the only module that imports `kubernetes`.

Only its credentials and its transport are used, with raw paths and JSON: the typed API groups
cost two seconds and 100 MB to import.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
from kubernetes.client import ApiClient, Configuration
from kubernetes.client.exceptions import ApiException
from kubernetes.client.rest import RESTResponse
from kubernetes.config import ConfigException, load_kube_config

from chaos.clock import Seconds, seconds
from chaos.errors import BadManifest, NoCluster
from chaos.source import Json, Lost, Refused, Silent

Settings = Configuration  # where an API server is and who we are to it: for the witness too
JSON = "application/json"
MANAGER = "pytest-chaos"
CONNECT = 3.0  # seconds; a refused connection is told at once, this is for lost packets
PATIENCE = seconds(30)
WATCH = 290  # seconds until the API server ends a watch: under etcd's 5 minutes of past
SILENCE = 90.0  # seconds without a byte: bookmarks come every minute (cacher's default)
CHUNK = 1 << 16


def configuration(
    kubeconfig: Path | str | None = None, context: str | None = None
) -> Configuration:
    """Who to talk to and as whom, from a kubeconfig file; NoCluster when it cannot be used."""
    settings = Configuration()
    path = None if kubeconfig is None else str(kubeconfig)
    try:
        load_kube_config(  # type: ignore[no-untyped-call]
            path, context, client_configuration=settings, persist_config=False
        )
    except (ConfigException, OSError) as error:
        where = path or "the default kubeconfig"
        raise NoCluster(
            f"{where} cannot be used, context {context or 'current'}: {error}"
        ) from error
    settings.retries = False  # a retry would hide a loss
    return settings


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `within` is how long the API server may be silent."""

    method: str
    path: str
    body: Json | None = None
    query: dict[str, str] = field(default_factory=dict)
    kind: str = JSON
    within: Seconds = PATIENCE


class Client:
    """Speaks to one API server. Any number of threads may; each watch has its own connection."""

    def __init__(self, settings: Configuration) -> None:
        self.settings = settings
        self._api = ApiClient(settings)

    def close(self) -> None:
        """Let go of the connections."""
        self._api.rest_client.close()

    def get(self, path: str) -> Json:
        """One object or one list."""
        return _object(self.fetch(path))

    def fetch(self, path: str) -> bytes:
        """One object or one list, as it came."""
        return self.request("GET", path)

    def create(self, path: str, manifest: Json) -> Json:
        """Make a new object in the collection at `path`."""
        return _object(self.request("POST", path, manifest))

    def apply(self, path: str, manifest: Json) -> Json:
        """Make the object at `path` be so (server-side apply); BadManifest when refused."""
        query = {"fieldManager": MANAGER, "fieldValidation": "Strict", "force": "true"}
        kind = "application/apply-patch+yaml"
        try:
            return _object(self.request("PATCH", path, manifest, query=query, kind=kind))
        except Refused as error:
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            raise BadManifest(error.message) from error

    def patch(self, path: str, change: Json) -> Json:
        """Change an object: a JSON merge patch."""
        kind = "application/merge-patch+json"
        query = {"fieldManager": MANAGER}
        return _object(self.request("PATCH", path, change, query=query, kind=kind))

    def delete(self, path: str, *, grace: int | None = None) -> None:
        """Delete an object or a collection; what is not there is deleted already."""
        query = {"propagationPolicy": "Background"}
        if grace is not None:
            query["gracePeriodSeconds"] = str(grace)
        try:
            self.request("DELETE", path, query=query)
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def request(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        query: dict[str, str] | None = None,
        kind: str = JSON,
    ) -> bytes:
        """Any request: its answer's body, or Refused, or Lost."""
        return _accepted(*self._whole(Request(method, path, body, query or {}, kind)))

    def proxy(
        self, pod: str, method: str, path: str, body: Json | None = None, *, within: Seconds
    ) -> tuple[int, bytes]:
        """Ask a pod itself, through the API server; `pod` is `namespace/name:port`.

        Refused is the API server's no, Lost is silence; whatever the pod says is its answer.
        """
        namespace, name = pod.split("/")
        whole = f"/api/v1/namespaces/{namespace}/pods/{name}/proxy{path}"
        status, said = self._whole(Request(method, whole, body, within=within))
        if _status(said):
            _accepted(status, said)
        return status, said

    def watch(self, path: str, version: str) -> Lines:
        """Everything that happens at `path` after `version`, over a connection of its own."""
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH),
        }
        api = ApiClient(self.settings)
        answer = self._send(api, Request("GET", path, query=query, within=seconds(SILENCE)))
        if answer.status != HTTPStatus.OK:
            with _losses(path):
                _accepted(answer.status, answer.response.data)
        return Lines(api, answer.response, path)

    def _whole(self, request: Request) -> tuple[int, bytes]:
        """Send a request and take in all of its answer."""
        answer = self._send(self._api, request)
        with _losses(f"{request.method} {request.path}"):
            return answer.status, answer.response.data

    def _send(self, api: ApiClient, request: Request) -> RESTResponse:
        """Send a request and take in the answer's head; its body is still to be read."""
        query = f"?{urlencode(request.query)}" if request.query else ""
        auth: dict[str, Any] = dict(self.settings.auth_settings())
        headers = {a["key"]: a["value"] for a in auth.values()}
        headers |= {"Accept": JSON, "Content-Type": request.kind}
        with _losses(f"{request.method} {request.path}"):
            return api.call_api(
                request.method,
                f"{self.settings.host}{request.path}{query}",
                headers,
                request.body,
                _request_timeout=(CONNECT, request.within),
            )


class Lines:
    """The lines of one watch, as they come in."""

    def __init__(self, api: ApiClient, response: urllib3.HTTPResponse, path: str) -> None:
        self._api = api
        self._response = response
        self._path = path

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        with _losses(f"watch of {self._path}"):
            for chunk in self._response.stream(CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line for line in lines if line)
        if rest:
            raise Lost(f"watch of {self._path}: ended in the middle of a line")

    def close(self) -> None:
        """Shut the socket, which wakes a reader in another thread. Twice is once."""
        with suppress(OSError, RuntimeError, ValueError):  # it has ended by itself
            self._response.shutdown()
        self._api.rest_client.close()


@contextmanager
def _losses(what: str) -> Iterator[None]:
    """Everything that can go wrong below HTTP is one thing to us: no answer."""
    try:
        yield
    except urllib3.exceptions.ReadTimeoutError as error:
        raise Silent(f"{what}: no answer in time") from error
    except (urllib3.exceptions.HTTPError, ApiException, OSError) as error:
        raise Lost(f"{what}: no answer ({type(error).__name__}: {error})") from error


def _accepted(status: int, said: bytes) -> bytes:
    """The body of a good answer; Refused with the API's own message for any other."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return said
    told = _status(said) or {"message": said.decode(errors="replace").strip()[:500]}
    raise Refused(status, str(told.get("reason", "")), str(told.get("message", "")))


def _status(said: bytes) -> Json | None:
    """The API server's own Status object, when this is one: not an answer of what it fronts."""
    try:
        told = json.loads(said)
    except ValueError:
        return None
    own = isinstance(told, dict) and told.get("kind") == "Status" and "apiVersion" in told
    return told if own else None


def _object(said: bytes) -> Json:
    """A JSON object: anything else did not come from an API server."""
    try:
        told = json.loads(said)
    except ValueError as error:
        raise Lost(f"the API server's answer is not JSON: {said[:200]!r}") from error
    if not isinstance(told, dict):
        raise Lost(f"the API server's answer is not a JSON object: {said[:200]!r}")
    return told
