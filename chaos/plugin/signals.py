"""Signals that end a run: faults are healed on the way out, as after Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any

from chaos.errors import one_line

Handlers = dict[int, Any]


def handle(*, worker: bool) -> Handlers:
    """Have these signals end the run as Ctrl-C does; what was there before, to be given back.

    A worker of xdist heeds the first and no other: besides what its controller passes on, a
    terminal's Ctrl-C reaches it directly, and execnet sends it a SIGINT 5 s after it was told to go
    (gateway_base, _terminate_execution), which would come in the middle of a healing.
    """
    numbers = [signal.SIGTERM, signal.SIGHUP]  # Python makes a KeyboardInterrupt of SIGINT itself
    if worker:
        numbers.append(signal.SIGINT)

    def interrupt(number: int, frame: FrameType | None) -> None:
        del frame
        for each in numbers if worker else ():
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt(f"{signal.Signals(number).name}: healing, then leaving")

    if threading.current_thread() is not threading.main_thread():
        return {}  # signals are the main thread's: whoever runs pytest in another has his own way
    return {number: signal.signal(number, interrupt) for number in _heeded(numbers)}


def give_back(handlers: Handlers) -> None:
    """Have each signal do what it did before."""
    for number, handler in handlers.items():
        signal.signal(number, handler)


def cause(error: BaseException) -> str:
    """What ended a run, in a few words: the signal's name, or the error."""
    if isinstance(error, KeyboardInterrupt):
        return one_line(str(error).partition(":")[0] or signal.SIGINT.name)
    return one_line(f"{type(error).__name__}: {error}")


def signal_of(error: BaseException) -> signal.Signals:
    """The signal that ended a run; SIGINT for all that was none."""
    return signal.Signals.__members__.get(cause(error), signal.SIGINT)


def _heeded(numbers: Sequence[signal.Signals]) -> list[signal.Signals]:
    """Those that are not ignored: `nohup` wants a run that outlives its terminal."""
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
