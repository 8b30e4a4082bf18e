"""A second pair of eyes on the cluster: the only module that imports `pykube`.

Another client library over another connection: what it lists and the recorder did not see was
missed. It only ever reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pykube
import requests
from pykube.http import KubernetesHTTPAdapter
from pykube.objects import APIObject, NamespacedAPIObject

from chaos.clock import Seconds, seconds
from chaos.kube.client import Settings
from chaos.kube.wire import whole
from chaos.recording.ports import Listing, Lost, Refused

PATIENCE = seconds(5)
MALFORMED = (ValueError, KeyError, TypeError)  # what is no list of Kubernetes'


class EndpointSlice(NamespacedAPIObject):  # type: ignore[misc]  # pykube ships no types
    """pykube has no class for these."""

    version = "discovery.k8s.io/v1"
    endpoint = "endpointslices"
    kind = "EndpointSlice"


KINDS: Mapping[str, type[APIObject]] = {
    "pod": pykube.Pod,
    "node": pykube.Node,
    "endpoints": EndpointSlice,
}


class PykubeWitness:
    """Lists the pods and endpoint slices of a namespace, and the nodes."""

    def __init__(self, settings: Settings, namespace: str, *, patience: Seconds = PATIENCE) -> None:
        self.namespace = namespace
        self._patience = patience
        self._api = _bridge(settings, patience)

    def look(self) -> Mapping[str, Listing]:
        """List every kind that can be absent, by the kind's name. Lost or Refused."""
        return {name: self._list(kind) for name, kind in KINDS.items()}

    def close(self) -> None:
        """Let go of the connection."""
        self._api.session.close()

    def _list(self, kind: type[APIObject]) -> Listing:
        what = f"the witness got no list of {kind.endpoint}"
        namespace = self.namespace if issubclass(kind, NamespacedAPIObject) else None
        try:
            answer = self._api.get(
                version=kind.version, namespace=namespace, url=kind.endpoint, stream=True
            )
            answer.raise_for_status()
            told = json.loads(whole(answer.raw, what, self._patience))
            version = told["metadata"]["resourceVersion"]
        except requests.HTTPError as error:
            status = error.response.status_code
            raise Refused(status, "", f"the witness may not list {kind.endpoint}") from error
        except (requests.RequestException, RecursionError, *MALFORMED) as error:
            raise Lost(f"{what}: {error}") from error
        return Listing(tuple(told.get("items") or ()), version)


def _bridge(settings: Settings, patience: Seconds) -> Any:
    """The client that has the same credentials, from the same files; no copy of a key is made."""
    name = "witness"
    config = pykube.KubeConfig(
        {
            "clusters": [{"name": name, "cluster": {"server": settings.host}}],
            "users": [{"name": name, "user": {}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
    )
    api = pykube.HTTPClient(
        config, timeout=patience, http_adapter=KubernetesHTTPAdapter(config, pool_maxsize=1)
    )
    api.session.trust_env = False
    api.session.verify = _trust(settings)
    api.session.auth = _headers(settings)
    if settings.cert_file:
        api.session.cert = (settings.cert_file, settings.key_file)
    return api


def _trust(settings: Settings) -> bool | str:
    if not settings.verify_ssl:
        return False
    return settings.ssl_ca_cert or True


def _headers(settings: Settings) -> Any:
    """Sign each request anew: tokens are refreshed behind `auth_settings`."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        auth: dict[str, Any] = dict(settings.auth_settings())
        for told in auth.values():
            request.headers[told["key"]] = told["value"]
        return request

    return sign
