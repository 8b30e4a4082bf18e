"""Rulings on what was heard when apps were asked for a path, or had a command run (oracle: L6).

Who is restarted for the first answer may not be heard by us: then it is the kubelet's word for its
failed probe that tells of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chaos.clock import Seconds, seconds
from chaos.history.facts import Entry
from chaos.history.history import History
from chaos.history.looked import LOST, Getting, Got
from chaos.judging.looking import rule, search
from chaos.judging.probed import NEVER, SILENT, failures
from chaos.judging.saying import NOTICE, SILENCE
from chaos.judging.stood import stands
from chaos.judging.verdict import Ruling, Verdict
from chaos.windows.window import Window, trace
from chaos.workloads.admitted import Apps, Stand, Workload, each
from chaos.workloads.containers import ProbeName

PATIENCE = seconds(1)  # for one answer: a kubelet's default, too
WHILE = seconds(0.5)  # a probe may have who is silent restarted after its usual second
AT_ONCE = seconds(0)
KILLERS: tuple[ProbeName, ...] = ("startup", "liveness")
NAMED = 3  # of those that said the same: a line about a dozen is read by nobody


@dataclass(frozen=True, slots=True)
class Wanted:
    """An answer that is to be heard, for how long each is listened for, and how late it must be.

    `path` is a command where it `runs`. `missing` is said of who did not, `words` of what was said
    instead. `probed` is what a probe asks that hears the same, and what it hears.
    """

    path: str
    said: int | str
    missing: str
    patience: Seconds = PATIENCE
    late: Seconds = AT_ONCE
    runs: bool = False
    words: Mapping[int | str, str] = field(default_factory=dict)
    probed: tuple[str, int | str] | None = None

    def of(self, app: Workload, stand: Stand) -> Getting:
        """How one is asked for it."""
        if not self.runs:
            return Getting(stand, self.path, self.patience)
        patience = min(self.patience, _unharmed(app)) if self.said == SILENT else self.patience
        return Getting(stand, self.path, patience, app.meant.name)

    def is_met(self, got: Got) -> bool:
        """Whether it was heard."""
        if self.said == SILENT:
            return got.said == SILENT or (got.said != LOST and 0 < self.late <= got.took)
        return got.said == self.said and got.took >= self.late


def answered(
    aftermath: History, apps: Apps, wanted: Wanted, within: Window | None = None
) -> Verdict:
    """Each pod that stood gave this answer: those that have not are asked."""
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
    last = {stand.name: heard[stand][-1].said for stand in unheard if heard[stand]}
    instead = _instead({name: wanted.words.get(said, said) for name, said in last.items()})
    return replace(verdict, because=f"{verdict.because}: {instead}") if instead else verdict


def _instead(said: Mapping[str, int | str]) -> str:
    """What who said, a word once: of a dozen pods three are named."""
    words = dict.fromkeys(said.values())
    who = {word: [name for name, one in said.items() if one == word] for word in words}
    return " and ".join(f"{_few(names)} said {word}" for word, names in who.items())


def _few(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


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
    aftermath: History, app: Workload, stand: Stand, wanted: Wanted, heard: list[Got]
) -> list[Entry]:
    """What proves it, oldest first: what we heard, or what a probe did that nobody outran."""
    ours: list[Entry] = [got for got in heard if wanted.is_met(got)]
    if wanted.late and wanted.said != SILENT:
        return ours
    told = failures(aftermath, app, stand, *(wanted.probed or (wanted.path, wanted.said)))
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
