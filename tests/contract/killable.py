"""A harness in a process of its own, which does what it is told until SIGKILL ends it."""

from __future__ import annotations

import multiprocessing
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, Literal

from deadlines import LONG, OFTEN
from fault_machine import SPECS

from chaos import Fault
from chaos.clock import Seconds, poll, seconds
from chaos.errors import ChaosError, NotHealed, NotSteady
from chaos.history.facts import Pod
from chaos.options import Options
from chaos.running.wiring import Scene, provided, staged
from chaos.workloads.admitted import NodeName, Stand, Workload

AT_ONCE = seconds(0)
SPAWN = multiprocessing.get_context("spawn")

Order = tuple[Literal["inject", "heal", "apps"], int, Fault | None]
Came = Literal["open", "refused", "healed"]  # of an order; or why it could not be healed


@dataclass(frozen=True)
class Harness:
    """The process, as whoever may kill it has it."""

    process: SpawnProcess
    pipe: Connection

    @classmethod
    def start(cls, cluster: str, *, radius: int) -> Harness:
        """One that heals what the last one left, and then runs the workloads."""
        ours, theirs = SPAWN.Pipe()
        process = SPAWN.Process(target=live, args=(cluster, radius, theirs), daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours)

    def tell(self, order: Order) -> None:
        """Give it an order; `answer` is what came of it."""
        self.pipe.send(order)

    def answer(self) -> Any:
        """What it says next."""
        assert self.pipe.poll(LONG), f"no answer within {LONG:g} s"
        return self.pipe.recv()

    def kill(self, *, after: Seconds = AT_ONCE) -> None:
        """SIGKILL, in a while."""
        poll(lambda: not self.process.is_alive(), within=after, every=OFTEN)
        self.process.kill()
        self.process.join()
        self.pipe.close()

    def leave(self) -> int | None:
        """Let it end by itself; its exit status."""
        with suppress(OSError):
            self.pipe.send(None)
        self.process.join(LONG)
        status = self.process.exitcode
        self.kill()
        return status


def live(cluster: str, radius: int, pipe: Connection) -> None:
    """The process: heal, run the workloads, obey."""
    options = Options(cluster=cluster, radius=radius)
    with provided(options, _silent) as ground, staged(ground, _silent, _silent) as scene:
        # Nobody asks whether its faults took effect: others may have been in their way.
        scene.chaos.leaving = True
        scene.cluster.run(*SPECS)
        blocks: dict[int, ExitStack] = {}
        pipe.send(scene.cluster.namespace)
        for order in iter(pipe.recv, None):
            pipe.send(_obeyed(scene, blocks, order))


def _obeyed(scene: Scene, blocks: dict[int, ExitStack], order: Order) -> object:
    match order:
        case ("inject", number, fault) if fault is not None:
            return _injected(scene, blocks.setdefault(number, ExitStack()), fault)
        case ("heal", number, _):
            return _healed(blocks.pop(number))
        case _:
            return _apps(scene)


def _injected(scene: Scene, block: ExitStack, fault: Fault) -> Came | str:
    """What could not be done was healed, and is refused."""
    try:
        block.enter_context(scene.chaos.inject(fault))
    except NotSteady:  # all that was healed is well
        raise
    except NotHealed as error:
        return str(error)
    except ChaosError:
        return "refused"
    return "open"


def _healed(block: ExitStack) -> Came | str:
    try:
        block.close()
    except NotHealed as error:
        return str(error)
    return "healed"


def _apps(scene: Scene) -> tuple[Workload, ...]:
    """The workloads, each with the pods that it has now."""
    pods = [p for p in scene.journal.known("pod").values() if isinstance(p, Pod)]
    return tuple(
        replace(app, stands=tuple(_stand(p) for p in pods if p.workload == app.name))
        for app in scene.cluster.ran
    )


def _stand(pod: Pod) -> Stand:
    return Stand(pod.uid, pod.name, pod.node or NodeName(""), pod.namespace)


def _silent(_: object) -> None:
    """Nobody reads it."""
