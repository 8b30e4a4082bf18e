"""A child that does not outlive us: the kernel ends it when we end, by SIGKILL too."""

from __future__ import annotations

import shutil


def tethered(*command: str) -> list[str]:
    """The command, tied to the thread that starts it; as it is where setpriv is not there."""
    found = shutil.which("setpriv")  # util-linux: the kernel sends the signal, by prctl(2)
    return [*([found, "--pdeathsig", "KILL", "--"] if found else []), *command]
