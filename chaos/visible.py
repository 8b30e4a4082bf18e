"""Text that others wrote, as it may be shown: a terminal obeys what it is sent, logs are kept.

A pod's message, a law of a stored run or an address may hold anything.
"""

from __future__ import annotations

import re

# Everything that moves a cursor, colours, rings, erases or turns text around; a tab and a line's
# end are text. C0 and C1, the marks and overrides of bidirectional text, line separators, halves
# of surrogates.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_PASSWORD = re.compile(r"(?<=://)[^/?#\s]*@")


def visible(text: object) -> str:
    r"""Text with what a terminal would obey written out, as in \x1b[31m."""
    return _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))


def without_password(url: str) -> str:
    """An address as it may be told: who logs in there, and with what, is left out."""
    return _PASSWORD.sub("…@", url)
