"""The patient's condition: what ails it now, and what it says of that."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from . import exits, marks, reported
from .answers import Answers
from .child import DEAD, ChildProcess
from .lasting import Memory
from .memory import Hoard, rss_mib
from .orders import (
    BadOrder,
    Child,
    Crash,
    Deadlock,
    DemandPassword,
    DependsOn,
    ExecSays,
    Grpc,
    GrpcSays,
    Hang,
    Heal,
    Health,
    KillChild,
    Lasting,
    Leak,
    Marks,
    MemoryHealth,
    OnSigterm,
    Order,
    Refuse,
    StartSlowly,
    Visit,
    only_at_start,
    told,
)
from .plans import Plans
from .term import Term
from .visitor import Visitor
from .worker import Worker

OPEN, DEAF, CLOSED = "open", "deaf", "closed"  # the main port: served, only listening, neither
SERVING = "serving"


class Patient:
    """Carries out orders and tells how it is. Any thread may ask; orders come one at a time."""

    def __init__(self, leave: Callable[[int], object] = exits.leave) -> None:
        self.worker, self.hoard, self.child = Worker(), Hoard(), ChildProcess()
        self.answers, self.visitor = Answers(self._well), Visitor()
        self.memory = Memory(lambda order: self.obey(order, starting=True))
        self.healthy = threading.Event()
        self.healthy.set()
        self.healed = 0  # how often
        self.leave = leave
        self.say: Callable[[str], object] = _nowhere  # a line for the log
        self.slow_seconds = 0.0
        self.grpc: str | None = None  # what it says; None when it has no port for that
        self._crash: Crash | None = None
        self._door = OPEN
        self._turn: Callable[[str], object] = _nowhere
        self._exec = ExecSays()
        self._watched = False
        self._marks: dict[str, int] = {}
        self._sigterm = OnSigterm()
        self._memory_limit: float | None = None
        self._lock = threading.RLock()
        self._plans = Plans(self._lock)
        self.term = Term(self._heal_itself, self._lock)
        self._began = time.monotonic()
        self._does = self._verbs()

    def _verbs(self) -> dict[type, Callable[[Any], object]]:
        return {
            Crash: self._be_ready_to_crash,
            Hang: self._hang,
            Refuse: lambda _: self._set_door(CLOSED),
            Deadlock: lambda _: self.worker.deadlock(),
            Leak: self.hoard.leak,
            Health: self.answers.tell,
            DemandPassword: self.answers.tell,
            DependsOn: self.answers.tell,
            Child: self._have_child,
            KillChild: lambda _: self.child.kill(),
            Grpc: self._speak_grpc,
            GrpcSays: self._say_on_grpc,
            ExecSays: self._say_to_checks,
            Marks: self._mark,
            Lasting: self._remember,
            StartSlowly: self._start_slowly,
            OnSigterm: self._on_sigterm,
            MemoryHealth: self._watch_memory,
            Visit: self.visitor.go,
            Heal: lambda _: self._heal(),
        }

    def obey(self, order: Order, *, starting: bool = False, term: float = 0.0) -> None:
        """Carry out an order: in force on return, but for a crash, which `depart` completes.

        One that is for later is in force when its time has come. When `term` seconds are over and
        no later order has a longer one, the patient heals itself.
        """
        if not starting and only_at_start(order):
            raise BadOrder(f"{told(order)} is for PATIENT_ORDERS: this patient has started")
        with self._lock:
            if isinstance(order, Crash) and marks.is_over(order):
                return
            if isinstance(order, Crash | Hang) and order.after_seconds:
                self._plan(order, order.after_seconds)
            else:
                self._does[type(order)](order)
            if isinstance(order, Lasting) or (term and not isinstance(order, Heal)):
                deadline = self.term.renewed(term)
                self.memory.keep(deadline)
                self.term.last(deadline)

    def _plan(self, order: Crash | Hang, after: float) -> None:
        does = self._does[type(order)]
        self._plans.make(order, after, do=lambda: does(order), then=self.depart)

    def _be_ready_to_crash(self, order: Crash) -> None:
        self._crash = order

    def _hang(self, order: Hang) -> None:
        self.healthy.clear()
        if not order.accepts:
            self._set_door(DEAF)

    def _have_child(self, order: Child) -> None:
        self._watched = order.watched
        self.child.start()

    def _speak_grpc(self, _: Grpc) -> None:
        self.grpc = SERVING

    def _say_on_grpc(self, order: GrpcSays) -> None:
        if self.grpc is None:
            raise BadOrder('"grpc_says": this patient speaks no gRPC: order "grpc" at its start')
        self.grpc = order.status

    def _say_to_checks(self, order: ExecSays) -> None:
        marks.say(order)
        self._exec = order

    def _remember(self, order: Lasting) -> None:
        self.term.go_on(self.memory.take(order))

    def _mark(self, order: Marks) -> None:
        self._marks = {folder: marks.count(folder, marks.STARTS) for folder in order.folders}

    def _start_slowly(self, order: StartSlowly) -> None:
        self.slow_seconds = order.seconds

    def _on_sigterm(self, order: OnSigterm) -> None:
        self._sigterm = order

    def _watch_memory(self, order: MemoryHealth) -> None:
        self._memory_limit = order.limit_mib

    def _heal_itself(self) -> None:
        self._heal()
        self.say("healed itself: the term is over, and nobody gave the order")

    def _heal(self) -> None:
        self.term.end()
        self._plans.call_off()
        self.worker.resume()
        self.hoard.free()
        self.answers.heal()
        self.child.revive()
        if self.grpc:
            self.grpc = SERVING
        self._exec = ExecSays()
        marks.say_nothing()
        self.memory.forget()
        self._set_door(OPEN)
        self.healed += 1
        self.healthy.set()

    def attach(self, turn: Callable[[str], object]) -> None:
        """The main port is there: `turn` makes it OPEN, DEAF or CLOSED, now and whenever told."""
        with self._lock:
            self._turn = turn
            turn(self._door)

    def _set_door(self, door: str) -> None:
        self._door = door
        self._turn(door)

    def depart(self) -> None:
        """End if a crash was ordered: asked after the order was answered."""
        if self._crash is not None:
            self.leave(-self._crash.signal or self._crash.code)

    def sigterm(self, *_: object) -> None:
        """SIGTERM has come. PID 1 has no default: without a handler it would be lost."""
        if self._sigterm.how == "exit":
            self.leave(self._sigterm.code)

    def _well(self) -> bool:
        too_big = self._memory_limit is not None and rss_mib() > self._memory_limit
        bereft = self._watched and self.child.state == DEAD
        return self.worker.beating and not (too_big or bereft or self.visitor.unanswered)

    def report(self) -> dict[str, object]:
        """How it is: sizes in MiB, `since` in seconds of uptime; see also `Answers.report`.

        `planned` names what is to come, `marks` says by folder the how many-th start this is.
        """
        with self._lock:
            return {
                reported.HUNG: not self.healthy.is_set(),
                reported.ACCEPTS: self._door == OPEN,
                reported.REFUSES: self._door == CLOSED,
                reported.DEADLOCKED: self.worker.deadlocked,
                reported.LEAKING: self.hoard.leaking,
                reported.HELD_MIB: self.hoard.held_mib,
                reported.RSS_MIB: round(rss_mib(), 1),
                **self.answers.report(),
                reported.CHILD: self.child.state,
                reported.GRPC: self.grpc,
                reported.EXEC: self._exec._asdict(),
                reported.MARKS: self._marks or None,
                reported.SLOW_SECONDS: self.slow_seconds,
                **self.term.report(),
                reported.PLANNED: str(self._plans) or None,
                reported.MEMORY_LIMIT_MIB: self._memory_limit,
                reported.ON_SIGTERM: self._sigterm._asdict(),
                reported.VISITS: self.visitor.sent or None,
                reported.SINCE: round(time.monotonic() - self._began, 3),
                reported.PID: os.getpid(),
            }


def _nowhere(_: str) -> None:
    """Nobody is there yet."""
