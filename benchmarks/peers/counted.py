"""Run a program as it is, and say on stderr what it took: HTTP requests and its peak of memory.

    python benchmarks/peers/counted.py PROGRAM [ARGUMENT ...]

Every HTTP library of Python's goes through `http.client`, so that is where requests are counted.
"""

from __future__ import annotations

import http.client
import json
import runpy
import sys
from pathlib import Path
from typing import Any

requests: list[tuple[str, str]] = []
send = http.client.HTTPConnection.putrequest


def count(self: Any, method: str, url: str, *rest: Any, **options: Any) -> None:
    requests.append((method, url))
    send(self, method, url, *rest, **options)


def peak() -> int:
    """Bytes. Not `ru_maxrss`: that one starts at the parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


http.client.HTTPConnection.putrequest = count  # type: ignore[method-assign]
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
print(json.dumps({"requests": requests, "peak": peak()}), file=sys.stderr)
