"""What a first start leaves in etcd is laid into the next one's: beside an etcd of a few lines."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from chaos import private
from chaos.errors import NoCluster
from chaos.providers.embedded.blocks import Block
from chaos.providers.embedded.bootstrap import Bootstrap
from chaos.providers.embedded.plan import Plan

pytestmark = pytest.mark.loopback

ROLE = "/registry/clusterroles/view"
ACCOUNT = "/registry/serviceaccounts/kube-system/job-controller"
OWN = ("/registry/namespaces/default", "/registry/configmaps/kube-system/ca", "/registry/rolf")


class Etcd(socketserver.ThreadingUnixStreamServer):
    """The two calls of etcd's JSON gateway that are used, over a dictionary."""

    daemon_threads = True

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan.home.socket("etcd.sock").as_posix(), Answer)
        self.holds: dict[str, str] = {}
        self.transactions = 0
        self.refuses = False

    def answer(self, call: str, what: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.refuses:
            return 400, {"message": "too many operations in txn request"}
        return 200, self.range(what) if call == "range" else self.txn(what)

    def range(self, what: dict[str, Any]) -> dict[str, Any]:
        first, end = (base64.b64decode(what[k]).decode() for k in ("key", "range_end"))
        keys = [key for key in self.holds if first <= key < end]
        return {"kvs": [pair(key, self.holds[key]) for key in keys]} if keys else {}

    def txn(self, what: dict[str, Any]) -> dict[str, Any]:
        assert len(what["success"]) <= 128, "etcd's own limit"
        self.transactions += 1
        for one in what["success"]:
            key = base64.b64decode(one["requestPut"]["key"]).decode()
            self.holds[key] = base64.b64decode(one["requestPut"]["value"]).decode()
        return {"succeeded": True}


class Answer(BaseHTTPRequestHandler):
    server: Etcd

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, said = self.server.answer(self.path.rpartition("/")[2], json.loads(body))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def address_string(self) -> str:
        return "a socket file"

    def log_message(self, *_: object) -> None:
        pass


def pair(key: str, value: str) -> dict[str, str]:
    coded = [base64.b64encode(text.encode()).decode() for text in (key, value)]
    return {"key": coded[0], "value": coded[1], "version": "1"}


@pytest.fixture
def plan(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv("XDG_CACHE_HOME", str(private.folder(short_folder / "cache")))
    assets = short_folder / "programs"
    assets.mkdir()
    (assets / "kube-apiserver").write_text("of one version")
    plan = Plan("blue", Block(3), assets, short_folder)
    plan.home.create()
    return plan


@pytest.fixture
def etcd(plan: Plan) -> Iterator[Etcd]:
    with Etcd(plan) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def kept(plan: Plan, etcd: Etcd, holds: dict[str, str]) -> dict[str, str]:
    """What an empty etcd holds after one that held this was kept, and laid into it."""
    etcd.holds = dict(holds)
    Bootstrap(plan).keep()
    etcd.holds = {}
    Bootstrap(plan).lay()
    return etcd.holds


def test_roles_and_controllers_accounts_are_laid_into_the_next(plan: Plan, etcd: Etcd) -> None:
    same = {ROLE: "a role", ACCOUNT: "an account"}
    assert kept(plan, etcd, same) == same


@pytest.mark.parametrize("key", OWN)
def test_what_tells_a_cluster_from_another_is_not_kept(plan: Plan, etcd: Etcd, key: str) -> None:
    assert kept(plan, etcd, {ROLE: "a role", key: "of one"}) == {ROLE: "a role"}


def test_more_than_a_transaction_takes_is_laid_in_several(plan: Plan, etcd: Etcd) -> None:
    many = {f"{ROLE}{number}": "a role" for number in range(300)}
    assert kept(plan, etcd, many) == many
    assert etcd.transactions == 3


def test_another_api_server_begins_with_nothing(plan: Plan, etcd: Etcd) -> None:
    etcd.holds = {ROLE: "a role"}
    Bootstrap(plan).keep()
    etcd.holds = {}
    (plan.assets / "kube-apiserver").write_text("of another version")
    Bootstrap(plan).lay()
    assert etcd.holds == {}


@pytest.mark.parametrize("broken", ["", "[", "\xff", "[]", "{}", "7"])
def test_what_is_broken_is_not_laid_and_kept_anew(plan: Plan, etcd: Etcd, broken: str) -> None:
    file = Bootstrap(plan).file
    private.folder(file.parent)
    private.write(file, broken.encode("latin-1"))
    Bootstrap(plan).lay()
    assert etcd.transactions == 0
    assert kept(plan, etcd, {ROLE: "a role"}) == {ROLE: "a role"}


def test_the_first_that_was_kept_is_not_written_again(plan: Plan, etcd: Etcd) -> None:
    assert kept(plan, etcd, {ROLE: "a role"})
    assert kept(plan, etcd, {ROLE: "changed by a user"}) == {ROLE: "a role"}


def test_it_is_nobody_elses(plan: Plan, etcd: Etcd) -> None:
    kept(plan, etcd, {ROLE: "a role"})
    assert Bootstrap(plan).file.stat().st_mode & 0o077 == 0
    assert [file.name for file in Bootstrap(plan).file.parent.iterdir()] == [
        Bootstrap(plan).file.name
    ]


def test_what_etcd_refuses_is_told(plan: Plan, etcd: Etcd) -> None:
    etcd.holds = {ROLE: "a role"}
    Bootstrap(plan).keep()
    etcd.refuses = True
    with pytest.raises(NoCluster, match="etcd would not txn: too many operations"):
        Bootstrap(plan).lay()
