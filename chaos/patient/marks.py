"""Files that outlive the process: how many starts a folder has seen, and what a check shall say."""

from __future__ import annotations

import os
from contextlib import suppress

from .orders import BadOrder, Crash, ExecSays
from .term import NEVER, Deadline

STARTS = "patient-starts"  # the counter of `marks`
LASTING = "patient-lasting"  # the orders of `lasting`
CRASHES = "patient-crashes"  # the counter of a crash at the first starts


def count(folder: str, name: str) -> int:
    """How often this was asked of the folder, this time counted in."""
    path = f"{folder}/{name}"
    try:
        number = int(_read(path) or 0) + 1
        _write(path, str(number))
    except (OSError, ValueError) as error:
        raise BadOrder(f"no counter in {folder}: {error}") from None
    return number


def is_over(order: Crash) -> bool:
    """Whether a crash was for earlier starts."""
    return bool(order.starts) and count(order.folder, CRASHES) > order.starts


def says() -> str:
    """The file that `patient-check` reads, see `check`."""
    return os.environ.get("PATIENT_SAYS", "/tmp/patient-says")  # noqa: S108 - the container's own


def say(order: ExecSays) -> None:
    """Tell the checks to come."""
    try:
        _write(says(), f"{order.code} {order.delay_seconds}")
    except OSError as error:
        raise BadOrder(f'"exec_says" cannot be written down: {error}') from None


def say_nothing() -> None:
    """What checks were told is void: they exit 0."""
    with suppress(OSError):
        os.unlink(says())  # noqa: PTH108 - pathlib is not worth its import


def lasting(folder: str) -> tuple[str, Deadline]:
    """The orders that a folder holds for this start, and until when; empty if none."""
    until, _, orders = _read(f"{folder}/{LASTING}").partition("\n")
    try:
        return orders, Deadline(*map(float, until.split())) if until else NEVER
    except (TypeError, ValueError) as error:
        raise BadOrder(f"no deadline in {folder}/{LASTING}: {error}") from None


def last(folder: str, orders: str, deadline: Deadline) -> None:
    """Leave orders for later starts, in one piece with their deadline; empty ones are none."""
    try:
        _write(f"{folder}/{LASTING}", f"{deadline.until} {deadline.term}\n{orders}")
    except OSError as error:
        raise BadOrder(f'"lasting" cannot be written down: {error}') from None


def _read(path: str) -> str:
    try:
        with open(path) as file:  # noqa: PTH123 - likewise
            return file.read()
    except FileNotFoundError:
        return ""


def _write(path: str, text: str) -> None:
    """Write beside and rename: whoever reads it reads all of it."""
    with open(f"{path}.new", "w") as file:  # noqa: PTH123 - likewise
        file.write(text)
    os.replace(f"{path}.new", path)  # noqa: PTH105 - likewise
