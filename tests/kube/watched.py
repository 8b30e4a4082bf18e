"""A session whose recorder and witness talk to the stand-in API server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import pytest
from deadlines import LONG
from kubernetes.client import Configuration

import chaos.running.asking
from chaos.clock import Seconds, SystemClock, poll, seconds
from chaos.errors import LawBroken, Undecided
from chaos.history.effect import UNSAID
from chaos.history.facts import Endpoints, Entry, Gap, Injected, Node, Observed, Pod
from chaos.history.history import History
from chaos.history.journal import Journal
from chaos.history.timers import Timers
from chaos.judging.judgement import Judgement
from chaos.judging.law import Law, law
from chaos.judging.verdict import Ruling, Verdict
from chaos.kube.client import Client
from chaos.kube.parse import kinds
from chaos.kube.witness import PykubeWitness
from chaos.ports.cluster import Cluster
from chaos.recording.recorder import Recorder
from chaos.running.ledger import Ledger
from chaos.running.session import Chaos
from chaos.testing import app_of, pod
from chaos.testing.apiserver import ApiServer, serving
from chaos.values import Json
from chaos.workloads import LABEL

NS = "ns"
PODS, NODES, SLICES, EVENTS = (kind.path for kind in kinds(NS))
VOUCHED = (PODS, NODES, SLICES)
WATCHES = 4
WEB = app_of(pod("web-1"))
NODE = "worker1"
OFTEN = seconds(0.005)
HASTE = seconds(1)  # the patience of a session and a recorder that are to give up
GLANCE = seconds(0.5)  # that of a witness that is to
KEY = "Bearer first"


def web(*, restarts: int = 0, ready: bool = True, **meta: Any) -> Json:
    """The pod as the API server has it, its container started so many times again."""
    status = {
        "name": "app",
        "containerID": f"app-{restarts}",
        "state": {"running": {"startedAt": meta.pop("started", "2026-11-24T00:00:00Z")}},
        "restartCount": restarts,
        "ready": ready,
    }
    labels = {LABEL: "web"}
    return {
        "metadata": {"name": "web-1", "uid": "uid-web-1", "labels": labels, "namespace": NS} | meta,
        "spec": {"nodeName": NODE},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [status],
        },
    }


def node(*, ready: bool = True) -> Json:
    """The node."""
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {"metadata": {"name": NODE, "uid": "n1"}, "status": {"conditions": conditions}}


def slice_of(*uids: str) -> Json:
    """The service's slice, with these pods ready."""
    meta = {"name": "web-x", "uid": "s1", "labels": {"kubernetes.io/service-name": "web"}}
    return {"metadata": meta, "endpoints": [{"targetRef": {"uid": uid}} for uid in uids]}


@dataclass(frozen=True)
class Nothing:
    """A fault that is no fault: what counts is what was seen since."""

    effect = UNSAID

    def inject(self, cluster: Cluster) -> None:
        pass

    def heal(self, cluster: Cluster) -> None:
        pass

    def symptom(self) -> Law:
        return real()


@law
def real(aftermath: History) -> Verdict:
    """The fault was real."""
    caused = any(isinstance(entry, Injected) for entry in aftermath.entries)
    return Verdict(Ruling.HOLDS if caused else Ruling.BROKEN, "it says so")


class Bare:
    """A cluster on which nothing was run."""

    ran = ()
    timers = Timers(
        lease=seconds(8), monitor_period=seconds(1), monitor_grace=seconds(8), eviction_rate=1
    )


@dataclass
class Scene:
    """The stand-in, who looks at it, and a session that judges what they saw."""

    server: ApiServer
    settings: Configuration
    journal: Journal
    recorder: Recorder
    chaos: Chaos
    patch: pytest.MonkeyPatch
    took: float = 0.0

    def injected(self) -> AbstractContextManager[None]:
        """A fault in force, after which every watch has said something."""
        return self._injected()

    @contextmanager
    def _injected(self) -> Iterator[None]:
        with self.chaos.inject(Nothing()):
            self.hear()
            assert not self.recorder.confirm()
            self.took = self._since_injected()
            yield

    def by(self, span: float) -> Seconds:
        """So long after every watch has said something, as a law counts it: from the injection.

        On a busy machine that may have taken longer than the span itself.
        """
        return Seconds(self.took + span)

    def from_now(self, span: float) -> Seconds:
        """So long after now, as a law counts it: from the injection."""
        return Seconds(self._since_injected() + span)

    def _since_injected(self) -> Seconds:
        [*_, injected] = [e for e in self.entries if isinstance(e, Injected)]
        return Seconds(self.journal.clock.now() - injected.at)

    def have_patience(self, own: Seconds = LONG, glance: Seconds = LONG) -> None:
        """Whoever waits for an answer waits for as long as a busy machine takes."""
        self.patch.setattr(chaos.running.asking, "PATIENCE", own)
        self.recorder.patience = own
        self.recorder.witness.close()
        self.recorder.witness = PykubeWitness(self.settings, NS, patience=glance)

    def give_up_soon(self) -> None:
        """Whoever waits for an answer does so for a second: here, none is to come in time."""
        self.have_patience(HASTE, GLANCE)

    def hear(self, *paths: str) -> None:
        """Return when these watches, or all that are vouched for, have just said something."""
        now = self.journal.clock.now()
        for path in paths or VOUCHED:
            self.server.store.bookmark(path)
        asked = [f for f in self.recorder.watchers if f.kind.path in (paths or VOUCHED)]
        assert poll(lambda: all(f.good > now for f in asked), within=LONG, every=OFTEN)

    def pass_time(self, span: float) -> None:
        """Let time go by."""
        poll(lambda: False, within=seconds(span), every=seconds(span))

    def await_entry(self, wanted: Callable[[Entry], bool]) -> None:
        """Return when the journal has such an entry."""
        found = poll(lambda: any(map(wanted, self.entries)), within=LONG, every=OFTEN)
        assert found, self.entries

    def later(self, span: float, do: Callable[[], object]) -> None:
        """Have something done after a while, whatever goes on here."""
        timer = threading.Timer(span, do)
        timer.daemon = True
        timer.start()

    @property
    def entries(self) -> list[Entry]:
        """All that is written down."""
        return list(self.journal.index.entries)

    @property
    def gaps(self) -> list[Gap]:
        """The gaps among it."""
        return [entry for entry in self.entries if isinstance(entry, Gap)]

    def judgement(self, *laws: Law) -> Judgement:
        """What the session says when it is asked; it waits as long as it must."""
        with suppress(LawBroken, Undecided):
            self.chaos.expect(*laws)
        return self.chaos.judgements[-1]

    def ruling(self, one: Law) -> Ruling:
        """Its ruling on one law."""
        [(_, verdict)] = self.judgement(one).verdicts
        return verdict.ruling


def sees(kind: type[Pod | Node | Endpoints], **said: object) -> Callable[[Entry], bool]:
    """Whether an entry is a sighting of a thing of this kind that says so."""

    def wanted(entry: Entry) -> bool:
        thing = entry.thing if isinstance(entry, Observed) else None
        return isinstance(thing, kind) and all(getattr(thing, k) == v for k, v in said.items())

    return wanted


@contextmanager
def watching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A scene in which all is well: a node, a pod, its service."""
    with serving() as server:
        server.store.put(NODES, node())
        server.store.put(PODS, web())
        server.store.put(SLICES, slice_of("uid-web-1"))
        settings = Configuration(host=server.url)
        settings.api_key["BearerToken"] = KEY
        settings.retries = False
        journal = Journal(SystemClock())
        witness = PykubeWitness(settings, NS)
        recorder = Recorder(Client(settings), witness, journal, kinds(NS))
        recorder.start()
        assert server.wait_for_watches(WATCHES)
        ledger = Ledger(tmp_path / "ledger")
        session = Chaos(cast(Cluster, Bare()), journal, recorder, ledger, look_on=seconds(0))
        scene = Scene(server, settings, journal, recorder, session, monkeypatch)
        scene.have_patience()
        yield scene
        recorder.stop()


Loss = Literal["reset", "cut", "half a line", "down"]


@contextmanager
def away(scene: Scene, how: Loss) -> Iterator[None]:
    """The API server is gone, or cuts every watch and answers nothing but 503."""
    if how == "down":
        scene.server.down()
    else:
        scene.server.refuse(503)
        scene.server.end(how)
    lost = lambda: all(f.lost for f in scene.recorder.watchers)  # noqa: E731
    assert poll(lost, within=LONG, every=OFTEN)
    yield
    if how == "down":
        scene.server.up()
    scene.server.relent()
    assert poll(lambda: not scene.recorder.trouble, within=LONG, every=OFTEN)
