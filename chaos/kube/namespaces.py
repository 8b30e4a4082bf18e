"""The namespaces that scenarios have for themselves: made, found again by their label, deleted."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from urllib.parse import quote

from chaos.errors import NoSuchTarget
from chaos.kube.client import Client
from chaos.recording.ports import Refused

OWNER = "pytest-chaos/owner"
NAMESPACES = "/api/v1/namespaces"


def made(client: Client, owner: str) -> str:
    """The name of a new one, which nobody else has."""
    name = f"chaos-{secrets.token_hex(4)}"
    client.create(NAMESPACES, {"metadata": {"name": name, "labels": {OWNER: owner}}})
    _without_waiting_for_its_account(client, name)
    return name


def uid(client: Client, name: str) -> str:
    """The uid of one; NoSuchTarget when it is gone."""
    found = client.get(f"{NAMESPACES}?fieldSelector={quote(f'metadata.name={name}', safe='')}")
    if not found["items"]:
        raise NoSuchTarget(f"there is no namespace {name}")
    return str(found["items"][0]["metadata"]["uid"])


def delete(client: Client, name: str) -> None:
    """Delete it, and its pods without grace; does not wait for the end of it."""
    client.delete(f"{NAMESPACES}/{name}")
    client.delete(f"{NAMESPACES}/{name}/pods", grace=0)


def remnants(client: Client, owner: str) -> list[str]:
    """Those that this owner's runs made and did not live to delete."""
    return [
        n["metadata"]["name"] for n in _owned(client, owner) if n["status"]["phase"] == "Active"
    ]


def all_gone(client: Client, owner: str) -> bool:
    """Whether none is left, on its way out either."""
    return not _owned(client, owner)


def _owned(client: Client, owner: str) -> list[dict[str, dict[str, str]]]:
    selector = quote(f"{OWNER}={owner}", safe="")
    found: list[dict[str, dict[str, str]]]
    found = client.get(f"{NAMESPACES}?labelSelector={selector}")["items"]
    return found


def _without_waiting_for_its_account(client: Client, namespace: str) -> None:
    """Make the ServiceAccount that every pod needs: its controller would make the same, later."""
    path = f"{NAMESPACES}/{namespace}/serviceaccounts"
    try:
        client.create(path, {"metadata": {"name": "default"}})
    except Refused as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
