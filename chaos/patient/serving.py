"""Ports: the main one that can hang or close, and the report port that never does."""

from __future__ import annotations

import json
import socket
import threading
from typing import NamedTuple

from . import grpc_health
from .answers import UNAUTHORIZED, Answer
from .conversation import GLANCE, Conversation, Port, Request, head
from .orders import BadOrder, Crash, told
from .parsing import decode, parse_told
from .patient import OPEN, Patient

PROMISED = 1024  # bytes of a body that never comes


class Main(Conversation):
    """What the world and the probes see."""

    def respond(self, request: Request) -> None:
        """Answer as the patient's condition has it, or wait for as long as it hangs."""
        patient = self.server.patient
        patient.answers.count(request.path)
        if self.hold(lambda: patient.healthy.wait(GLANCE)):
            answer = patient.answers.answer(request.path, authorized=request.authorized)
            threading.Event().wait(answer.delay)
            self._give(answer)

    def _give(self, answer: Answer) -> None:
        match answer.manner:
            case "reset":
                self.reset()
            case "silent":
                self._wait()
            case "headers_only":
                self.request.sendall(head(answer.status, PROMISED))
                self._wait()
            case "redirect":
                self.reply(answer.status, "there", more=f"Location: {answer.location}\r\n")
            case _:
                more = "WWW-Authenticate: Basic\r\n" if answer.status == UNAUTHORIZED else ""
                well = answer.status < 400  # noqa: PLR2004 - HTTP's errors
                self.reply(answer.status, "ok" if well else "not ok", more=more)

    def _wait(self) -> None:
        """Leave the client without what it waits for until it goes, or the patient is healed."""
        patient = self.server.patient
        healed = patient.healed
        self.hold(lambda: threading.Event().wait(GLANCE) or patient.healed > healed)


class Desk(Conversation):
    """Takes orders and reports, whatever ails the patient."""

    def respond(self, request: Request) -> None:
        """`POST /orders` and `GET /report` answer with the report; `GET /visits/<from>`."""
        match request.method, request.path.split("/"):
            case "POST", ["", "orders"]:
                self._take(request.body)
            case "GET", ["", "report"]:
                self._report()
            case "GET", ["", "visits", position] if position.isdecimal():
                self._tell_visits(int(position))
            case _:
                self.reply(404, "here are POST /orders, GET /report and GET /visits/0")

    def _tell_visits(self, position: int) -> None:
        told = json.dumps(self.server.patient.visitor.told(position))
        self.reply(200, told, kind="application/json")

    def _take(self, body: bytes) -> None:
        patient = self.server.patient
        try:
            order, term = parse_told(decode(body))
            patient.obey(order, term=term)
        except BadOrder as error:
            self.reply(400, str(error))
            return
        print(f"order {told(order)}", flush=True)
        try:
            self._report()
            self.request.shutdown(socket.SHUT_WR)
        finally:
            if isinstance(order, Crash):  # another's answer must not cut this one's short
                patient.depart()

    def _report(self) -> None:
        self.reply(200, json.dumps(self.server.patient.report()), kind="application/json")


class Ports(NamedTuple):
    """The patient's ports, bound; `grpc` only if it was ordered."""

    main: Port
    desk: Port
    grpc: Port | None = None

    def __str__(self) -> str:
        """Their numbers."""
        speaks = f" grpc={self.grpc.number}" if self.grpc else ""
        return f"main={self.main.number} report={self.desk.number}{speaks}"

    def open(self) -> None:
        """Open the report port, and the others when a slow start is over."""
        self.desk.turn(OPEN)
        slow = self.main.patient.slow_seconds
        if slow:
            threading.Timer(slow, self._open).start()
        else:
            self._open()

    def _open(self) -> None:
        self.main.patient.attach(self.main.turn)
        if self.grpc:
            self.grpc.turn(OPEN)


def ports(patient: Patient, *, host: str, main: int, desk: int, grpc: int = 0) -> Ports:
    """Bind the ports; 0 means any free one."""
    return Ports(
        Port(patient, Main, address=(host, main)),
        Port(patient, Desk, address=(host, desk)),
        Port(patient, grpc_health.Health, address=(host, grpc)) if patient.grpc else None,
    )
