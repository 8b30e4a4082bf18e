"""Kubeconfigs that cannot be used: one line that names the file, the entry and the field."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from clear import must_be_clear, snapshot
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from deadlines import LONG
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.clock import poll, seconds
from chaos.errors import NoCluster
from chaos.kube import plugins
from chaos.kube.client import configuration
from chaos.providers.embedded.pki import Identity, Pki
from chaos.recording.ports import Lost

Json = dict[str, Any]
V1 = "client.authentication.k8s.io/v1"
SERVER = "https://10.0.0.1:6443"
SECRET = "s3cr3t-t0ken"


def running_in(group: str) -> list[str]:
    """The processes of a group that run still; one that nobody reaps is over."""
    running = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ends while it is looked at
            state, _, its_group, *_ = path.read_text().rpartition(") ")[2].split()
            running += [path.parent.name] if its_group == group and state != "Z" else []
    return running


def written(folder: Path, config: object, name: str = "config") -> Path:
    path = folder / name
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    return path


def whole(*, cluster: object = None, user: object = None, **others: object) -> Json:
    """A kubeconfig with nothing wrong but what is given."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": SERVER} if cluster is None else cluster}],
        "users": [{"name": "u", "user": {"token": SECRET} if user is None else user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    } | others


def refused(path: Path | str | None, *named: str | Path, context: str | None = None) -> str:
    """What is said of a kubeconfig that cannot be used: one clear line."""
    with pytest.raises(NoCluster) as told:
        configuration(path, context)
    must_be_clear(told.value, *named)
    assert SECRET not in str(told.value)
    return str(told.value)


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def loop(path: Path) -> None:
    path.symlink_to(path)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 40)


def nothing(path: Path) -> None:
    del path


def a_socket(path: Path) -> None:
    one = socket.socket(socket.AF_UNIX)
    one.bind(str(path)[:107])
    one.close()


NO_FILES: list[tuple[Callable[[Path], None], str]] = [
    (nothing, "No such file"),
    (folder, "a folder, not a file"),
    (pipe, "a pipe, not a file"),
    (loop, "Too many levels of symbolic links"),
    (dangling, "No such file"),
    (endless, "a device, not a file"),
    (huge, "larger than 4 MiB"),
]


@pytest.mark.parametrize(("make", "why"), NO_FILES)
def test_what_is_no_file_is_named_and_not_waited_for(
    tmp_path: Path, make: Callable[[Path], None], why: str
) -> None:
    path = tmp_path / "config"
    make(path)

    refused(path, path, why)


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "a\nb", "\x1b[2J", "\u202eevil"])
def test_a_path_that_cannot_be_one_is_named_on_one_line(tmp_path: Path, name: str) -> None:
    refused(f"{tmp_path}/{name}", str(tmp_path)[:40])


def test_a_file_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, whole())
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read anything: the kernel's answer is given for it

        def refuse(*_: object) -> int:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(os, "open", refuse)

    refused(path, path, "Permission denied")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("---\n", "it is empty"),
        ("# a comment\n", "it is empty"),
        ("just words", "a kubeconfig is wanted, this is text"),
        ("- a\n- b\n", "a kubeconfig is wanted, this is a list"),
        ("42", "a kubeconfig is wanted, this is a number"),
        ("a: [1\nb: 2\n", "config:2: not YAML"),
        ("\tclusters: []\n", "config:1: not YAML"),
        ("a: b: c\n", "config:1: not YAML"),
        ("a: *nobody\n", "not YAML: found undefined alias"),
        ("a: !!python/object:os.system x\n", "not YAML"),
        ("a: 2020-99-99\n", "not YAML"),
        ("a: !!bool perhaps\n", "not YAML"),
        ("a: " + "[" * 600, "not YAML"),
        (f"a: {'9' * 5000}\n", "not YAML"),
        ("a: b\n---\nc: d\n", "not YAML"),
        ("kind: Pod\napiVersion: v1\n", "kind is 'Pod': of a kubeconfig it is Config"),
        ("kind: [Config]\n", "kind is "),
        ("apiVersion: v2\n", "apiVersion is 'v2': of a kubeconfig it is v1"),
        ("apiVersion: v1\nkind: Config\n", "no current-context is set: name one of none"),
        ("current-context: x\n", "there is no context 'x': there are none"),
        ("clusters: {a: b}\ncurrent-context: x\n", "clusters: a list is wanted, not a mapping"),
        ("users: 3\ncurrent-context: x\n", "users: a list is wanted, not a number"),
        ("contexts: [3]\ncurrent-context: x\n", "contexts[0]: an entry with a name is wanted"),
        ("contexts: [{name: 3}]\n", "contexts[0]: an entry with a name is wanted"),
        ("contexts: [{name: x, context: 3}]\n", "context x: a mapping is wanted, not a number"),
        ("contexts: [{name: x}]\ncurrent-context: x\n", "context x: it names no cluster"),
        ("contexts: [{name: x}]\n", "no current-context is set: name one of x"),
        ("contexts: [{name: x}]\ncurrent-context: 3\n", "no current-context is set"),
    ],
)
def test_what_is_no_kubeconfig_is_one_line(tmp_path: Path, text: str, why: str) -> None:
    path = written(tmp_path, text)

    refused(path, path, why)


@pytest.mark.parametrize(
    "raw",
    [b"\xff\xfe\x00", b"a: \x00b", b"\x80\x81", b"clusters: [\xc3\x28]", bytes(range(256))],
)
def test_bytes_that_are_no_text_are_one_line(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "config"
    path.write_bytes(raw)

    refused(path, path, "not YAML")


def test_a_byte_order_mark_and_dos_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "config"
    lines = [f"{key}: {json.dumps(value)}" for key, value in whole().items()]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())

    assert configuration(path).host == SERVER


CONTEXTS = [{"name": "x", "context": {"cluster": "gone", "user": "u"}}]
USERS = [{"name": "x", "context": {"cluster": "c", "user": "gone"}}]


@pytest.mark.parametrize(
    ("config", "context", "why"),
    [
        (whole(), "nope", "there is no context 'nope': there are x"),
        (whole(), "", "it names no context"),
        (whole(), "a\nb", r"there is no context 'a\nb'"),
        (whole(), "y" * 5000, "there is no context 'yyy"),
        (whole(**{"current-context": "gone"}), None, "there is no context 'gone': there are x"),
        (whole(contexts=CONTEXTS), None, "context x: there is no cluster 'gone': there are c"),
        (whole(contexts=USERS), None, "context x: there is no user 'gone': there are u"),
        (whole(contexts=None), None, "there is no context 'x': there are none"),
    ],
)
def test_a_name_that_nothing_has_is_told_with_those_there_are(
    tmp_path: Path, config: Json, context: str | None, why: str
) -> None:
    path = written(tmp_path, config)

    refused(path, path, why, context=context)


@pytest.mark.parametrize(
    ("cluster", "why"),
    [
        ({}, "server: it is missing"),
        ({"server": ""}, "server: it is missing"),
        ({"server": 6443}, "server: one line of text is wanted, not 6443"),
        ({"server": "10.0.0.1:6443"}, "server: is an address like"),
        ({"server": "ftp://10.0.0.1"}, "server: is an address like"),
        ({"server": "https://"}, "server: is an address like"),
        ({"server": "https://a:port"}, "not 'https://a:port'"),
        ({"server": "https://a:99999"}, "not 'https://a:99999'"),
        ({"server": "https://[::1"}, "server: is an address like"),
        ({"server": "https://a b"}, "server: is an address like"),
        ({"server": "https://a\nb"}, r"not 'https://a\nb'"),
        ({"server": SERVER, "proxy-url": "socks5://a"}, "proxy-url: is an address like"),
        ({"server": SERVER, "proxy-url": 3}, "proxy-url: one line of text is wanted"),
        ({"server": SERVER, "tls-server-name": [1]}, "tls-server-name: one line of text"),
        ({"server": SERVER, "insecure-skip-tls-verify": "yes"}, "is true or false, not 'yes'"),
        ({"server": SERVER, "insecure-skip-tls-verify": 1}, "is true or false, not 1"),
        ({"server": SERVER, "insecure-skip-tls-verify": []}, "is true or false, not []"),
        ({"server": SERVER, "certificate-authority": "ca.crt"}, "ca.crt: No such file"),
        ({"server": SERVER, "certificate-authority": "."}, "a folder, not a file"),
        ({"server": SERVER, "certificate-authority": "/dev/zero"}, "a device, not a file"),
        ({"server": SERVER, "certificate-authority": 3}, "one line of text is wanted, not 3"),
        ({"server": SERVER, "certificate-authority": "config"}, "no certificate is in it"),
        ({"server": SERVER, "certificate-authority-data": "%%"}, "it is not base64"),
        ({"server": SERVER, "certificate-authority-data": "abc"}, "it is not base64"),
        ({"server": SERVER, "certificate-authority-data": 7}, "it is not base64"),
        ({"server": SERVER, "certificate-authority-data": "\n"}, "nothing is in it"),
        ({"server": SERVER, "certificate-authority-data": "YWJj"}, "no certificate is in it"),
        ("words", "cluster c: a mapping is wanted, not text"),
    ],
)
def test_a_cluster_that_cannot_be_reached_so_names_the_field(
    tmp_path: Path, cluster: object, why: str
) -> None:
    path = written(tmp_path, whole(cluster=cluster))

    refused(path, f"{path}: cluster c: ", why)


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ({"token": 12345678}, "token: one line of text is wanted, not a number"),
        ({"token": f"{SECRET}\n"}, "token: one line of text is wanted, not text"),
        ({"token": f"two {SECRET}"}, "token: it is no token"),
        ({"token": "é" + SECRET}, "token: it is no token"),
        ({"tokenFile": "nowhere"}, "nowhere: No such file"),
        ({"tokenFile": "empty"}, "tokenFile: it is no token"),
        ({"tokenFile": "."}, "a folder, not a file"),
        ({"tokenFile": "/dev/zero"}, "a device, not a file"),
        ({"username": "u"}, "username: a username and a password are wanted"),
        ({"username": "u", "password": 3}, "username: a username and a password are wanted"),
        ({"username": "ü", "password": SECRET}, "username: a username and a password are wanted"),
        ({"client-certificate": "config"}, "client-key: it is missing"),
        ({"client-key": "config"}, "client-certificate: it is missing"),
        ({"client-certificate": "no.crt", "client-key": "config"}, "no.crt: No such file"),
        ({"client-certificate": "config", "client-key": "no.key"}, "no.key: No such file"),
        ({"client-certificate-data": "&", "client-key-data": "YQ=="}, "it is not base64"),
        ({"client-certificate-data": "YQ==", "client-key-data": "YQ=="}, "no certificate with"),
        ({"client-certificate": "config", "client-key": "config"}, "no certificate with its key"),
        ({"auth-provider": {"name": "gcp"}}, "auth-provider: only a plugin (exec) is asked here"),
        ({"exec": "aws"}, "exec: a mapping is wanted, not text"),
        ({"exec": {"apiVersion": V1}}, "exec: command: it is missing"),
        ({"exec": {"command": 3, "apiVersion": V1}}, "command: one line of text is wanted, not 3"),
        ({"exec": {"command": "no-such", "apiVersion": V1}}, "there is no program 'no-such'"),
        (
            {"exec": {"command": "x-y", "apiVersion": V1, "installHint": "get\nx-y"}},
            r"there is no program 'x-y': get\nx-y",
        ),
        ({"exec": {"command": "./no", "apiVersion": V1}}, "there is no program './no'"),
        ({"exec": {"command": "sh"}}, "apiVersion: begins with client.authentication"),
        ({"exec": {"command": "sh", "apiVersion": "v1"}}, "apiVersion: begins with"),
        ({"exec": {"command": "sh", "apiVersion": V1, "args": "x"}}, "args: a list of text"),
        ({"exec": {"command": "sh", "apiVersion": V1, "args": [1]}}, "not of a number"),
        ({"exec": {"command": "sh", "apiVersion": V1, "args": ["\0"]}}, "args: a list of text"),
        ({"exec": {"command": "sh", "apiVersion": V1, "env": 3}}, "env: a list is wanted"),
        ({"exec": {"command": "sh", "apiVersion": V1, "env": [SECRET]}}, "in text"),
        ({"exec": {"command": "sh", "apiVersion": V1, "env": [{"name": "a"}]}}, "in ['name']"),
        (
            {"exec": {"command": "sh", "apiVersion": V1, "env": [{"name": "a=", "value": SECRET}]}},
            "in ['name', 'value']",
        ),
        (
            {"exec": {"command": "sh", "apiVersion": V1, "interactiveMode": "Always"}},
            "interactiveMode: it wants a terminal",
        ),
        (SECRET, "user u: a mapping is wanted, not text"),
    ],
)
def test_a_user_that_nobody_can_be_names_the_field_and_no_secret(
    tmp_path: Path, user: object, why: str
) -> None:
    path = written(tmp_path, whole(user=user))
    (tmp_path / "empty").touch()

    refused(path, f"{path}: user u", why)


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    made = Pki(tmp_path / "pki")
    made.create()
    return made


def test_a_key_that_wants_a_password_asks_nobody_for_it(tmp_path: Path, pki: Pki) -> None:
    key = load_pem_private_key((pki.folder / "ca.key").read_bytes(), None)
    locked = BestAvailableEncryption(b"password")
    (pki.folder / "ca.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    )
    user = {"client-certificate": "pki/ca.crt", "client-key": "pki/ca.key"}
    path = written(tmp_path, whole(user=user))

    refused(path, "client-certificate: no certificate with its key, unencrypted")


def test_certificates_by_data_and_by_files_beside_the_kubeconfig_are_used(
    tmp_path: Path, pki: Pki
) -> None:
    ca = pki.folder / "ca.crt"
    by_file = whole(
        cluster={"server": SERVER, "certificate-authority": "pki/ca.crt"},
        user={"client-certificate": "pki/ca.crt", "client-key": "pki/ca.key"},
    )
    pki.kubeconfig(tmp_path / "made", Identity("admin"), cluster="c", api=SERVER)

    found = configuration(written(tmp_path, by_file))
    kept = configuration(tmp_path / "made")

    assert (found.ssl_ca_cert, found.key_file) == (str(ca), str(pki.folder / "ca.key"))
    assert Path(str(kept.ssl_ca_cert)).read_bytes() == ca.read_bytes()
    assert Path(str(kept.key_file)).read_bytes() == (pki.folder / "made.key").read_bytes()


class TestPlugins:
    """Credential plugins: real programs."""

    pytestmark = pytest.mark.subprocess

    @staticmethod
    def user(folder: Path, body: str, **others: object) -> Json:
        program = folder / "plugin"
        program.write_text(f"#!{sys.executable} -S\nimport json, os, sys, time\n{body}\n")
        program.chmod(stat.S_IRWXU)
        return {"exec": {"command": "./plugin", "apiVersion": V1, "args": None, **others}}

    @staticmethod
    def says(**status: object) -> str:
        told = {"apiVersion": V1, "kind": "ExecCredential", "status": status}
        return f"print({json.dumps(told)!r})"

    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ("sys.exit(3)", "failed with status 3, and said nothing"),
            ("sys.exit('log in first')", "failed with status 1: log in first"),
            ("sys.exit('many\\nlines\\x1b[2J')", r"failed with status 1: lines\x1b[2J"),
            ("os.kill(os.getpid(), 9)", "was ended by SIGKILL"),
            ("pass", "what it wrote is not JSON"),
            ("print('<html>')", "what it wrote is not JSON"),
            (f"print({SECRET!r})", "what it wrote is not JSON"),
            ("print('[' * 100000)", "what it wrote is not JSON"),
            ("sys.stdout.buffer.write(bytes(range(256)))", "what it wrote is not JSON"),
            ("print('[]')", "no ExecCredential with a status"),
            ("print('{}')", "no ExecCredential with a status"),
            (f"print({json.dumps({'status': {'token': SECRET}})!r})", "no ExecCredential"),
            ("while True: print('x' * 9999)", "it wrote more than 1 MiB to its stdout"),
            ("while True: sys.stderr.write('x' * 9999)", "more than 1 MiB to its stderr"),
        ],
    )
    def test_a_plugin_that_fails_or_says_nonsense_is_one_line(
        self, tmp_path: Path, body: str, why: str
    ) -> None:
        path = written(tmp_path, whole(user=self.user(tmp_path, body)))

        refused(path, f"{path}: user u: exec: command: ", why)

    @pytest.mark.parametrize(
        ("status", "why"),
        [
            ({}, "has not a token"),
            ({"token": ""}, "has not a token"),
            ({"token": 5}, "has not a token"),
            ({"token": SECRET + "\n"}, "it is no token"),
            ({"clientCertificateData": SECRET}, "or clientCertificateData and clientKeyData"),
            ({"clientCertificateData": "a", "clientKeyData": "b"}, "no certificate with its key"),
            ({"token": SECRET, "expirationTimestamp": "soon"}, "expirationTimestamp is 'soon'"),
            ({"token": SECRET, "expirationTimestamp": 5}, "expirationTimestamp is 5"),
        ],
    )
    def test_an_answer_that_is_no_credential_is_one_line(
        self, tmp_path: Path, status: Json, why: str
    ) -> None:
        cluster = {"server": SERVER, "insecure-skip-tls-verify": True}
        user = self.user(tmp_path, self.says(**status))
        path = written(tmp_path, whole(cluster=cluster, user=user))

        refused(path, f"{path}: user u", why)

    def test_an_answer_of_another_version_is_one_line(self, tmp_path: Path) -> None:
        old = f"{plugins.GROUP}v1beta1"
        path = written(
            tmp_path, whole(user=self.user(tmp_path, self.says(token="t"), apiVersion=old))
        )

        refused(path, f"it answered in '{V1}', and was asked in {old}")

    @pytest.mark.parametrize(
        "body",
        [
            "sleep 60",
            "cat; sleep 60",
            "sleep 60 & exit 0",
            "exec >&- 2>&-; sleep 60",
            "while :; do echo x; sleep 0.01; done",
        ],
    )
    def test_a_plugin_that_hangs_is_ended_with_all_that_it_started(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
    ) -> None:
        monkeypatch.setattr(plugins, "PATIENCE", seconds(0.6))
        path = written(tmp_path, whole(user=self.user(tmp_path, "")))
        (tmp_path / "plugin").write_text(f"#!/bin/sh\necho $$ >{tmp_path}/group\n{body}\n")

        refused(path, f"{path}: user u: exec: command: './plugin' did not end within 0.6 s")

        group = (tmp_path / "group").read_text().strip()
        assert poll(lambda: not running_in(group), within=LONG, every=seconds(0.02))

    @pytest.mark.parametrize(
        ("make", "why"),
        [
            (lambda path: path.chmod(0o600), "Permission denied"),
            (lambda path: path.write_text(""), "Exec format error"),
            (lambda path: (path.unlink(), path.mkdir()), "Permission denied"),
            (lambda path: path.write_text("#!/no/such/interpreter\n"), "No such file"),
        ],
    )
    def test_a_program_that_cannot_be_run_is_one_line(
        self, tmp_path: Path, make: Callable[[Path], object], why: str
    ) -> None:
        path = written(tmp_path, whole(user=self.user(tmp_path, "")))
        make(tmp_path / "plugin")

        refused(path, "plugin cannot be run: ", why)

    def test_a_plugin_is_told_what_it_asks_for_and_its_token_is_used(self, tmp_path: Path) -> None:
        body = (
            "told = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n"
            "token = told['spec']['cluster']['server'][-4:] + os.environ['A'] + sys.argv[1]\n"
            "print(json.dumps(dict(told, status={'token': token, 'expirationTimestamp': None})))"
        )
        user = self.user(
            tmp_path,
            body,
            args=["-c"],
            env=[{"name": "A", "value": "-b"}],
            provideClusterInfo=True,
        )

        found = configuration(written(tmp_path, whole(user=user)))

        assert found.api_key["BearerToken"] == "Bearer 6443-b-c"

    @pytest.mark.parametrize("until", ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
    def test_a_plugin_is_asked_again_only_when_its_token_is_over(
        self, tmp_path: Path, until: str
    ) -> None:
        user = self.user(tmp_path, self.says(token="first", expirationTimestamp=until))
        found = configuration(written(tmp_path, whole(user=user)))
        self.user(tmp_path, self.says(token="second"))

        auth: Json = dict(found.auth_settings())

        expected = "second" if until.startswith("2020") else "first"
        assert auth["BearerToken"]["value"] == f"Bearer {expected}"

    def test_a_plugin_that_fails_later_is_no_answer_from_the_cluster(self, tmp_path: Path) -> None:
        past = "2020-01-01T00:00:00Z"
        user = self.user(tmp_path, self.says(token="first", expirationTimestamp=past))
        found = configuration(written(tmp_path, whole(user=user)))
        self.user(tmp_path, "sys.exit('gone')")

        with pytest.raises(Lost, match="failed with status 1: gone") as told:
            found.auth_settings()
        must_be_clear(told.value)


def test_a_token_s_file_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chaos.kube.credentials.REREAD", seconds(0))
    token = tmp_path / "token"
    token.write_text("first\n")
    found = configuration(written(tmp_path, whole(user={"tokenFile": "token"})))
    token.write_text("second\n")

    auth: Json = dict(found.auth_settings())

    assert auth["BearerToken"]["value"] == "Bearer second"


def test_of_several_files_the_first_counts_and_those_that_are_not_there_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = written(tmp_path, whole(users=[]), "one")
    other = whole(cluster={"server": "https://other"}, **{"current-context": "y"})
    two = written(tmp_path, other, "two")
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'none'}:{one}::{two}")

    found = configuration()

    assert (found.host, found.api_key["BearerToken"]) == (SERVER, f"Bearer {SECRET}")


@pytest.mark.parametrize("value", ["none", "none:nowhere", ":none:"])
def test_when_no_file_of_the_variable_is_there_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", value)

    refused(None, "none", "o such file")


def test_without_any_word_the_one_at_home_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", "")

    refused(None, tmp_path / ".kube" / "config", "No such file")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
FIELDS = (
    ("clusters",),
    ("clusters", 0),
    ("clusters", 0, "name"),
    ("clusters", 0, "cluster"),
    ("clusters", 0, "cluster", "server"),
    ("clusters", 0, "cluster", "certificate-authority"),
    ("clusters", 0, "cluster", "certificate-authority-data"),
    ("clusters", 0, "cluster", "insecure-skip-tls-verify"),
    ("clusters", 0, "cluster", "tls-server-name"),
    ("clusters", 0, "cluster", "proxy-url"),
    ("users",),
    ("users", 0),
    ("users", 0, "name"),
    ("users", 0, "user"),
    ("users", 0, "user", "token"),
    ("users", 0, "user", "tokenFile"),
    ("users", 0, "user", "client-certificate-data"),
    ("users", 0, "user", "client-key"),
    ("users", 0, "user", "username"),
    ("users", 0, "user", "auth-provider"),
    ("users", 0, "user", "exec"),
    ("contexts",),
    ("contexts", 0),
    ("contexts", 0, "name"),
    ("contexts", 0, "context"),
    ("contexts", 0, "context", "cluster"),
    ("contexts", 0, "context", "user"),
    ("current-context",),
    ("kind",),
    ("apiVersion",),
)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: ".".join(map(str, field)))
@settings(max_examples=25, deadline=None)
@given(value=ANYTHING)
def test_whatever_a_field_holds_it_is_used_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, field: tuple[str | int, ...], value: object
) -> None:
    config = json.loads(json.dumps(whole()))
    *way, last = field
    place = config
    for step in way:
        place = place[step]
    place[last] = value
    path = written(tmp_path_factory.mktemp("any"), config)
    before = snapshot(path.parent)

    try:
        configuration(path)
    except NoCluster as told:
        must_be_clear(told)
    assert snapshot(path.parent) == before
