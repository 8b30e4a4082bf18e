"""Credential plugins of a kubeconfig: programs that are asked who we are, by a deadline.

What a plugin writes is a secret: it is never in an error. What it complains of is.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos.clock import Clock, Seconds, SystemClock, seconds, stamp
from chaos.errors import one_line, quoted
from chaos.kube.kubeconfig import Access, Part, kind_of
from chaos.values import Json

PATIENCE = seconds(60)  # a plugin that asks its cloud takes seconds; one that asks nobody hangs
GROUP = "client.authentication.k8s.io/"
FOR_US = f"{GROUP}exec"  # the extension that is for plugins
MOST = 1 << 20  # bytes; a token has a few thousand
BY_HAND = "Run it by hand to see why"
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Credential:
    """What a plugin said: a token, or a certificate and its key; `until` in seconds of 1970."""

    token: str
    certificate: str
    key: str
    until: float | None


def ask(access: Access, user: Part, *, patience: Seconds | None = None) -> Credential:
    """Ask the user's plugin; NoCluster when it is not there, fails, hangs or says nonsense."""
    plugin = _plugin(user)
    version, argv = plugin.text("apiVersion"), [_command(plugin), *_words(plugin)]
    if not version.startswith(GROUP):
        raise plugin.wrong("apiVersion", f"begins with {GROUP}, not {quoted(version)}")
    if plugin.text("interactiveMode") == "Always":
        raise plugin.wrong("interactiveMode", "it wants a terminal, and there is none here")
    environ = {
        **os.environ,
        **_variables(plugin),
        "KUBERNETES_EXEC_INFO": _question(plugin, access),
    }
    said = _run(plugin, argv, environ, PATIENCE if patience is None else patience)
    return _credential(plugin, said, version)


def _plugin(user: Part) -> Part:
    said = user.said["exec"]
    if not isinstance(said, dict):
        raise user.wrong("exec", f"a mapping is wanted, not {kind_of(said)}")
    return Part(f"{user.what}: exec", user.name, said, user.folder)


def _command(plugin: Part) -> str:
    """The program: one with a slash is beside the kubeconfig, others are in PATH."""
    named = plugin.text("command")
    if not named:
        raise plugin.wrong("command", "it is missing")
    found = str(plugin.folder / named) if "/" in named else shutil.which(named)
    if found is None or not Path(found).exists():
        hint = one_line(plugin.said.get("installHint") or "install it")
        raise plugin.wrong("command", f"there is no program {quoted(named)}: {hint}")
    return found


def _words(plugin: Part) -> list[str]:
    words = plugin.said.get("args") or []
    if isinstance(words, list) and all(isinstance(w, str) and "\0" not in w for w in words):
        return list(words)
    raise plugin.wrong("args", f"a list of text is wanted, not {_kinds(words)}")


def _variables(plugin: Part) -> dict[str, str]:
    entries = plugin.said.get("env") or []
    if not isinstance(entries, list):
        raise plugin.wrong("env", f"a list is wanted, not {kind_of(entries)}")
    found = dict[str, str]()
    for entry in entries:
        pair = [entry.get(key) for key in ("name", "value")] if isinstance(entry, dict) else []
        match pair:
            case [str(name), str(value)] if name and "=" not in name and "\0" not in name + value:
                found[name] = value
            case _:
                raise plugin.wrong(
                    "env", f"a name and a value are wanted, both text, in {_keys(entry)}"
                )
        found[name] = value
    return found


def _keys(entry: Any) -> str:
    """What an entry has, without its value, which may be a secret."""
    return quoted(sorted(map(str, entry)), 60) if isinstance(entry, dict) else kind_of(entry)


def _kinds(words: Any) -> str:
    return f"of {', '.join(map(kind_of, words))}" if isinstance(words, list) else kind_of(words)


def _question(plugin: Part, access: Access) -> str:
    """What a plugin is told: that nobody sits here, and if it wants to know, of what cluster."""
    spec: Json = {"interactive": False}
    if plugin.said.get("provideClusterInfo"):
        spec["cluster"] = _cluster(access.cluster)
    return json.dumps(
        {"apiVersion": plugin.text("apiVersion"), "kind": "ExecCredential", "spec": spec},
        default=str,
    )


def _cluster(cluster: Part) -> Json:
    """The cluster, and what its kubeconfig says of it for plugins' eyes."""
    extensions = cluster.said.get("extensions")
    listed = extensions if isinstance(extensions, list) else []
    ours = [e.get("extension") for e in listed if isinstance(e, dict) and e.get("name") == FOR_US]
    said = {field: value for field, value in cluster.said.items() if field != "extensions"}
    return said | ({"config": ours[0]} if ours else {})


def _run(plugin: Part, argv: list[str], environ: dict[str, str], patience: Seconds) -> bytes:
    """What the program wrote; with it go the programs that it started."""
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise plugin.wrong("command", f"{one_line(argv[0])} cannot be run: {why}") from error
    with process:
        try:
            said, complaint = _heard(plugin, process, patience)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        ended = f"{one_line(argv[0])} {_end(process.returncode, complaint)}"
        raise plugin.wrong("command", ended, BY_HAND)
    return said


def _heard(
    plugin: Part, process: subprocess.Popen[bytes], patience: Seconds
) -> tuple[bytes, bytes]:
    """Both of its outputs to their ends, and its own end; NoCluster when that takes too long."""
    clock: Clock = SystemClock()
    heard = {name: bytearray() for name in ("stdout", "stderr")}
    for name, part in _parts(process, clock, patience):
        heard[name] += part
        if len(heard[name]) > MOST:
            raise plugin.wrong("command", f"it wrote more than {MOST >> 20} MiB to its {name}")
    if not _ended(process, patience - clock.now()):
        said = f"{quoted(plugin.text('command'))} did not end within {patience:g} s"
        raise plugin.wrong("command", said, BY_HAND)
    return bytes(heard["stdout"]), bytes(heard["stderr"])


def _ended(process: subprocess.Popen[bytes], left: float) -> bool:
    """Whether it ends in time; without any left something that it started holds its outputs."""
    try:
        return left > 0 and process.wait(left) is not None
    except subprocess.TimeoutExpired:
        return False


def _parts(
    process: subprocess.Popen[bytes], clock: Clock, patience: Seconds
) -> Iterator[tuple[str, bytes]]:
    """What it writes, as it comes, until both outputs or the patience are at their end."""
    with selectors.DefaultSelector() as selector:
        for name in ("stdout", "stderr"):
            selector.register(getattr(process, name), selectors.EVENT_READ, name)
        while selector.get_map() and (left := patience - clock.now()) > 0:
            for key, _ in selector.select(left):
                part = os.read(key.fd, CHUNK)
                if not part:
                    selector.unregister(key.fileobj)
                yield key.data, part


def _end(status: int, complaint: bytes) -> str:
    lines = complaint.decode(errors="replace").strip().splitlines()
    told = f": {one_line(lines[-1])}" if lines else ", and said nothing"
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}{told}"
    return f"failed with status {status}{told}"


def _credential(plugin: Part, said: bytes, version: str) -> Credential:
    """The answer, when it is one."""
    try:
        told = json.loads(said)
    except (ValueError, RecursionError) as error:
        raise plugin.wrong("command", "what it wrote is not JSON") from error
    status = told.get("status") if isinstance(told, dict) else None
    if not isinstance(status, dict) or told.get("kind") != "ExecCredential":
        raise plugin.wrong("command", "what it wrote is no ExecCredential with a status")
    if told.get("apiVersion") != version:
        seen = quoted(told.get("apiVersion"), 60)
        raise plugin.wrong("command", f"it answered in {seen}, and was asked in {version}")
    return _from(plugin, status)


def _from(plugin: Part, status: Json) -> Credential:
    names = ("token", "clientCertificateData", "clientKeyData")
    token, certificate, key = (status.get(name) or "" for name in names)
    texts = all(isinstance(value, str) for value in (token, certificate, key))
    if not texts or not (token or certificate) or bool(certificate) is not bool(key):
        wanted = "a token, or clientCertificateData and clientKeyData"
        raise plugin.wrong("command", f"what it wrote has not {wanted}")
    return Credential(token, certificate, key, _until(plugin, status.get("expirationTimestamp")))


def _until(plugin: Part, said: Any) -> float | None:
    if said is None:
        return None
    try:
        return stamp(said)
    except (ValueError, TypeError, OverflowError) as error:
        raise plugin.wrong("command", f"its expirationTimestamp is {quoted(said, 60)}") from error
