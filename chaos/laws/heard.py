"""Laws about what a kubelet or a user hears when he asks an app for a path (oracle: L6).

The recorder sends the request that a probe would. Who is restarted for the first answer, or has
only a few of a kind to give, may not be heard by it: then it is the kubelet's word for its failed
probe, or the app's own count, that tells of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from chaos.clock import Seconds, seconds
from chaos.errors import ChaosError
from chaos.history.facts import Answered, Entry
from chaos.history.history import History
from chaos.history.looked import LOST, Getting, Got
from chaos.judging.law import law
from chaos.judging.looking import rule, search
from chaos.judging.probed import NEVER, RPC, SILENT, failures
from chaos.judging.saying import NOTICE, SILENCE, Sign, all_say, first_told, told
from chaos.judging.stood import stands
from chaos.judging.verdict import Ruling, Verdict
from chaos.patient import reported
from chaos.patient.grpc_check import NOT_SERVING, SERVING
from chaos.patient.orders import GRPC_CHECK
from chaos.windows.window import Window, trace
from chaos.workloads.admitted import Apps, Stand, Workload, each
from chaos.workloads.containers import PROBES, ProbeName

PATIENCE = seconds(1)  # for one answer: a kubelet's default, too
WHILE = seconds(0.5)  # a probe may have who is silent restarted after its usual second
RUNS = seconds(5)  # for a command: a busy node has to start a process
AT_ONCE = seconds(0)
KILLERS: tuple[ProbeName, ...] = ("startup", "liveness")
# What `patient-grpc-check` comes to.
GRPC: dict[str, int | str] = {"serving": SERVING, "not_serving": NOT_SERVING, "silent": SILENT}
GRPC_WORDS = {said: word for word, said in GRPC.items() if said != SILENT}
NAMED = 3  # of those that said the same: a line about a dozen is read by nobody


@law
def answer_as(
    aftermath: History, apps: Apps, *, path: str, said: int | str, within: Window | None = None
) -> Verdict:
    """Every app was asked for the path, as a probe asks or by one, and gave this answer.

    `said` is the HTTP status, or how it fails in words: refused, reset, no answer (in a second).
    """
    return _answered(aftermath, apps, _Wanted(path, said), within)


@law
def silent_for(aftermath: History, apps: Apps, *, path: str, span: Seconds) -> Verdict:
    """Every app was asked for the path, as a probe asks, and gave no whole answer for so long."""
    return _answered(aftermath, apps, _Wanted(path, SILENT, span), None)


@law
def answer_late(
    aftermath: History, apps: Apps, *, path: str, said: int | str, by: Seconds
) -> Verdict:
    """Every app was asked for the path, as a probe asks, and gave this answer so late."""
    return _answered(aftermath, apps, _Wanted(path, said, Seconds(by + PATIENCE), by), None)


@law
def command_ends(
    aftermath: History, apps: Apps, *, command: str, said: int | str, late: Seconds = AT_ONCE
) -> Verdict:
    """Every app's command was run, as an exec probe runs it, and ended so, or did not.

    `said` is the exit status, so `late`; or "no answer": it went on for 5 s, or for as long as no
    probe can have had the app restarted, at least half a second; or ended so late.
    """
    patience = RUNS if said == SILENT else Seconds(late + RUNS)
    return _answered(aftermath, apps, _Wanted(command, said, patience, late, runs=True), None)


@law
def grpc_says(aftermath: History, apps: Apps, *, status: str) -> Verdict:
    """Every app's gRPC health service was asked, as a grpc probe asks it, and said so.

    `status` is serving, not_serving or silent: no answer for as long as of a command.
    """
    if (said := GRPC.get(status)) is None:
        raise ChaosError(f"a gRPC health service says {', '.join(GRPC)}: not {status!r}")
    return _answered(aftermath, apps, _Wanted(GRPC_CHECK, said, RUNS, runs=True), None)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An answer that is to be heard, for how long each is listened for, and how late it must be."""

    path: str
    said: int | str
    patience: Seconds = PATIENCE
    late: Seconds = AT_ONCE
    runs: bool = False

    def of(self, app: Workload, stand: Stand) -> Getting:
        """How one is asked for it."""
        if not self.runs:
            return Getting(stand, self.path, self.patience)
        patience = min(self.patience, _unharmed(app)) if self.said == SILENT else self.patience
        return Getting(stand, self.path, patience, app.meant.name)

    @property
    def asked(self) -> str:
        """What a probe asks that hears the same."""
        return RPC if self.path == GRPC_CHECK else self.path

    @property
    def missing(self) -> str:
        """What is said of who did not."""
        late = f" after {self.late:g} s" if self.late and self.said != SILENT else ""
        if self.asked == RPC:
            return f"not every app's gRPC health service said {self.word(self.said)}"
        if self.runs:
            return f"not every app's {self.path} came to {self.said}{late}"
        return f"not every app said {self.said}{late} to GET {self.path}"

    def word(self, said: int | str) -> int | str:
        """What was said, as it is read."""
        return GRPC_WORDS.get(said, said) if self.asked == RPC else said

    def is_met(self, got: Got) -> bool:
        """Whether it was heard."""
        if self.runs and self.said == SILENT:
            return got.said == SILENT or (got.said != LOST and 0 < self.late <= got.took)
        return got.said == self.said and got.took >= self.late


def _answered(aftermath: History, apps: Apps, wanted: _Wanted, within: Window | None) -> Verdict:
    asked = {stand: app for app in each(apps) for stand in stands(aftermath, app)}
    heard = {s: _heard(aftermath, app, s, wanted.path) for s, app in asked.items()}
    shown = {s: _shown(aftermath, app, s, wanted, heard[s]) for s, app in asked.items()}
    searches = [search(heard[stand], proofs) for stand, proofs in shown.items()]
    unheard = tuple(stand for stand, proofs in shown.items() if not proofs)
    window = within or trace(_limit(aftermath, heard, shown))
    verdict = rule(aftermath, searches, window, wanted.missing)
    if verdict.ruling is Ruling.OPEN:
        return replace(verdict, get=tuple(wanted.of(asked[stand], stand) for stand in unheard))
    if unheard and all(got.said == LOST for stand in unheard for got in heard[stand]):
        return replace(verdict, ruling=Ruling.UNKNOWN, because="nobody could ask it")
    instead = _instead(
        {stand.name: wanted.word(heard[stand][-1].said) for stand in unheard if heard[stand]}
    )
    return replace(verdict, because=f"{verdict.because}: {instead}") if instead else verdict


def _instead(said: Mapping[str, int | str]) -> str:
    """What who said, a word once: of a dozen pods three are named."""
    words = dict.fromkeys(said.values())
    who = {word: [name for name, one in said.items() if one == word] for word in words}
    return " and ".join(f"{_few(names)} said {word}" for word, names in who.items())


def _few(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


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


def _limit(
    aftermath: History, heard: Mapping[Stand, list[Got]], shown: Mapping[Stand, list[Entry]]
) -> Seconds:
    """While none has said otherwise they have longer, as in `all_say`: a busy machine is late."""
    firsts = {stand: proofs[0].at for stand, proofs in shown.items() if proofs}
    before = (g for s, gots in heard.items() for g in gots if g.at < firsts.get(s, NEVER))
    otherwise = any(got.said != LOST for got in before)
    prompt = all(firsts.get(stand, NEVER) <= aftermath.start + NOTICE for stand in shown)
    return NOTICE if otherwise or prompt else SILENCE


def _shown(
    aftermath: History, app: Workload, stand: Stand, wanted: _Wanted, heard: list[Got]
) -> list[Entry]:
    """What proves it, oldest first: what we heard, or what a probe did that nobody outran."""
    ours: list[Entry] = [got for got in heard if wanted.is_met(got)]
    if wanted.late and wanted.said != SILENT:
        return ours
    told = failures(aftermath, app, stand, wanted.asked, wanted.said)
    return sorted([*ours, *told], key=lambda proof: proof.at)


def _heard(aftermath: History, app: Workload, stand: Stand, path: str) -> list[Got]:
    """What came of the requests for a path."""
    gots = (entry for entry in aftermath.about("got", app.name) if isinstance(entry, Got))
    return [got for got in gots if (got.uid, got.path) == (stand.uid, path)]


def _unharmed(app: Workload) -> Seconds:
    """For how long no probe can have had it restarted, whenever it asks (oracle 2.2)."""
    killers = [probe for name in KILLERS if (probe := app.probe(name))]
    kills = [(p.failures - 1) * p.period + p.timeout for p in killers]
    return Seconds(max(WHILE, min(kills, default=NEVER) - WHILE))


def _patience(app: Workload) -> float:
    """The longest until a probe of it has asked once (seconds)."""
    probes = (app.probe(name) for name in PROBES)
    return max((p.delay + p.period + p.timeout for p in probes if p), default=0.0)
