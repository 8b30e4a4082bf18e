"""A dry run's wiring: scenarios are gone through, and nothing is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from chaos.clock import SystemClock
from chaos.dryrun.paper import Hands, PaperCluster
from chaos.dryrun.rights import EVERY, Lacking, Reviewer, Right
from chaos.errors import CannotHere, ChaosError, NoSuchTarget, one_line
from chaos.history.facts import Entry
from chaos.history.journal import Journal
from chaos.history.timers import Timers
from chaos.judging.judgement import Judgement
from chaos.judging.law import Law
from chaos.kube.kinds import Kinds, Resource, usual
from chaos.kube.parse import node_from
from chaos.options import Options
from chaos.ports.abilities import Abilities
from chaos.ports.fault import Fault
from chaos.ports.provider import Blueprint
from chaos.providers import registry
from chaos.running.ground import archives, found
from chaos.running.radius import Radius
from chaos.values import Json

Say = Callable[[str], None]


@dataclass(frozen=True)
class Draft:
    """What is known of the cluster, and what is asked of it; nobody waits for its ledger."""

    nodes: tuple[str, ...]
    timers: Timers
    hands: Hands
    lacking: Lacking
    radius: Radius
    abilities: Abilities
    say: Say
    control_planes: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    kinds: Callable[[Json], Resource] = usual


@dataclass
class Planner:
    """The `chaos` of a dry run: says what would be injected, expected and undone."""

    cluster: PaperCluster
    radius: Radius
    abilities: Abilities
    say: Say
    judgements: list[Judgement] = field(default_factory=list)
    leaving: bool = False
    _open: list[Fault] = field(default_factory=list)

    @contextmanager
    def inject(self, fault: Fault) -> Iterator[None]:
        """Say how a fault would be caused, and how it would be undone."""
        self._do(fault, lambda: self.abilities.admit(fault))
        with self.radius.held(fault, lambda: self._open, self.cluster):
            self.say(f"inject {fault}:")
            self._do(fault, lambda: fault.inject(self.cluster))
            self._open.append(fault)
            yield
            self._open.remove(fault)
            self.say(f"heal {fault}:")
            fault.heal(self.cluster)

    def _do(self, fault: Fault, act: Callable[[], None]) -> None:
        try:
            act()
        except CannotHere as reason:
            self.say(f"cannot inject {fault}: {reason}")
            raise

    def expect(self, *laws: Law) -> None:
        """Say what would be judged."""
        if not self._open:
            raise ChaosError("no fault is open: call expect() inside `with chaos.inject(...)`")
        self._expect(laws)

    def expect_after_heal(self, *laws: Law) -> None:
        """Say what would be judged then."""
        self._expect(laws)

    def _expect(self, laws: Iterable[Law]) -> None:
        for law in laws:
            self.say(f"  expect {law.short}: {law.sentence}")


@dataclass(frozen=True)
class Scene:
    """One scenario's handles."""

    cluster: PaperCluster
    chaos: Planner
    journal: Journal


@contextmanager
def provided(options: Options, say: Say) -> Iterator[Draft]:
    """What is known of the run's cluster: that of a name or a context is asked, and not touched."""
    say("a dry run: nothing is done to any cluster")
    images = archives(options)
    draft = _to_be_made(options, say) if registry.is_new(options) else _there(options, say)
    for archive in images:
        say(f"load onto every node: {one_line(', '.join(archive.names))}")
    yield draft


@contextmanager
def staged(draft: Draft, keep: Callable[[Entry], None], say: Say) -> Iterator[Scene]:
    """A scenario's own paper."""
    del say, keep

    def do(words: str, needed: Iterable[Right]) -> None:
        draft.say(f"  {words}")
        if lacking := draft.lacking(needed):
            raise ChaosError(f"you may not {_listed(lacking)}, which is needed to {words}")

    paper = PaperCluster(
        draft.nodes,
        draft.timers,
        draft.hands,
        do,
        draft.control_planes,
        abilities=draft.abilities,
        kinds=draft.kinds,
    )
    planner = Planner(paper, draft.radius, draft.abilities, draft.say)
    yield Scene(paper, planner, Journal(SystemClock()))


def _listed(lacking: Iterable[Right]) -> str:
    return ", ".join(map(str, lacking))


def _there(options: Options, say: Say) -> Draft:
    ground = found(options)
    reviewer = Reviewer(ground.client, {})
    if lacking := reviewer.lacking(EVERY):
        raise ChaosError(f"you may not {_listed(lacking)}, which every scenario needs")
    nodes = ground.client.get("/api/v1/nodes")["items"]
    say(f"cluster: {ground.versions['cluster']}, Kubernetes {ground.versions['Kubernetes']}")
    seen = [node_from(node) for node in nodes]
    return Draft(
        nodes=tuple(node.name for node in seen if node.ready == "True"),
        timers=ground.site.timers,
        hands=ground.site.hands,
        lacking=reviewer.lacking,
        radius=ground.radius,
        abilities=ground.abilities,
        say=say,
        control_planes=tuple(node.name for node in seen if node.control_plane),
        kinds=Kinds(ground.client).of,
    )


def _to_be_made(options: Options, say: Say) -> Draft:
    """A cluster of its own, which would be made first."""
    rehearsed = options.cluster == "fake"  # as the usual one would be, also where none can be made
    maker = registry.MAKERS[0] if rehearsed else registry.maker(options)
    would = maker.blueprint(options)
    say(f"cluster: {maker.name}, {len(would.nodes)} nodes, would be made, and taken down")
    return Draft(
        nodes=would.nodes,
        timers=would.timers,
        hands=ToBeMade(would),
        lacking=lambda _: [],
        radius=Radius(options.radius),
        abilities=registry.abilities(maker, f"a new {maker.name} cluster"),
        say=say,
    )


@dataclass(frozen=True)
class ToBeMade:
    """The hands on a cluster that is not there yet: on all that it will have."""

    would: Blueprint

    def machine(self, node: str) -> str:
        """The machine under a node."""
        return _one_of(self.would.nodes, node)

    def control_plane(self, name: str) -> str:
        """One of the control plane's programs."""
        return _one_of(self.would.programs, name)


def _one_of(there: Sequence[str], name: str) -> str:
    if name not in there:
        raise NoSuchTarget(f"there will be no {name}: there will be {', '.join(there)}")
    return name
