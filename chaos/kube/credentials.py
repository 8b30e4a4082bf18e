"""Who a kubeconfig's user is: files and data looked at, a plugin asked, as the client takes it."""

from __future__ import annotations

import base64
import math
import ssl
import threading
from dataclasses import dataclass
from typing import Protocol

from chaos.clock import minutes, wall
from chaos.errors import NoCluster
from chaos.kube import plugins
from chaos.kube.kubeconfig import Access, Part
from chaos.recording.ports import Lost
from chaos.values import Json

EARLY = 10.0  # seconds before a token's end that another is asked for: clocks differ
REREAD = minutes(1)  # how long kubectl believes what a token's file said


@dataclass(frozen=True, slots=True)
class Login:
    """A user's fields; what it says is believed `until`, in seconds of 1970."""

    user: Json
    until: float | None = None


class Keyring(Protocol):
    """Where the client library keeps tokens."""

    api_key: dict[str, str]


class Renewal:
    """Asks again who we are when what was said of it is over; any number of threads may."""

    def __init__(self, found: Access, until: float) -> None:
        self._found, self._until, self._one = found, until, threading.Lock()

    def __call__(self, settings: Keyring) -> None:
        """Put a new token in the place of one that is over; Lost when none is to be had."""
        with self._one:
            if _now() < self._until - EARLY:
                return
            try:
                who = login(self._found)
            except NoCluster as error:  # no answer from the cluster, to those who wait for one
                raise Lost(f"not known any more to the cluster: {error}") from error
            self._until = math.inf if who.until is None else who.until
            if token := who.user.get("token"):
                settings.api_key["BearerToken"] = f"Bearer {token}"


def login(access: Access) -> Login:
    """Who we are; NoCluster when what the user says of it cannot be used."""
    user = access.user
    if user is None:
        return Login({})
    certificate = _pair(user)
    if "auth-provider" in user.said:
        raise user.wrong("auth-provider", "only a plugin (exec) is asked here")
    if user.text("tokenFile"):
        text = user.content("tokenFile").decode(errors="replace").strip()
        return Login(certificate | {"token": _token(user, "tokenFile", text)}, _now() + REREAD)
    if token := user.text("token"):
        return Login(certificate | {"token": _token(user, "token", token)})
    if "exec" in user.said:
        return _told(access, user)
    return Login(certificate | _password(user))


def trust(cluster: Part) -> Json:
    """The cluster's fields, its files by whole paths."""
    said: Json = {"server": cluster.text("server")}
    for field in ("insecure-skip-tls-verify", "tls-server-name", "proxy-url"):
        if cluster.said.get(field) is not None:
            said[field] = cluster.said[field]
    return said | _file_or_data(cluster, "certificate-authority")


def must_be_keys(found: Access, ca: str | None, certificate: str | None, key: str | None) -> None:
    """The certificates can be read, by the library that every connection will read them with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if ca:
            context.load_verify_locations(ca)
    except (OSError, ValueError) as error:
        raise found.cluster.wrong("certificate-authority", "no certificate is in it") from error
    try:
        if certificate:  # an encrypted key would ask the terminal for its password
            context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        who = found.user or found.cluster
        raise who.wrong(
            "client-certificate", "no certificate with its key, unencrypted, is in it"
        ) from error


def _told(access: Access, user: Part) -> Login:
    """What the user's plugin said."""
    told = plugins.ask(access, user)
    fields: Json = {}
    if told.token:
        fields["token"] = _token(user, "exec", told.token)
    if told.certificate:
        fields["client-certificate-data"] = base64.b64encode(told.certificate.encode()).decode()
        fields["client-key-data"] = base64.b64encode(told.key.encode()).decode()
    return Login(fields, told.until)


def _token(user: Part, field: str, token: str) -> str:
    """A token that an HTTP header can hold; it is never shown."""
    if token and token.isascii() and token.isprintable() and " " not in token:
        return token
    raise user.wrong(field, "it is no token: one word of ASCII is wanted")


def _password(user: Part) -> Json:
    name, word = user.said.get("username"), user.said.get("password")
    if not name and not word:
        return {}
    if not (isinstance(name, str) and isinstance(word, str) and (name + word).isascii()):
        raise user.wrong("username", "a username and a password are wanted, both ASCII text")
    return {"username": name, "password": word}


def _pair(user: Part) -> Json:
    """A client certificate and its key: both, or neither."""
    certificate = _file_or_data(user, "client-certificate")
    key = _file_or_data(user, "client-key")
    if bool(certificate) is not bool(key):
        missing = "client-certificate" if key else "client-key"
        raise user.wrong(missing, "it is missing: a certificate and its key go together")
    return certificate | key


def _file_or_data(part: Part, field: str) -> Json:
    """A field that is a file's path, or its content in base64; the content counts first."""
    name = f"{field}-data"
    if not part.said.get(name):
        path = part.file(field)
        return {field: path} if path else {}
    said = part.said[name]
    try:
        content = base64.b64decode("".join(said.split()), validate=True)
    except (ValueError, AttributeError) as error:
        raise part.wrong(name, "it is not base64") from error
    if not content:  # the library would leave an empty file
        raise part.wrong(name, "nothing is in it")
    return {name: said}


def _now() -> float:
    return wall().timestamp()
