"""What an exec probe runs: exits as the patient was told by `exec_says`, 0 if by nothing.

    patient-check [--retries N] [--pause S]

`--retries` is a mistake to show: it tries again by itself, N times, S seconds (1) between. In the
image this file is the program `patient-check`, alone: it starts on every probe, so it imports
next to nothing.
"""

import os
import sys


def main(arguments: list[str]) -> int:
    """The exit status; 2 for arguments that make no sense."""
    settings = {"--retries": 0.0, "--pause": 1.0}
    try:
        for name, value in zip(arguments[::2], arguments[1::2], strict=True):
            settings[name] = float(value) if name in settings else _refuse(name)
    except ValueError as error:
        sys.stderr.write(f"patient-check: {error}\n")
        return 2
    code = check()
    for _ in range(int(settings["--retries"])):
        if code == 0:
            break
        pause(settings["--pause"])
        code = check()
    return code


def check() -> int:
    """What the patient says now: an exit status."""
    try:
        with open(os.environ.get("PATIENT_SAYS", "/tmp/patient-says")) as file:  # noqa: PTH123, S108
            code, delay = file.read().split()
    except FileNotFoundError:
        return 0
    pause(float(delay))
    return int(code)


def pause(seconds: float) -> None:
    """Wait."""
    if seconds:
        import select  # noqa: PLC0415 - most checks do not wait

        select.select([], [], [], seconds)


def _refuse(name: str) -> float:
    raise ValueError(f"knows --retries and --pause, not {name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
