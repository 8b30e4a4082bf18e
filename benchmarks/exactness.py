"""How far a recorded moment is from the truth: when the API server sent the delivery.

    python benchmarks/exactness.py [--deliveries 600] [--trials 3]

The API server is a stand-in, a process of its own on loopback that looks at the same monotonic
clock just before it sends each delivery; client, recorder and journal are the real ones. Half of
the deliveries come one by one, half in bursts of 25.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any

from chaos.clock import Clock, Seconds, SystemClock, poll, seconds
from chaos.history.facts import Entry, Observed, Pod
from chaos.history.journal import Journal
from chaos.kube.client import Client, Settings
from chaos.kube.parse import kinds
from chaos.kube.witness import PykubeWitness
from chaos.recording.recorder import Recorder

BURST, PAUSE, GOAL = 25, 0.01, 10


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--deliveries", type=int, default=600)
    options.add_argument("--trials", type=int, default=3)
    chosen = options.parse_args()
    for _ in range(chosen.trials):
        errors = trial(chosen.deliveries)
        print(
            f"{len(errors)} deliveries: median {statistics.median(errors):.2f} ms, p99 "
            f"{statistics.quantiles(errors, n=100)[98]:.2f} ms, max {max(errors):.2f} ms "
            f"(goal: at most {GOAL} ms)"
        )


def trial(count: int) -> list[float]:
    """The errors of one run of the stand-in, in ms."""
    clock = SystemClock()  # the fork inherits it: both read the same clock from the same zero
    here, there = multiprocessing.get_context("fork").Pipe()
    server = multiprocessing.get_context("fork").Process(target=serve, args=(there, clock, count))
    server.start()
    try:
        settings = Settings(host=f"http://127.0.0.1:{here.recv()}")
        received = record(Client(settings), clock, count)
        sent: dict[str, float] = here.recv()
    finally:
        server.terminate()
        server.join()
    return [1000 * (received[version] - moment) for version, moment in sent.items()]


def record(client: Client, clock: Clock, count: int) -> dict[str, Seconds]:
    """Each version's recorded moment."""
    seen: dict[str, Seconds] = {}

    def keep(entry: Entry) -> None:
        if isinstance(entry, Observed) and isinstance(entry.thing, Pod):
            seen[entry.thing.version] = entry.at

    witness = PykubeWitness(client.settings, "default")
    recorder = Recorder(client, witness, Journal(clock, keep), kinds("default"))
    recorder.start()
    if not poll(lambda: len(seen) >= count, within=seconds(60), every=seconds(0.05)):
        raise SystemExit(f"only {len(seen)} of {count} deliveries came")
    recorder.stop()
    return seen


def serve(pipe: Connection, clock: Clock, count: int) -> None:
    """The stand-in: empty lists, silent watches, and one watch of pods that has much to say."""

    class Handler(BaseHTTPRequestHandler):
        """Answers lists and watches."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # as in Go, so as in the API server

        def log_message(self, *_: Any) -> None:
            """Nothing: this is a measurement."""

        def do_GET(self) -> None:
            """A list, or a watch."""
            watched = "watch=true" in self.path
            whole = b'{"metadata": {"resourceVersion": "1"}, "items": []}'
            self.send_response(200)
            length = ("Transfer-Encoding", "chunked") if watched else ("Content-Length", len(whole))
            self.send_header(length[0], str(length[1]))
            self.end_headers()
            if not watched:
                self.wfile.write(whole)
            elif "/pods" in self.path:
                pipe.send(deliver(self.wfile.write, clock, count))
            if watched:
                threading.Event().wait()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    pipe.send(server.server_port)
    server.serve_forever()


def deliver(write: Callable[[bytes], object], clock: Clock, count: int) -> dict[str, float]:
    """Send pods, first one by one, then in bursts; when each was sent, by its version."""
    sent: dict[str, float] = {}
    rest = threading.Event()
    rest.wait(0.3)
    for number in range(2, count + 2):
        line = json.dumps({"type": "MODIFIED", "object": pod(number)}).encode() + b"\n"
        sent[str(number)] = clock.now()
        write(b"%x\r\n%s\r\n" % (len(line), line))
        if number <= count // 2:
            rest.wait(PAUSE)
        elif number % BURST == 0:
            rest.wait(PAUSE * BURST)
    return sent


def pod(number: int) -> dict[str, Any]:
    """A pod of the size that the API server sends: 4 KB, most of it of no interest here."""
    name = f"web-{number % 50}"
    status = {"name": "app", "containerID": f"id-{number}", "state": {"running": {}}, "ready": True}
    managed = [{"manager": "kubelet", "fieldsV1": {f"f:{n}": {} for n in range(200)}}]
    return {
        "metadata": {
            "uid": name,
            "name": name,
            "namespace": "default",
            "resourceVersion": str(number),
            "managedFields": managed,
        },
        "spec": {"nodeName": "worker1"},
        "status": {"phase": "Running", "containerStatuses": [status]},
    }


if __name__ == "__main__":
    main()
