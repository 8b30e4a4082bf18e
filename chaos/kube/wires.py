"""The wires of a scenario's pods: toxics put on and taken off, and requests sent over them.

Toxiproxy's own port is reached as a patient is: at the pod's address, else through the API server.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from chaos.clock import seconds
from chaos.errors import ChaosError, NoSuchTarget, one_line
from chaos.history.looked import Sounded, Sounding
from chaos.kube import sounding
from chaos.kube.patients import Call, Patients, persist, told
from chaos.proxies.server import BadWire, NoWire, Server, Stream, Wire
from chaos.recording.ports import Lost, Refused
from chaos.workloads.admitted import Stand
from chaos.workloads.wires import CONTROL, Toxic

ANSWERS = seconds(30)  # it takes a latency off only when the bytes that this held up are through
MOST = 8  # at once
USUAL: tuple[Stream, ...] = ("downstream",)
STREAMS: dict[Toxic, tuple[Stream, ...]] = {
    "timeout": ("downstream", "upstream"),  # neither direction is to be spared
    "bandwidth": ("downstream", "upstream"),
    "reset_peer": ("upstream",),  # it waits for bytes: those of a request
}


@dataclass(frozen=True)
class Wires:
    """Those of one scenario; `patients` knows the way to its pods, `workload` whose they are."""

    patients: Patients
    workload: Callable[[Stand], str]

    def poison(self, pod: Stand, wire: str, toxic: Toxic, numbers: dict[str, Any]) -> None:
        """Put a toxic on a wire, in force when this returns; NoSuchTarget if there is none."""
        self.patients.must_be_the_same(pod)
        try:
            found = self._wire(pod, wire)
        except (BadWire, Refused, Lost) as error:
            raise NoSuchTarget(
                f"{pod.name} has no wire {wire!r} ({error}): run it with through={{{wire!r}: ...}} "
                "or probes_through_proxy=True"
            ) from error
        try:
            for stream in STREAMS.get(toxic, USUAL):
                found.poison(toxic, stream=stream, **numbers)
        except (Refused, Lost) as error:
            raise ChaosError(
                f"{toxic} could not be put on {wire} of {pod.name}: {error}"
            ) from error

    def cure(self, wire: str, toxic: Toxic, *pods: Stand) -> None:
        """Take a toxic off; nothing to do for a pod that is gone, or has no such wire.

        ChaosError, when all were tried, names those that it is still on.
        """
        cured = partial(self._cured, wire, toxic)
        if left := persist(cured, pods, self.patients.journal.clock):
            raise ChaosError(told(left, f"still has {toxic} on {wire}"))

    def sound(self, *asked: Sounding) -> tuple[Sounded, ...]:
        """Send a request over each wire, all at once; write down how it went."""
        with ThreadPoolExecutor(max_workers=MOST) as askers:
            heard = tuple(askers.map(self._sound, asked))
        for one in heard:
            self.patients.journal.write(one)
        return heard

    def _sound(self, asked: Sounding) -> Sounded:
        pod, name, clock = asked.pod, self.workload(asked.pod), self.patients.journal.clock
        try:
            wire = self._wire(pod, asked.wire)
            toxics, upstream = wire.ailments, wire.upstream
        except (BadWire, Refused, Lost):
            return Sounded(clock.now(), pod.uid, name, asked.wire, (), "lost")
        heard = self._heard(asked, _port(wire.listen), _port(upstream))
        return Sounded(clock.now(), pod.uid, name, asked.wire, toxics, **asdict(heard))

    def _heard(self, asked: Sounding, port: int, far: int) -> sounding.Heard:
        pod, clock = asked.pod, self.patients.journal.clock
        if address := self.patients.address(pod):
            sent = sounding.hail(asked.way, far)
            return sounding.direct((address, port), sent, asked.patience, clock)
        call = Call("GET", "/", within=asked.patience)
        return sounding.relayed(lambda: self.patients.send(pod, port, call), clock)

    def _cured(self, wire: str, toxic: Toxic, pod: Stand) -> str:
        """Why it is not off; empty when it is: a proxy that has ended has lost its toxics."""
        try:
            self._wire(pod, wire).cure(toxic)
        except NoWire:
            return ""
        except (BadWire, Refused, Lost) as error:
            ended = isinstance(error, Refused) and sounding.ending(error) == "refused"
            return "" if ended or self.patients.is_gone(pod) else one_line(error)
        return ""

    def _wire(self, pod: Stand, wire: str) -> Wire:
        def send(method: str, path: str, body: Any) -> tuple[int, bytes]:
            return self.patients.send(pod, CONTROL, Call(method, path, body, ANSWERS))

        return Server(f"the toxiproxy of {pod.name}", send).wire(wire)


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])
