"""A scenario's pieces for Allure. The only module that knows it; import it only when asked to."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

import allure

from chaos.judging.verdict import Ruling, ruled
from chaos.report.record import Judged, JudgementRecord, ScenarioRecord
from chaos.report.store import HISTORY, VERDICTS, read_history
from chaos.report.timeline import timeline
from chaos.report.words import ENDINGS


class _Lost(AssertionError):
    """What makes a step of Allure's a failed one."""


def attach(record: ScenarioRecord, folder: Path, claims: Sequence[int] = ()) -> None:
    """Title, labels, description, steps and attachments of the test that is running now."""
    entries = read_history(folder) if (folder / HISTORY).exists() else ()
    picture = timeline(entries, record.judgements) if entries else ""
    to: Any = allure  # its functions have no types
    to.dynamic.title(record.sentence)
    to.dynamic.description_html(description(record, picture))
    for number in claims:
        to.dynamic.label("claim", str(number))
        to.dynamic.feature(f"claim {number}")
    _steps(record, to)
    kinds = allure.attachment_type
    for name, kind in ((HISTORY, kinds.TEXT), (VERDICTS, kinds.JSON)):
        if (folder / name).exists():
            to.attach.file(str(folder / name), name=name, attachment_type=kind)
    if picture:
        to.attach(picture, name="timeline", attachment_type=kinds.SVG)


def _steps(record: ScenarioRecord, to: Any) -> None:
    """A step for each fault, or its healing, and in it one for each law; their times are told."""
    for judgement in record.judgements:
        with suppress(_Lost), to.step(_title(judgement)):
            for judged in judgement.verdicts:
                with suppress(_Lost), to.step(f"{judged.law.call}: {judged.because}"):
                    _must_hold(judged)
            for judged in judgement.verdicts:
                _must_hold(judged)


def _title(judgement: JudgementRecord) -> str:
    act = "inject" if judgement.act == "injected" else "heal"
    return f"{act} {judgement.fault}: {'was it real?' if judgement.proof else 'expect'}"


def _must_hold(judged: Judged) -> None:
    if judged.ruling is not Ruling.HOLDS:
        raise _Lost(judged.because)


def description(record: ScenarioRecord, picture: str) -> str:
    """Verdicts and timeline in HTML; the picture as an image, since Allure removes inline SVG."""
    ending = ENDINGS[record.outcome]
    rows = "".join(
        f"<li><b>{ruled(judged.ruling, proof=of.proof).upper()}</b> {escape(judged.law.sentence)}"
        f"<br><code>{escape(judged.law.call)}</code>: {escape(judged.because)}</li>"
        for of in record.judgements
        for judged in of.verdicts
    )
    blame = "" if record.outcome == "kept" else f": {escape(ending.blame)}"
    return f"<p><b>{ending.word}</b>{blame}</p><ul>{rows}</ul>{_image(picture)}"


def _image(picture: str) -> str:
    if not picture:
        return ""
    data = base64.b64encode(picture.encode(errors="replace")).decode()
    return f'<img alt="timeline" style="width:100%" src="data:image/svg+xml;base64,{data}">'
