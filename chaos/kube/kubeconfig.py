"""A kubeconfig, read with care: a context, its cluster and its user, or what is wrong with them.

The client library keeps some of what is wrong to itself, a plugin's failure above all, and tells
the rest as it happens to come up. So everything is looked at here, and it is handed what is sound.
Files are merged as kubectl merges them: whatever is named first counts.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from chaos.errors import NoCluster, one_line, quoted
from chaos.files import FEW, read
from chaos.values import Json

HOME = "~/.kube/config"
MEND = "Mend the kubeconfig, or name another"
SECRET = frozenset({"token", "password"})
WORDS = {
    "str": "text",
    "int": "a number",
    "float": "a number",
    "list": "a list",
    "dict": "a mapping",
}
LISTS = {"contexts": "context", "clusters": "cluster", "users": "user"}


@dataclass(frozen=True, slots=True)
class Part:
    """A context, a cluster or a user of a file; `what` names it in errors."""

    what: str
    name: str
    said: Json
    folder: Path

    def text(self, field: str) -> str:
        """A field's text; empty when it is not there. What is wrong with a secret shows none."""
        value = self.said.get(field)
        if value is None or (isinstance(value, str) and value.isprintable()):
            return value or ""
        seen = kind_of(value) if field in SECRET else quoted(value)
        raise self.wrong(field, f"one line of text is wanted, not {seen}")

    def file(self, field: str) -> str:
        """The whole path of the file that a field names; it is there and can be read."""
        named = self.text(field)
        if named:
            self.content(field)
        return str(self.folder / named) if named else ""

    def content(self, field: str) -> bytes:
        """What is in the file that a field names."""
        path = self.folder / self.text(field)
        try:
            return read(path, most=FEW)
        except OSError as error:
            raise self.wrong(field, f"{one_line(path)}: {error.strerror}") from error

    def wrong(self, field: str, why: str, advice: str = MEND) -> NoCluster:
        """An error about a field."""
        return NoCluster(f"{self.what}: {field}: {why}. {advice}")


@dataclass(frozen=True, slots=True)
class Access:
    """Where an API server is, and who we are to it."""

    cluster: Part
    user: Part | None


def kind_of(value: object) -> str:
    """What a value is, without showing it: there are secrets in these files."""
    name = type(value).__name__
    return WORDS.get(name, name)


def access(kubeconfig: Path | str | None, context: str | None) -> Access:
    """What a context of a kubeconfig says; NoCluster with what is wrong with it."""
    paths = _paths(kubeconfig)
    where = one_line(":".join(map(str, paths)))
    files = [(path, _mapping(path)) for path in paths if len(paths) == 1 or path.exists()]
    if not files:
        raise NoCluster(f"{where}: no such file. Name a kubeconfig that is there")
    parts = {kind: _parts(kind, files) for kind in LISTS}
    name = _current(where, files, parts) if context is None else context
    chosen = _chosen("context", name, where, parts["contexts"])
    cluster = _chosen("cluster", chosen.text("cluster"), chosen.what, parts["clusters"])
    named = chosen.text("user")
    user = _chosen("user", named, chosen.what, parts["users"]) if named else None
    return Access(_address(cluster), user)


def _paths(kubeconfig: Path | str | None) -> list[Path]:
    if kubeconfig is not None:
        return [Path(kubeconfig).expanduser()]
    named = [one for one in os.environ.get("KUBECONFIG", "").split(os.pathsep) if one]
    return [Path(one).expanduser() for one in named or [HOME]]


def _mapping(path: Path) -> Json:
    """A file's whole content."""
    where = one_line(path)
    try:
        told = yaml.safe_load(read(path, most=FEW).decode("utf-8-sig"))
    except OSError as error:
        raise NoCluster(f"{where}: {error.strerror}. Name a kubeconfig that is there") from error
    except (yaml.YAMLError, ValueError, LookupError, TypeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        why = one_line(getattr(error, "problem", None) or error)
        raise NoCluster(f"{where}{line}: not YAML: {why}. Mend it, or name another") from error
    if told is None:
        raise NoCluster(f"{where}: it is empty: a kubeconfig is wanted")
    _must_be_ours(where, told)
    return dict(told)


def _must_be_ours(where: str, told: Any) -> None:
    if not isinstance(told, dict):
        raise NoCluster(f"{where}: a kubeconfig is wanted, this is {kind_of(told)}")
    for field, wanted in (("kind", "Config"), ("apiVersion", "v1")):
        if told.get(field, wanted) != wanted:
            seen = quoted(told[field], 60)
            raise NoCluster(f"{where}: {field} is {seen}: of a kubeconfig it is {wanted}")


def _parts(kind: str, files: Sequence[tuple[Path, Json]]) -> dict[str, Part]:
    """The entries of one of the lists, by their names; of two with one name the first."""
    found: dict[str, Part] = {}
    for path, told in files:
        entries = told.get(kind) or []
        if not isinstance(entries, list):
            raise NoCluster(f"{one_line(path)}: {kind}: a list is wanted, not {kind_of(entries)}")
        for number, entry in enumerate(entries):
            part = _part(kind, f"{one_line(path)}: {kind}[{number}]", path, entry)
            found.setdefault(part.name, part)
    return found


def _part(kind: str, place: str, path: Path, entry: Any) -> Part:
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        raise NoCluster(f"{place}: an entry with a name is wanted, not {kind_of(entry)}")
    said = entry.get(LISTS[kind]) or {}
    what = f"{one_line(path)}: {LISTS[kind]} {one_line(name)}"
    if not isinstance(said, dict):
        raise NoCluster(f"{what}: a mapping is wanted, not {kind_of(said)}")
    return Part(what, name, said, path.absolute().parent)


def _current(
    where: str, files: Sequence[tuple[Path, Json]], parts: dict[str, dict[str, Part]]
) -> str:
    for _, told in files:
        if isinstance(name := told.get("current-context"), str) and name:
            return name
    raise NoCluster(f"{where}: no current-context is set: name one of {_names(parts['contexts'])}")


def _chosen(kind: str, name: str, where: str, among: dict[str, Part]) -> Part:
    if not name:
        raise NoCluster(f"{where}: it names no {kind}. {MEND}")
    if name not in among:
        raise NoCluster(f"{where}: there is no {kind} {quoted(name)}: there are {_names(among)}")
    return among[name]


def _names(among: dict[str, Part]) -> str:
    return one_line(", ".join(sorted(among)) or "none")


def _address(cluster: Part) -> Part:
    """The cluster, whose address is one."""
    _must_be_url(cluster, "server", "https://10.0.0.1:6443", {"https", "http"})
    if not cluster.text("server"):
        raise cluster.wrong("server", "it is missing")
    if cluster.text("proxy-url"):
        _must_be_url(cluster, "proxy-url", "http://10.0.0.1:3128", {"https", "http"})
    cluster.text("tls-server-name")
    flag = cluster.said.get("insecure-skip-tls-verify")
    if flag is not None and not isinstance(flag, bool):
        raise cluster.wrong("insecure-skip-tls-verify", f"is true or false, not {quoted(flag)}")
    return cluster


def _must_be_url(cluster: Part, field: str, like: str, schemes: set[str]) -> None:
    said = cluster.text(field)
    try:
        url = urlsplit(said)
        sound = url.scheme in schemes and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:
        sound = False
    if said and (not sound or " " in said):
        raise cluster.wrong(field, f"is an address like {like}, not {quoted(said)}")
