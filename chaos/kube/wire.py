"""What comes in over HTTP: whole answers by a deadline, refusals, and watches line by line.

Everything that can go wrong below HTTP is one thing to those who asked: Lost, or Silent when the
connection stands and nothing comes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus

import urllib3
from kubernetes.client.exceptions import ApiException

from chaos.clock import Seconds, SystemClock
from chaos.recording.ports import Lost, Refused, Silent
from chaos.values import Json

CHUNK = 1 << 16
# What the API server says of a field that has another type than the schema's; the value may be of
# a container's `env` (structured-merge-diff: typed/helpers.go).
QUOTED = re.compile(r"got &(?:value\.\w+)?\{.*\}", re.DOTALL)
# What it says to a patch with the uid of an object that another has taken the name of: Invalid,
# where it says Conflict to a DELETE (`metadata.uid: Invalid value: "u1": field is immutable`).
UID = "metadata.uid: "
# What it says, as of an error of its own (500), to a field that is not in an object's schema, or is
# there with another type; one line each.
UNTYPED = "failed to create typed patch object"
MISTYPED = re.compile(r"""(?:^|: |\n\s*)(\.(?:[^\s:"]|"[^"]*")+): ([^\n]+)""")
UNCONVERTED = "failed to convert new object"  # nor does a quantity have its own type: "lots"
LONGEST_LINE = 1 << 24  # bytes; etcd takes no object over 1.5 MiB (its --max-request-bytes)


class Lines:
    """The lines of one watch, as they come in."""

    def __init__(
        self, response: urllib3.BaseHTTPResponse, path: str, let_go: Callable[[], object]
    ) -> None:
        self._response = response
        self._path = path
        self._let_go = let_go
        self._read = False

    def __iter__(self) -> Iterator[bytes]:
        self._read = True
        try:
            yield from self._lines()
        finally:
            self._response.close()  # whoever reads no more lets go of the socket

    def _lines(self) -> Iterator[bytes]:
        rest = b""
        with losses(f"watch of {self._path}"):
            for chunk in self._response.stream(CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line for line in lines if line)
                if len(rest) > LONGEST_LINE:
                    raise Lost(f"watch of {self._path}: a line longer than {LONGEST_LINE} bytes")
        if rest:
            raise Lost(f"watch of {self._path}: ended in the middle of a line")

    def close(self) -> None:
        """Shut the socket, which wakes a reader in another thread. Twice is once."""
        with suppress(OSError, RuntimeError, ValueError):  # it has ended by itself
            self._response.shutdown()
        if not self._read:  # nobody ever will
            self._response.close()
        self._let_go()


def whole(response: urllib3.BaseHTTPResponse, what: str, within: Seconds) -> bytes:
    """An answer's body; Silent when it is not all there in time, however steadily it drips."""
    clock, parts = SystemClock(), list[bytes]()
    with losses(what):
        while part := response.read1(CHUNK, decode_content=True):
            parts.append(part)
            if clock.now() > within:
                response.close()
                raise Silent(f"{what}: no whole answer in time")
    return b"".join(parts)


@contextmanager
def losses(what: str) -> Iterator[None]:
    """Everything that can go wrong below HTTP is one thing to us: no answer."""
    try:
        yield
    except urllib3.exceptions.ReadTimeoutError as error:
        raise Silent(f"{what}: no answer in time") from error
    except (urllib3.exceptions.HTTPError, ApiException, OSError) as error:
        raise Lost(f"{what}: no answer ({type(error).__name__}: {error})") from error


def accepted(status: int, said: bytes) -> bytes:
    """The body of a good answer; Refused with the API's own message for any other."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return said
    told = status_in(said) or {"message": said.decode(errors="replace").strip()[:500]}
    message = _unquoted(told.get("message", ""))
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and UID in message:
        raise Refused(HTTPStatus.CONFLICT, "Conflict", message)
    raise Refused(status, str(told.get("reason", "")), message, tuple(_causes(told, message)))


def _causes(told: Json, message: str) -> Iterator[tuple[str, str]]:
    """What a Status says of the fields of an object that is invalid."""
    details = told.get("details")
    listed = details.get("causes") if isinstance(details, dict) else None
    for cause in listed if isinstance(listed, list) else ():
        match cause:
            case {"field": str(field), "message": why} if field:
                yield field, _unquoted(why)
    if UNTYPED in message:
        yield from ((path.lstrip("."), why) for path, why in MISTYPED.findall(message))


def _unquoted(said: object) -> str:
    """The API server's words without what they repeat of an object."""
    return QUOTED.sub("got a value of another type", str(said))


def untyped(message: str) -> bool:
    """Whether it is about an object's types, though the API server calls it an error of its own."""
    return UNTYPED in message or UNCONVERTED in message


def status_in(said: bytes) -> Json | None:
    """The API server's own Status object, when this is one: not an answer of what it fronts."""
    try:
        told = json.loads(said)
    except (ValueError, RecursionError):
        return None
    own = isinstance(told, dict) and told.get("kind") == "Status" and "apiVersion" in told
    return told if own else None
