"""What a terminal is told of a run when it is over."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from chaos.errors import one_line
from chaos.judging.verdict import Ruling
from chaos.report import spread
from chaos.report.marks import NODE_ID
from chaos.report.record import Judged, ScenarioRecord
from chaos.report.scorecard import is_recovery


def lines(
    records: Collection[ScenarioRecord], planned: Collection[str], *, marked: bool = False
) -> Iterator[str]:
    """Each scenario's ending, what repetitions came to, and how many were not reached.

    A trial's ending is told with its app's mark, if that is `marked`.
    """
    again = spread.repeated(records)
    for record in records:
        elsewhere = marked and NODE_ID.fullmatch(record.scenario) and not record.healed
        if not elsewhere and (not again or record.outcome != "kept"):
            yield f"{record.outcome:<13} {record.sentence}{_why(record)}"
            if words := came(record):
                yield f"{'':<13} {words}"
            yield from (f"{'':<13} {line}" for line in record.healed)
    for scenario in again:
        yield f"kept {f'{scenario.kept} of {scenario.ran}':<8} {scenario.sentence}"
        yield from (f"{'':<13} {law}" for law in scenario.spreads)
    if away := len({*planned} - {record.scenario for record in records}):
        yield f"{'not run':<13} {away} scenario{'' if away == 1 else 's'}"


def came(record: ScenarioRecord) -> str:
    """The law that tells most: `RESTARTED after 1.1 s`, `NOT RESTARTED: no restart in 4 s`.

    What must never happen and did is told as it was seen: `RESTARTED, AND MUST NOT: after 2.0 s`.
    """
    told = [j for judgement in record.judgements if not judgement.proof for j in judgement.verdicts]
    if record.outcome == "broken":
        lost = (f"{_denied(j)}: {j.because}" for j in told if j.ruling is Ruling.BROKEN)
        return one_line(next(lost, ""))
    if record.outcome != "kept":
        return ""
    seen = (f"{_name(j)} after {j.took:.1f} s" for j in told if j.took and is_recovery(j))
    return one_line(next(seen, ""))


def _name(judged: Judged) -> str:
    """`LEAVES ENDPOINTS` of `leaves_endpoints(web)`."""
    return judged.law.call.partition("(")[0].replace("_", " ").upper()


def _denied(judged: Judged) -> str:
    """What a broken law comes to: of `runtime_never_restarted`, what happened at runtime."""
    where, never, happened = _name(judged).partition("NEVER ")
    return f"{where}{happened}, AND MUST NOT" if never else f"NOT {where}"


def _why(record: ScenarioRecord) -> str:
    """Why a scenario was not run, not to its end, or shows nothing."""
    if record.outcome == "looked":
        return " (nothing was injected)"
    told = record.outcome in {"skipped", "interrupted"} and record.message
    return f" ({told})" if told else ""
