"""Who heals what a run leaves behind: the next one, `chaos heal`, or the run's switch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from chaos.clock import SystemClock, seconds, wall
from chaos.errors import ChaosError, Unreadable
from chaos.history.journal import Journal
from chaos.kube import namespaces
from chaos.kube.cluster import KubeCluster
from chaos.options import Options, options
from chaos.ports.fault import undo
from chaos.running.ground import Ground, found
from chaos.running.ledger import Ledger, read
from chaos.running.radius import taken
from chaos.running.switch import Switch

Say = Callable[[str], None]

NOTHING = "nothing to heal: no fault was armed"
GOING = seconds(10)  # for a run to be gone entirely: the kernel closes its files one by one


def healer(ground: Ground) -> KubeCluster:
    """A cluster port that can only heal: no namespace of its own, nobody reads its journal."""
    return KubeCluster(ground.site, Journal(SystemClock()), namespace="default")


def mend(ground: Ground, tell: Say) -> None:
    """Heal the faults that a dead run left armed, give its nodes back, delete its namespaces.

    What cannot be healed keeps its nodes, for nobody else shall count on them, but no namespace.
    """
    cluster, nodes = healer(ground), _taken(ground.ledger)
    with ground.ledger.healing(), _swept(ground, tell):
        ground.ledger.heal_all(cluster, lambda fault: tell(f"healed {fault}"))
        undo(cluster.release, sorted(nodes))


@contextmanager
def _swept(ground: Ground, tell: Say) -> Iterator[None]:
    """Delete namespaces behind what is done, whatever becomes of it: that is told first then.

    What cannot be deleted then is found by whoever comes next.
    """

    def sweep() -> None:
        left = namespaces.remnants(ground.client, ground.site.holder)
        undo(partial(_delete, ground, tell), left)

    try:
        yield
    except ChaosError:
        with suppress(ChaosError):
            sweep()
        raise
    sweep()


def _delete(ground: Ground, tell: Say, namespace: str) -> None:
    ground.site.hands.displace(namespace)
    ground.client.delete(f"/api/v1/namespaces/{namespace}")
    tell(f"deleted namespace {namespace}")


def healed_on(chosen: Options, say: Say) -> list[str]:
    """Mend what a dead run left on a cluster that is there; says what that was."""
    ground = found(chosen)
    done: list[str] = []
    with ground.ledger.held(say):
        tell_notes(ground, say)
        mend(ground, done.append)
    return done


def healed_on_each(clusters: Collection[str], say: Say) -> Iterator[str]:
    """Mend what dead runs left on each of our clusters; says what that was.

    One that cannot be healed keeps no other from it: ChaosError, when all were tried, says why.
    """
    failed: list[str] = []
    for name in clusters:
        try:
            yield from (
                f"{name}: {done}" for done in healed_on(Options(cluster=name), say) or [NOTHING]
            )
        except ChaosError as error:
            failed.append(f"{name}: {error}")
    if failed:
        raise ChaosError("; ".join(failed))
    if not clusters:
        yield "nothing to heal: there is no kept cluster of ours"


def tell_notes(ground: Ground, say: Say) -> None:
    """Say once what a switch has done since somebody looked."""
    for line in ground.ledger.notes():
        say(line)


@contextmanager
def switched(ground: Ground) -> Iterator[None]:
    """Have a switch behind a run, which is inert when the run ends with nothing armed."""
    ledger, chosen = ground.ledger, ground.options
    way = {"cluster": chosen.cluster, "context": chosen.context, "image": chosen.image}
    switch = Switch(ledger.folder, way | {"allow_context": chosen.allow_context})
    well = False
    try:
        yield
        well = not ledger.armed()
    finally:
        switch.dismiss() if well else switch.release()


def heal_after(way: dict[str, str]) -> None:
    """A run is gone: mend what it left, unless somebody has come who does."""
    ground = found(options(way))
    with ground.ledger.held(patience=GOING):
        mend(ground, _noting(ground, "its run was gone"))


def heal_open(way: dict[str, str]) -> None:
    """A run hangs: heal all that it has open. It may come back, and keeps the cluster."""
    ground = found(options(way))
    note = _noting(ground, "its run hung, and it was open for longer than its term")
    with ground.ledger.healing():
        ground.ledger.heal_all(healer(ground), lambda fault: note(f"healed {fault}"))


def _noting(ground: Ground, why: str) -> Say:
    return lambda done: ground.ledger.note(f"{wall():%Y-%m-%d %H:%M:%SZ} the switch {done}: {why}")


def _taken(ledger: Ledger) -> frozenset[str]:
    """The nodes that what is armed has taken."""
    faults = []
    for page in ledger.armed():
        with suppress(Unreadable):  # healing will name it
            faults.append(read(page))
    return taken(faults)
