"""A patient to visit: its ports, and how they are asked."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deadlines import LONG, OFTEN

from chaos.clock import poll

LOCALHOST = "127.0.0.1"


def ask(port: int, method: str, path: str, body: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(LOCALHOST, port, timeout=LONG)
    connection.request(method, path, body)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@dataclass(frozen=True)
class Bed:
    """Where a patient lies: its two ports."""

    main: int
    report_port: int
    grpc: int = 0

    def get(self, path: str = "/") -> int:
        return ask(self.main, "GET", path)[0]

    def order(self, **order: object) -> tuple[int, str]:
        return ask(self.report_port, "POST", "/orders", json.dumps(order))

    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(ask(self.report_port, "GET", "/report")[1])
        return report

    def silent(self) -> bool:
        with socket.create_connection((LOCALHOST, self.main), timeout=LONG) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            connection.settimeout(0.3)
            try:
                return connection.recv(1) == b"impossible"
            except TimeoutError:
                return True


def until(condition: Callable[[], bool]) -> bool:
    return poll(condition, within=LONG, every=OFTEN)


def bed_of(patient: subprocess.Popen[str]) -> Bed:
    assert patient.stdout is not None
    lines = iter(patient.stdout.readline, "")
    words = next(line for line in lines if line.startswith("listening")).split()
    return Bed(*(int(word.partition("=")[2]) for word in words[1:]))
