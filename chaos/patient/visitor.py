"""The visitor: asks a URL again and again, as users do, and keeps what came of each request.

It does not wait for one answer before it asks anew: users who are left waiting do not keep the
next ones away. Moments are on the monotonic clock of whoever asks.
"""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from .orders import BadOrder, Visit

HTTP = 80
ERRORS = 400  # the first of HTTP's errors
MOST = 1 << 20  # bytes of an answer that are waited for
NO_ANSWER = "no answer"
STALLED = "stalled"  # we stood still ourselves, on a frozen or starved machine
STALL = (
    0.5  # seconds beyond its timeout after which a failed request says more of us than of others
)


class Came(NamedTuple):
    """What came of one request: the status, or how it failed; `took` and `sent` in seconds."""

    sent: float
    took: float
    said: int | str


class Visitor:
    """Sends the requests of an order, each at its time, and no more than it says."""

    def __init__(self, ask: Callable[[str, float], int | str] | None = None) -> None:
        self.sent = 0
        self._ask = ask or answer
        self._order: Visit | None = None
        self._began = self._last = time.monotonic()
        self._well = False  # whether any was answered, and not with an error
        self._came: list[Came] = []
        self._under_way: set[float] = set()
        self._lock = threading.Lock()

    @property
    def unanswered(self) -> bool:
        """Whether it goes visiting, and was never answered yet."""
        return self._order is not None and not self._well

    def go(self, order: Visit) -> None:
        """Begin, and go on until all are sent; BadOrder when it is on its way already."""
        if self._order is not None:
            raise BadOrder('"visit" was ordered already: one patient visits one URL')
        self._order = order._replace(url=filled_in(order.url))
        self._began = self._last = time.monotonic()
        threading.Thread(target=self._visit, args=(self._order,), daemon=True).start()

    def told(self, position: int) -> dict[str, object]:
        """What came of the requests from this position on, in the order of their ends.

        Times are ages, in seconds before now: our clock means nothing to who reads this. Of all
        that was sent until `whole` ago the end is told, now or before; `born` ago we began.
        """
        with self._lock:
            now = time.monotonic()
            over = self._order is None or self.sent >= self._order.at_most
            whole = min([*self._under_way, self._last if over else now])
            came = [(now - c.sent, c.took, c.said) for c in self._came[position:]]
            return {
                "life": f"{self._began:.6f}",
                "of": self._order.of if self._order else "",
                "born": now - self._began,
                "whole": now - whole,
                "sent": self.sent,
                "next": len(self._came),
                "came": [(round(ago, 4), round(took, 4), said) for ago, took, said in came],
            }

    def _visit(self, order: Visit) -> None:
        """Whoever was late (a frozen machine) does not catch up: users do not come in bursts."""
        pause, due = threading.Event(), self._began
        for _ in range(order.at_most):
            pause.wait(max(0.0, due - time.monotonic()))
            self._send(order)
            due = max(due + order.every_seconds, time.monotonic())

    def _send(self, order: Visit) -> None:
        with self._lock:
            self._last = sent = time.monotonic()
            self._under_way.add(sent)
            self.sent += 1
        threading.Thread(target=self._one, args=(order, sent), daemon=True).start()

    def _one(self, order: Visit, sent: float) -> None:
        said = self._ask(order.url, order.timeout_seconds)
        with self._lock:
            took = time.monotonic() - sent
            if said == NO_ANSWER and took > order.timeout_seconds + STALL:
                said = STALLED
            self._under_way.discard(sent)
            self._came.append(Came(sent, took, said))
            self._well = self._well or (isinstance(said, int) and said < ERRORS)


def filled_in(url: str) -> str:
    """The URL with its variables; BadOrder names one that is not there."""
    whole = os.path.expandvars(url)
    if missing := re.search(r"\$\w+", whole):
        name = missing[0][1:]
        raise BadOrder(f'"url" of "visit" names {name}, and there is no such variable here')
    return whole


def answer(url: str, within: float) -> int | str:
    """The status that a plain http URL answers as a whole in time, or how it does not."""
    host, _, path = url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    end = time.monotonic() + within
    try:
        with socket.create_connection((name, int(port or HTTP)), timeout=within) as there:
            ask = f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            there.sendall(ask.encode())
            return _status(_all_of(there, end))
    except (TimeoutError, BlockingIOError):
        return NO_ANSWER
    except ConnectionRefusedError:
        return "refused"
    except ConnectionResetError:
        return "reset"
    except (OSError, ValueError):
        return "unreachable"


def _all_of(there: socket.socket, end: float) -> bytes:
    """The whole answer; when its time is over, what has come by then, if that is the whole."""
    whole = b""
    while len(whole) < MOST:
        there.settimeout(max(0.0, end - time.monotonic()))
        piece = there.recv(1 << 16)
        if not piece:
            break
        whole += piece
    return whole


def _status(whole: bytes) -> int | str:
    words = whole.partition(b"\r\n")[0].split()
    if len(words) > 1 and words[0].startswith(b"HTTP/") and words[1].isdigit():
        return int(words[1])
    return "cut off" if not whole else "no HTTP"
