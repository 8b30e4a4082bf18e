"""A pod asked at its own address, past the API server: for hosts that pods' networks reach."""

from __future__ import annotations

import http.client
import json

from chaos.clock import Seconds, seconds
from chaos.recording.ports import Lost, Silent
from chaos.values import Json

CONNECT = seconds(1)  # a pod of a dead node is lost packets; a living one takes a call in 1 ms


def request(
    address: str, method: str, path: str, body: Json | None = None, *, within: Seconds
) -> tuple[int, bytes]:
    """Status and body; `address` is ip:port. Lost: nobody took the call. Silent: no answer."""
    wire = http.client.HTTPConnection(address, timeout=min(CONNECT, within))
    try:
        wire.connect()
    except OSError as error:
        raise Lost(f"{address}: no connection ({error})") from error
    try:
        wire.sock.settimeout(within)
        wire.request(method, path, None if body is None else json.dumps(body))
        answer = wire.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise Silent(f"{method} {address}{path}: no answer ({type(error).__name__})") from error
    finally:
        wire.close()
