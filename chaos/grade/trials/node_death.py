"""The node of one of the app's pods loses its power."""

from __future__ import annotations

from dataclasses import replace

from chaos.clock import Seconds, seconds
from chaos.errors import Unprotected
from chaos.faults import NodeDeath
from chaos.grade.start_up import longest_start
from chaos.grade.trial import Candidate, Trial
from chaos.history.effect import Effect
from chaos.laws import never_replaced, recreated, replaced, resumes
from chaos.running.session import Chaos
from chaos.windows import Term, Window, replacement, within
from chaos.windows.nodes import NEVER_ANEW
from chaos.workloads.admitted import Workload

BOOT = 30.0  # seconds: a node of ours is Ready again 5 to 10 s after its power is back
FOREVER = "tolerates a lost node for ever: its pods stay there until somebody deletes them"
WAITS = "waits for its node: a StatefulSet makes no second pod of a name while the first may run"
BARE = "is lost with its node: a bare pod has no controller to make another"


def _node_death(candidate: Candidate, chaos: Chaos) -> None:
    app = candidate.app
    if app.kind == "DaemonSet":
        return _comes_back(app, chaos)
    if app.tolerance is None:
        raise Unprotected(candidate.why(FOREVER))
    lost, window = _lost(app), _window(candidate)
    if app.kind not in {"StatefulSet", "Pod"}:
        with chaos.inject(NodeDeath(lost.stands[0].node)):
            chaos.expect(replaced(app, away_from=lost.stands[0].node, within=window))
        return None
    with chaos.inject(NodeDeath(lost.stands[0].node)):
        chaos.expect(never_replaced(lost, through=window.latest))
    if app.kind == "StatefulSet":
        chaos.expect_after_heal(recreated(lost, within=within(_booted(app))))
    raise Unprotected(candidate.why(BARE if app.kind == "Pod" else WAITS))


def _comes_back(app: Workload, chaos: Chaos) -> None:
    """A DaemonSet's pod belongs to its node, and goes on when that does."""
    lost = _lost(app)
    with chaos.inject(NodeDeath(lost.stands[0].node)):
        chaos.expect()
    chaos.expect_after_heal(resumes(lost, within=within(_booted(app))))


def _lost(app: Workload) -> Workload:
    """It with those of its pods that stood where the first of them stood."""
    node = app.stands[0].node
    return replace(app, stands=tuple(stand for stand in app.stands if stand.node == node))


def _window(candidate: Candidate) -> Window:
    """When a new pod must be ready elsewhere: until its own probes would give its start up.

    Of a kind that nobody promises one for, when a Deployment's would be.
    """
    app, timers = candidate.app, candidate.cluster.timers
    promised = replace(app, kind="Deployment") if app.kind in NEVER_ANEW else app
    start = seconds(longest_start(app))
    words = f"start-up {start:g} s by its probes"
    startup = Term("start-up", start, "failureThreshold, periodSeconds", words)
    return replacement(promised, Effect("lost"), timers).then(startup)


def _booted(app: Workload) -> Seconds:
    return seconds(BOOT + longest_start(app))


NODE_DEATH = Trial(
    "node-death", "The node of {app} dies: its pods come back on another.", _node_death, basic=True
)
