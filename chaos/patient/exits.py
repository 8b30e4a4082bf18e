"""How the patient's process ends: with an exit status, or really of a signal.

In a container it is PID 1, which the kernel spares every signal that is not handled, SIGKILL from
inside among them (pid_namespaces(7)). What it does not spare PID 1: SIGKILL by the kernel itself,
at the hard limit of CPU time, and SIGSEGV for a page that is really touched. So exit codes 137
and 139 are seen for what they are. 143 cannot be: nobody can kill PID 1 by SIGTERM. It is what the
handler of SIGTERM exits with, as everywhere in Kubernetes.
"""

from __future__ import annotations

import mmap
import os
import resource
import signal
import time


def leave(status: int) -> None:
    """End with this exit status, or of the signal -status when negative.

    SIGKILL takes PID 1 up to a second of CPU: the limit counts whole ones.
    """
    if status >= 0:
        os._exit(status)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # nobody reads a core file here
    if -status == signal.SIGSEGV:
        _touch_what_is_not_there()
    os.kill(os.getpid(), -status)
    if -status == signal.SIGKILL:
        _use_up_the_cpu_time()


def _touch_what_is_not_there() -> None:
    """Read a page that nobody may read."""
    mmap.mmap(-1, mmap.PAGESIZE, prot=0)[0]


def _use_up_the_cpu_time() -> None:
    limit = int(time.process_time()) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    while True:
        pass
