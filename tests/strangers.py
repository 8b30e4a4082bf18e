"""What another user of this machine gets to hear: asked by a process that has become that user."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

from deadlines import LONG

NOBODY = 65534

# Python may lie where only root may look: everything is imported before the rights are gone.
ASK = """
import http.client, json, os, socket, ssl, sys

def tcp(address):
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host.strip("[]"), int(port)), timeout=3):
        return "open"

def unix(path):
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(3)
        door.connect(path.replace("@", "\\0", 1) if path.startswith("@") else path)
        return "open"

def get(url):
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    trust = ssl._create_unverified_context()
    wire = (http.client.HTTPSConnection(host, timeout=3, context=trust) if scheme == "https"
            else http.client.HTTPConnection(host, timeout=3))
    wire.request("GET", "/" + path)
    return wire.getresponse().status

def read(path):
    with open(path, "rb") as file:
        file.read(1)
    return "open"

def ask(what, where):
    try:
        return {"tcp": tcp, "unix": unix, "get": get, "read": read}[what](where)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__

b"".decode("idna"), "".encode("idna")
user, questions = int(sys.argv[1]), json.loads(sys.argv[2])
if user:
    os.setgroups([]); os.setgid(user); os.setuid(user)
    assert os.geteuid() == user
print(json.dumps([ask(*question) for question in questions]))
"""


def answers(
    *questions: tuple[str, str], user: int = NOBODY, within: Sequence[str] = ()
) -> list[object]:
    """What each question comes to: "open", an HTTP status, or the name of an error.

    A question is ("tcp", host:port), ("unix", path), ("get", url) or ("read", path); `within` is a
    command that leads into another namespace.
    """
    told = [*within, sys.executable, "-c", ASK, str(user), json.dumps(questions)]
    done = subprocess.run(told, capture_output=True, text=True, check=True, timeout=LONG)
    heard: list[object] = json.loads(done.stdout)
    return heard
