"""Whether the recorder keeps up with a flood of events, beside a bare watch of the same flood.

    python benchmarks/events.py [--rate 10000] [--seconds 10] [--trials 3]

The API server is a stand-in, a process of its own on loopback: 50 pods of 4 KB, every event is
news of one. As the real one it closes a watch that falls behind (by --patience seconds), and a new
watch goes on from a list. Recorder and bare loop (`kubernetes.watch.Watch` over the typed API) each
run in a process of their own. `late` is from the moment of sending to that of having it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any

from kubernetes import client as kubernetes
from kubernetes.watch import Watch

from chaos.clock import Clock, SystemClock
from chaos.history.facts import Entry, Gap, Observed, Pod
from chaos.history.journal import Journal
from chaos.kube.client import Client, Settings
from chaos.kube.parse import kinds
from chaos.kube.witness import PykubeWitness
from chaos.recording.recorder import Recorder

PODS, BATCH = 50, 0.01  # s between two batches
OVER = "the flood is over"
FORK = multiprocessing.get_context("fork")


@dataclass
class Seen:
    """What one looker had of the flood."""

    late: list[float] = field(default_factory=list)
    gaps: list[tuple[float, float]] = field(default_factory=list)
    took: float = 0.0
    cpu: float = 0.0
    mib: float = 0.0
    vouched: str = ""

    def __str__(self) -> str:
        late = sorted(self.late) or [0.0]
        blind = sum(until - at for at, until in self.gaps)
        return (
            f"{len(self.late):7d} had  {1e6 * self.cpu / max(1, len(self.late)):5.0f} CPU us each"
            f"  late: median {1000 * statistics.median(late):6.0f} ms, max {late[-1]:5.1f} s"
            f"  {len(self.gaps)} gaps of {blind:.1f} s  +{self.mib:.0f} MiB  {self.vouched}"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rate", type=int, default=10_000)
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--patience", type=float, default=1)
    options.add_argument("--trials", type=int, default=3)
    chosen = options.parse_args()
    ratios = []
    for _ in range(chosen.trials):
        ours = trial(recorded, chosen)
        bare = trial(watched, chosen)
        ratios.append(each(ours) / each(bare))
        print(f"ours {ours}\nbare {bare}")
    print(f"CPU for an event, ours / bare: {statistics.median(ratios):.2f}")


def each(seen: Seen) -> float:
    return seen.cpu / max(1, len(seen.late))


def trial(look: Callable[[str, Clock, Connection], None], chosen: argparse.Namespace) -> Seen:
    """One flood, looked at in one way."""
    clock = SystemClock()  # the forks inherit it: all read the same clock from the same zero
    here, there = FORK.Pipe()
    serving = FORK.Process(target=serve, args=(there, clock, chosen))
    serving.start()
    ours, theirs = FORK.Pipe()
    looking = FORK.Process(target=look, args=(f"http://127.0.0.1:{here.recv()}", clock, theirs))
    looking.start()
    try:
        seen: Seen = ours.recv()
    finally:
        for process in (looking, serving):
            process.terminate()
            process.join()
    return seen


def recorded(host: str, clock: Clock, pipe: Connection) -> None:
    """The recorder and its journal."""
    seen, over, before = Seen(), threading.Event(), usage()

    def keep(entry: Entry) -> None:
        match entry:
            case Observed(at=at, thing=Pod(containers=(container,))):
                over.set() if container.message == OVER else seen.late.append(
                    at - float(container.message)
                )
            case Gap(at=at, until=until):
                seen.gaps.append((at, until))
            case _:
                pass

    journal = Journal(clock, keep)
    client = Client(Settings(host=host))
    witness = PykubeWitness(client.settings, "default")
    recorder = Recorder(client, witness, journal, kinds("default"))
    recorder.start()
    over.wait()
    asked = clock.now()
    why = recorder.confirm()
    seen.vouched = why or f"vouched for after {clock.now() - asked:.1f} s"
    recorder.stop()
    measure(seen, before)
    pipe.send(seen)


def watched(host: str, clock: Clock, pipe: Connection) -> None:
    """The loop that one would write: typed objects, from the list's version on."""
    seen, before = Seen(), usage()
    api = kubernetes.CoreV1Api(kubernetes.ApiClient(Settings(host=host)))
    over = False
    while not over:
        version = api.list_namespaced_pod("default").metadata.resource_version
        lost = clock.now()
        try:
            for event in Watch().stream(
                api.list_namespaced_pod, "default", resource_version=version
            ):
                message = event["object"].status.message
                over = over or message == OVER
                if over:
                    break
                seen.late.append(clock.now() - float(message))
                lost = clock.now()
        except Exception as error:  # noqa: BLE001  whatever ends a watch is a gap here
            del error
        if not over:
            seen.gaps.append((lost, clock.now()))
    measure(seen, before)
    pipe.send(seen)


def usage() -> tuple[float, float]:
    """CPU seconds and the most memory in MiB so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(seen: Seen, before: tuple[float, float]) -> None:
    cpu, mib = usage()
    seen.cpu, seen.mib = cpu - before[0], mib - before[1]


@dataclass
class Flood:
    """The pods, and what becomes of them."""

    clock: Clock
    rate: int
    end: float
    version: int = 1
    last: dict[str, bytes] = field(default_factory=dict)

    def batch(self, count: int) -> bytes:
        """So many events, sent now."""
        return b"".join(self.event(f"{self.clock.now():.6f}") for _ in range(count))

    def event(self, message: str) -> bytes:
        """One event: a pod says something new."""
        self.version += 1
        name = f"web-{self.version % PODS}"
        self.last[name] = PATTERN % {
            b"name": name.encode(),
            b"version": str(self.version).encode(),
            b"message": message.encode(),
        }
        return b'{"type":"MODIFIED","object":%s}\n' % self.last[name]


def pattern() -> bytes:
    """A pod of the size that the API server sends, most of it of no interest here."""
    state = {"waiting": {"reason": "Flooded", "message": "%(message)s"}}
    status = {
        "name": "app",
        "image": "app",
        "imageID": "",
        "ready": True,
        "restartCount": 0,
        "state": state,
    }
    managed = [{"manager": "kubelet", "fieldsV1": {f"f:{n}": {} for n in range(200)}}]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "uid": "%(name)s",
            "name": "%(name)s",
            "namespace": "default",
            "resourceVersion": "%(version)s",
            "managedFields": managed,
        },
        "spec": {"nodeName": "worker1", "containers": [{"name": "app"}]},
        "status": {
            "phase": "Running",
            "message": "%(message)s",
            "containerStatuses": [status],
        },
    }
    return json.dumps(pod).encode()


PATTERN = pattern()


def serve(pipe: Connection, clock: Clock, chosen: argparse.Namespace) -> None:
    """The stand-in: one flood of pods, over all watches of them together."""
    flood = Flood(clock, chosen.rate, float("inf"))

    class Handler(BaseHTTPRequestHandler):
        """Answers lists and watches."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None:
            """Nothing: this is a measurement."""

        def do_GET(self) -> None:
            """A list, or a watch."""
            items = b",".join(flood.last.values()) if "/pods" in self.path else b""
            whole = b'{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"%d"},' % (
                flood.version
            )
            whole += b'"items":[%s]}' % items
            self.send_response(200)
            if "watch=" not in self.path:
                self.send_header("Content-Length", str(len(whole)))
                self.end_headers()
                self.wfile.write(whole)
                return
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            if "/pods" in self.path:
                self.close_connection = True
                pour(flood, self.wfile.write, chosen)
            threading.Event().wait()

    class Server(ThreadingHTTPServer):
        """Who is cut off was too slow: that is what is measured."""

        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Nothing to say."""

    server = Server(("127.0.0.1", 0), Handler)
    pipe.send(server.server_port)
    server.serve_forever()


def pour(flood: Flood, write: Callable[[bytes], object], chosen: argparse.Namespace) -> None:
    """Send batches in time until the flood is over; close the watch when it is too slow."""
    rest, began, sent = threading.Event(), flood.clock.now(), 0
    flood.end = min(flood.end, began + chosen.seconds)
    while flood.clock.now() < flood.end:
        behind = flood.clock.now() - began - sent / chosen.rate
        if behind > chosen.patience:
            raise BrokenPipeError("too slow")
        if behind > 0:
            batch = flood.batch(int(chosen.rate * BATCH))
            write(b"%x\r\n%s\r\n" % (len(batch), batch))
            sent += int(chosen.rate * BATCH)
        else:
            rest.wait(-behind + BATCH / 2)
    batch = flood.event(OVER)
    write(b"%x\r\n%s\r\n" % (len(batch), batch))


if __name__ == "__main__":
    main()
