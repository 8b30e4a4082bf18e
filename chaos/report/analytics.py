"""Allure's generated pages without their call to Google, which Allure 3.18 has no switch for.

Two script elements, one after the other: the loader from googletagmanager.com and its settings.
Measured with 3.18.0: what is left opens from disk as before, and asks nobody for anything.
"""

from __future__ import annotations

import re
from pathlib import Path

from chaos import private
from chaos.errors import Unreadable, one_line

CALL = re.compile(
    r"<script[^>]*\bsrc=\"https://www\.googletagmanager\.com/[^>]*></script>\s*"
    r"<script>[^<]*\bgtag\([^<]*</script>\s*"
)


def silenced(report: Path) -> str:
    """Take the call out of every page of a report, a folder or a file; what was done, in a line."""
    pages = sorted(report.rglob("*.html")) if report.is_dir() else [report]
    if not pages:
        raise Unreadable(f"{one_line(report)}: no page of Allure's is in there")
    done = sum(map(_silence, pages))
    return f"{one_line(report)}: the call to Google was taken out of {done} of {len(pages)} pages"


def without_call(page: str) -> str:
    """A page without it; as it was, if there is none in it."""
    return CALL.sub("", page)


def _silence(page: Path) -> bool:
    try:
        before = page.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Unreadable(f"{one_line(page)}: cannot be read: {one_line(error)}") from error
    after = without_call(before)
    if after != before:
        private.whole(page, after.encode())
    return after != before
