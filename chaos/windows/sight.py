"""What a probe can see of a fault, by its handler (oracle L4, L6), and what nothing would mend."""

from __future__ import annotations

from chaos.errors import ChaosError
from chaos.history.effect import Effect
from chaos.workloads.admitted import Workload, hit
from chaos.workloads.containers import Probe, ProbeName
from chaos.workloads.handlers import Exec, Handler, HttpGet, TcpSocket
from chaos.workloads.probes import MAIN
from chaos.workloads.wires import PROBES as WIRED

HOLDS: dict[ProbeName, str] = {
    "liveness": "never_restarted",
    "readiness": "never_leaves_endpoints",
    "startup": "never_restarted",
}
HUNG = Effect("silent", seen_by=("http-get", "grpc"))  # a main port that accepts, and says nothing
FAILS = Effect("refuses")  # at once
OWN = frozenset({"ends", "silent", "refuses", "passes", "fills"})  # done to a container's process
HERE = frozenset({"localhost", "127.0.0.1", "::1"})  # of a pod on its node's own network
# Who asks at the same time: a startup probe keeps the others waiting.
BESIDE: dict[ProbeName, tuple[ProbeName, ...]] = {
    "liveness": ("readiness",),
    "readiness": ("liveness",),
}
PROBED = frozenset({"silent", "refuses", "passes"})  # what only a probe tells the kubelet of


def unseen(workload: Workload, name: ProbeName, effect: Effect) -> str:
    """Why a fault that looks like this leads to nothing by this probe; empty when it does.

    A leak needs no probe: it has to reach the container's limit.
    """
    if effect.how == "fills":
        return _below_the_limit(workload, effect)
    if effect.how not in PROBED:
        return ""
    probe = workload.probe(name)
    if probe is None:
        return f"{workload} has no {name} probe: nothing would {_does(name)} when it hangs"
    if effect.probe not in {"", name}:
        return f"the fault befalls {workload}'s {effect.probe} probe, not its {name} probe"
    why = _blind(workload, name, probe, effect) or _content(probe, effect)
    why = why or _shared(workload, name, probe, effect)
    return why and f"{workload}'s {name} probe {why}: nothing would {_does(name)}"


def must_be_seen(workload: Workload, name: ProbeName, effect: Effect) -> None:
    """ChaosError with the reason, and the law that does hold, when a probe cannot see a fault."""
    if why := unseen(workload, name, effect):
        raise ChaosError(f"{why}; what holds is `{HOLDS[name]}`")


def befalls(effect: Effect, workload: Workload, *, whole: bool) -> bool:
    """Whether it is done to this workload: to the container that is meant, or, whole, to its pod.

    What is done to nodes and objects may concern anybody, and so may what does not say.
    """
    if effect.how not in OWN or not effect.hits:
        return True
    return hits(effect, workload, whole=whole)


def hits(effect: Effect, workload: Workload, *, whole: bool) -> bool:
    """Whether it names this workload: the container that is meant, or, whole, its pod."""
    felt = {one for one in effect.hits if one.partition("/")[0] == workload.name}
    return bool(felt if whole else felt & {workload.name, hit(workload)})


def must_befall(effect: Effect, workload: Workload, *, whole: bool) -> None:
    """ChaosError when a fault is done to others: nothing says how soon this one would feel it."""
    if not befalls(effect, workload, whole=whole):
        told = f"the fault was done to {' and '.join(effect.hits)}, not to {workload}"
        raise ChaosError(f"{told}: give `within`, how soon it would be felt there")


def _does(name: ProbeName) -> str:
    return "take it out of its service" if name == "readiness" else "restart it"


def _blind(workload: Workload, name: ProbeName, probe: Probe, effect: Effect) -> str:
    """What keeps its probe from seeing it; a handler that is not known is believed."""
    match probe.asks:
        case None:
            return ""
        case asks if effect.seen_by and asks.kind not in effect.seen_by:
            return _apart(asks)
        case Exec() as run if not any(effect.program in word for word in run.command):
            return f"runs {run.program}, the fault makes {effect.program} fail"
        case TcpSocket() as call:
            return _away(workload, call) or _spared(workload, name, call, effect)
        case HttpGet() as get:
            away = _away(workload, get) or _spared(workload, name, get, effect)
            return away or _elsewhere(get, effect)
        case _:
            return ""


def _content(probe: Probe, effect: Effect) -> str:
    """What keeps a probe that hears it from failing, or from failing often enough."""
    if effect.how == "passes" and effect.late < probe.timeout:
        late = f"waits {probe.timeout:g} s, and is answered after {effect.late:g} s"
        return late if effect.late else "hears no failure of it"
    if 0 < effect.times < probe.failures:
        return f"wants {probe.failures} failures in a row, and hears at most {effect.times}"
    return ""


def _shared(workload: Workload, name: ProbeName, probe: Probe, effect: Effect) -> str:
    """Which other of its container's probes uses up what is not there for ever."""
    spec = next(spec for spec in workload.containers if spec.probe(name) is probe)
    for other in BESIDE.get(name, ()) if effect.times else ():
        beside = spec.probe(other)
        if beside and isinstance(beside.asks, HttpGet) and not _elsewhere(beside.asks, effect):
            failures = f"shares {effect.times} failures with its {other} probe"
            return f"{failures}: nobody can tell how many it hears"
    return ""


def _apart(asks: Handler) -> str:
    """How a probe goes about it that the fault does not touch."""
    match asks:
        case TcpSocket():
            return "only wants a connection, and gets one"
        case Exec():
            return f"runs {asks.program}: nobody can tell whether that sees it"
        case _:
            return f"asks by {asks.kind}, which the fault leaves alone"


def _away(workload: Workload, call: HttpGet | TcpSocket) -> str:
    """Whom it asks that may not be the pod at all: a kubelet asks from its node."""
    if not call.host or (workload.host_network and call.host in HERE):
        return ""
    return f"asks {call.host}: nobody can tell whether that sees it"


def _spared(workload: Workload, name: ProbeName, call: HttpGet | TcpSocket, effect: Effect) -> str:
    """Which other port it asks; its wire, where it has one, leads to the port that it had."""
    named = dict(port for spec in workload.containers for port in spec.ports)
    main, port = workload.port or MAIN, named.get(str(call.port), call.port)
    touched = not effect.main or port in {"", main, MAIN, WIRED[name]}
    return "" if touched else f"asks port {port}, the fault lies on {main}"


def _elsewhere(get: HttpGet, effect: Effect) -> str:
    """Where a request goes that the fault does not touch."""
    if effect.path and get.asked != effect.path:
        return f"asks {get.asked}, the fault lies on {effect.path}"
    return f"sends its {effect.barred_by}" if effect.barred_by in get.headers else ""


def _below_the_limit(workload: Workload, effect: Effect) -> str:
    limit = workload.meant.memory
    if limit is None or effect.up_to_mib is None or effect.up_to_mib >= limit:
        return ""
    return f"the leak ends at {effect.up_to_mib:g} MiB, the limit of {workload} is {limit:g} MiB"
