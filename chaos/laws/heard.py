"""Laws about what a kubelet or a user hears when he asks an app for a path (oracle: L6).

The recorder sends the request that a probe would. Who is restarted for the first answer, or has
only a few of a kind to give, may not be heard by it: then it is the kubelet's word for its failed
probe, or the app's own count, that tells of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.facts import Answered, Entry
from chaos.history.history import History
from chaos.judging.hearing import AT_ONCE, PATIENCE, Wanted, answered
from chaos.judging.law import law
from chaos.judging.probed import RPC, SILENT, failures
from chaos.judging.saying import NOTICE, Sign, all_say, first_told, told
from chaos.judging.verdict import Verdict
from chaos.patient import reported
from chaos.patient.answers import FAILING
from chaos.patient.children import DEAD, LIVES, UNSEEN
from chaos.patient.grpc_check import NOT_SERVING, SERVING
from chaos.patient.orders import CHILDREN, GRPC_CHECK, HEALTH
from chaos.windows.window import Window
from chaos.workloads.admitted import Apps, Stand, Workload, each
from chaos.workloads.containers import PROBES

RUNS = seconds(5)  # for a command: a busy node has to start a process
# What `patient-grpc-check` comes to.
GRPC: dict[str, int | str] = {"serving": SERVING, "not_serving": NOT_SERVING, "silent": SILENT}
GRPC_WORDS = {said: word for word, said in GRPC.items() if said != SILENT}
CHILD_WORDS: dict[int | str, str] = {LIVES: "that it lives", UNSEEN: "that none can be seen"}


@law
def answer_as(
    aftermath: History, apps: Apps, *, path: str, said: int | str, within: Window | None = None
) -> Verdict:
    """Every app was asked for the path, as a probe asks or by one, and gave this answer.

    `said` is the HTTP status, or how it fails in words: refused, reset, no answer (in a second).
    """
    wanted = Wanted(path, said, f"not every app said {said} to GET {path}")
    return answered(aftermath, apps, wanted, within)


@law
def silent_for(aftermath: History, apps: Apps, *, path: str, span: Seconds) -> Verdict:
    """Every app was asked for the path, as a probe asks, and gave no whole answer for so long."""
    missing = f"not every app said {SILENT} to GET {path}"
    return answered(aftermath, apps, Wanted(path, SILENT, missing, span))


@law
def answer_late(
    aftermath: History, apps: Apps, *, path: str, said: int | str, by: Seconds
) -> Verdict:
    """Every app was asked for the path, as a probe asks, and gave this answer so late."""
    missing = f"not every app said {said} after {by:g} s to GET {path}"
    return answered(aftermath, apps, Wanted(path, said, missing, Seconds(by + PATIENCE), by))


@law
def command_ends(
    aftermath: History, apps: Apps, *, command: str, said: int | str, late: Seconds = AT_ONCE
) -> Verdict:
    """Every app's command was run, as an exec probe runs it, and ended so, or did not.

    `said` is the exit status, so `late`; or "no answer": it went on for 5 s, or for as long as no
    probe can have had the app restarted, at least half a second; or ended so late.
    """
    patience = RUNS if said == SILENT else Seconds(late + RUNS)
    so_late = f" after {late:g} s" if late and said != SILENT else ""
    missing = f"not every app's {command} came to {said}{so_late}"
    return answered(aftermath, apps, Wanted(command, said, missing, patience, late, runs=True))


@law
def grpc_says(aftermath: History, apps: Apps, *, status: str) -> Verdict:
    """Every app's gRPC health service was asked, as a grpc probe asks it, and said so.

    `status` is serving, not_serving or silent: no answer for as long as of a command.
    """
    if (said := GRPC.get(status)) is None:
        raise ChaosError(f"a gRPC health service says {', '.join(GRPC)}: not {status!r}")
    missing = f"not every app's gRPC health service said {GRPC_WORDS.get(said, said)}"
    wanted = Wanted(GRPC_CHECK, said, missing, RUNS, runs=True, words=GRPC_WORDS)
    return answered(aftermath, apps, replace(wanted, probed=(RPC, said)))


@law
def child_is_dead(aftermath: History, apps: Apps) -> Verdict:
    """Every app's child process was looked for in its container, and there was none.

    Or a probe heard of it: `/health` may look after the child.
    """
    missing = "not every app's child process was dead"
    wanted = Wanted(CHILDREN, DEAD, missing, RUNS, runs=True, words=CHILD_WORDS)
    return answered(aftermath, apps, replace(wanted, probed=(HEALTH, FAILING)))


@law
def lied(aftermath: History, apps: Apps, *, path: str, said: int) -> Verdict:
    """Every app gave the answer that it was told: as it counts, or as the kubelet heard it."""
    key = reported.inner(reported.LIES, path)
    first = first_told(aftermath, apps, reported.SINCE)  # told by all, also before the first lie

    def more(answer: Answered) -> bool:
        return told(answer, key) > told(first.get(answer.uid, answer), key)

    def heard(app: Workload, stand: Stand) -> Iterable[Entry]:
        return failures(aftermath, app, stand, path, said)

    notice = Seconds(NOTICE + max(map(_patience, each(apps))))
    missing = f"not every app was asked for {path}"
    return all_say(aftermath, apps, Sign(more, missing, notice, shown=heard))


def _patience(app: Workload) -> float:
    """The longest until a probe of it has asked once (seconds)."""
    probes = (app.probe(name) for name in PROBES)
    return max((p.delay + p.period + p.timeout for p in probes if p), default=0.0)
