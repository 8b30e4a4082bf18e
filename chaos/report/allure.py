"""A scenario's pieces for Allure. The only module that knows it; import it only when asked to."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from typing import Any

import allure

from chaos.report.record import ScenarioRecord
from chaos.report.store import HISTORY, VERDICTS, read_history
from chaos.report.timeline import timeline
from chaos.report.words import ENDINGS


def attach(record: ScenarioRecord, folder: Path) -> None:
    """Title, description and attachments of the test that is running now."""
    entries = read_history(folder) if (folder / HISTORY).exists() else ()
    picture = timeline(entries, record.judgements) if entries else ""
    to: Any = allure  # its functions have no types
    to.dynamic.title(record.sentence)
    to.dynamic.description_html(description(record, picture))
    kinds = allure.attachment_type
    for name, kind in ((HISTORY, kinds.TEXT), (VERDICTS, kinds.JSON)):
        if (folder / name).exists():
            to.attach.file(str(folder / name), name=name, attachment_type=kind)
    if picture:
        to.attach(picture, name="timeline", attachment_type=kinds.SVG)


def description(record: ScenarioRecord, picture: str) -> str:
    """Verdicts and timeline in HTML; the picture as an image, since Allure removes inline SVG."""
    ending = ENDINGS[record.outcome]
    rows = "".join(
        f"<li><b>{escape(judged.ruling.value.upper())}</b> {escape(judged.law.sentence)}<br>"
        f"<code>{escape(judged.law.call)}</code>: {escape(judged.because)}</li>"
        for judged in record.rulings
    )
    blame = "" if record.outcome == "kept" else f": {escape(ending.blame)}"
    return f"<p><b>{ending.word}</b>{blame}</p><ul>{rows}</ul>{_image(picture)}"


def _image(picture: str) -> str:
    if not picture:
        return ""
    data = base64.b64encode(picture.encode(errors="replace")).decode()
    return f'<img alt="timeline" style="width:100%" src="data:image/svg+xml;base64,{data}">'
