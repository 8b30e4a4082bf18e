"""The API server's verbs and watches: the only module that imports `kubernetes`.

Only its credentials and its transport are used, with raw paths and JSON: the typed API groups
cost two seconds and 100 MB to import.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from kubernetes.client import ApiClient, Configuration
from kubernetes.client.rest import RESTResponse, should_bypass_proxies
from kubernetes.config import ConfigException, load_kube_config_from_dict

from chaos.clock import Seconds, seconds
from chaos.errors import BadManifest, NoCluster, one_line
from chaos.kube.consent import Target
from chaos.kube.credentials import Login, Renewal, login, must_be_keys, trust
from chaos.kube.kubeconfig import Access, access
from chaos.kube.wire import Lines, accepted, losses, status_in, untyped, whole
from chaos.recording.ports import Lost, Refused
from chaos.values import Json

Settings = Configuration  # where an API server is and who we are to it: for the witness too
JSON = "application/json"
MANAGER = "pytest-chaos"
STRICT = {"fieldManager": MANAGER, "fieldValidation": "Strict"}
NOT_ITS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)  # whatever a manifest says
TRIAL = {"dryRun": "All"}
CONNECT = 3.0  # seconds; a refused connection is told at once, this is for lost packets
PATIENCE = seconds(30)
WATCH = 290  # seconds until the API server ends a watch: under etcd's 5 minutes of past
SILENCE = 90.0  # seconds without a byte: bookmarks come every minute (cacher's default)


def configuration(
    kubeconfig: Path | str | None = None, context: str | None = None
) -> Configuration:
    """Who to talk to and as whom, from a kubeconfig file; NoCluster when it cannot be used."""
    found = access(kubeconfig, context)
    who = login(found)
    settings = Configuration()
    # The library writes keys to files: they are to go when the cluster does, not to stay in /tmp.
    folder = None if kubeconfig is None else str(Path(kubeconfig).parent)
    _load(settings, found, who, folder)
    must_be_keys(found, settings.ssl_ca_cert, settings.cert_file, settings.key_file)
    renewal: Any = None if who.until is None else Renewal(found, who.until)
    settings.refresh_api_key_hook = renewal
    settings.retries = False  # a retry would hide a loss
    return settings


def target(context: str) -> Target:
    """What a context of the user's kubeconfig points at; NoCluster names those there are."""
    settings = configuration(context=context)
    return Target(context, access(None, context).cluster.name, settings.host)


def proxy_of(settings: Configuration) -> str:
    """The proxy that requests go through; empty when they go past any."""
    past = should_bypass_proxies(settings.host, settings.no_proxy or "")
    return "" if past else settings.proxy or ""


def _load(settings: Configuration, found: Access, who: Login, folder: str | None) -> None:
    """Hand the client library what was found to be sound, as a kubeconfig of nothing else."""
    name = "chaos"
    config = {
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [{"name": name, "cluster": trust(found.cluster)}],
        "users": [{"name": name, "user": who.user}],
    }
    try:
        load_kube_config_from_dict(  # type: ignore[no-untyped-call]
            config, client_configuration=settings, temp_file_path=folder
        )
    except (ConfigException, OSError, ValueError) as error:
        raise NoCluster(f"{found.cluster.what}: cannot be used: {one_line(error)}") from error


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `within` is how long its answer may take to begin, and then to come."""

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

    def attempt(self, path: str, manifest: Json) -> Json:
        """What would come of `create`; nothing of it stays."""
        return _object(self.request("POST", path, manifest, query=TRIAL))

    def apply(self, path: str, manifest: Json, *, trial: bool = False) -> Json:
        """Make the object at `path` be so (server-side apply); BadManifest when refused.

        A trial says what would come of it; nothing of it stays.
        """
        query = STRICT | {"force": "true"} | (TRIAL if trial else {})
        kind = "application/apply-patch+yaml"
        with _judged(manifest):
            return _object(self.request("PATCH", path, manifest, query=query, kind=kind))

    def make(self, path: str, manifest: Json, *, trial: bool = False) -> Json:
        """As `apply`, of an object that is not in the collection at `path` yet: else Refused."""
        query = STRICT | (TRIAL if trial else {})
        with _judged(manifest, HTTPStatus.CONFLICT):
            return _object(self.request("POST", path, manifest, query=query))

    def patch(self, path: str, change: Json) -> Json:
        """Change an object: a JSON merge patch. Its uid in it is a condition, as for a DELETE."""
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
        return accepted(*self._whole(Request(method, path, body, query or {}, kind)))

    def proxy(
        self, pod: str, method: str, path: str, body: Json | None = None, *, within: Seconds
    ) -> tuple[int, bytes]:
        """Ask a pod itself, through the API server; `pod` is `namespace/name:port`.

        Refused is the API server's no, Lost is silence; whatever the pod says is its answer.
        """
        namespace, name = pod.split("/")
        whole = f"/api/v1/namespaces/{namespace}/pods/{name}/proxy{path}"
        status, said = self._whole(Request(method, whole, body, within=within))
        if status_in(said):
            accepted(status, said)
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
            accepted(answer.status, whole(answer.response, path, PATIENCE))
        return Lines(answer.response, path, api.rest_client.close)

    def _whole(self, request: Request) -> tuple[int, bytes]:
        """Send a request and take in all of its answer."""
        answer = self._send(self._api, request)
        what = f"{request.method} {request.path}"
        return answer.status, whole(answer.response, what, request.within)

    def _send(self, api: ApiClient, request: Request) -> RESTResponse:
        """Send a request and take in the answer's head; its body is still to be read."""
        query = f"?{urlencode(request.query)}" if request.query else ""
        auth: dict[str, Any] = dict(self.settings.auth_settings())
        headers = {a["key"]: a["value"] for a in auth.values()}
        headers |= {"Accept": JSON, "Content-Type": request.kind}
        with losses(f"{request.method} {request.path}"):
            return api.call_api(
                request.method,
                f"{self.settings.host}{request.path}{query}",
                headers,
                request.body,
                _request_timeout=(CONNECT, request.within),
            )


@contextmanager
def _judged(manifest: Json, *left: HTTPStatus) -> Iterator[None]:
    """A refusal as what is wrong with the manifest; but that of a server that is not well."""
    try:
        yield
    except Refused as error:
        ill = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not untyped(error.message)
        if ill or error.status in {*NOT_ITS, *left}:
            raise
        if error.status == HTTPStatus.NOT_FOUND and not error.reason:  # not of an object: a path
            kind = f"{manifest.get('kind')} of {manifest.get('apiVersion')}"
            raise BadManifest(f"in a namespace there is no {kind}") from error
        raise BadManifest(error.message, error.causes) from error


def _object(said: bytes) -> Json:
    """A JSON object: anything else did not come from an API server."""
    try:
        told = json.loads(said)
    except (ValueError, RecursionError) as error:
        raise Lost(f"the API server's answer is not JSON: {said[:200]!r}") from error
    if not isinstance(told, dict):
        raise Lost(f"the API server's answer is not a JSON object: {said[:200]!r}")
    return told
