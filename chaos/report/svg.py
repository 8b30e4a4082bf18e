"""SVG by hand: escaped text and a few shapes. No script, no request to anywhere."""

from __future__ import annotations

import re
from html import escape

LONGEST_TIP = 400
# What XML forbids, and what turns the text around it: a name is not to reorder its neighbours.
_NEVER = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]"
)


def shown(text: str) -> str:
    """Text as a page may hold it: what it may not is replaced by a mark that can be seen."""
    return _NEVER.sub("\ufffd", text)


def clean(text: str) -> str:
    """Text as XML may hold it, markup escaped."""
    return escape(shown(text), quote=True)


def short(text: str, most: int) -> str:
    """A text cut to fit, by its end: names differ at their ends."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most // 2]}…{flat[-(most - most // 2 - 1) :]}"


def number(value: float) -> str:
    """A coordinate, with no more digits than an eye can see."""
    return f"{value:.1f}".removesuffix(".0")


def tag(name: str, *inside: str, tip: str = "", **attributes: float | str) -> str:
    """One element. A trailing underscore in an attribute's name is dropped, others are dashes."""
    pairs = "".join(f' {_key(key)}="{_value(value)}"' for key, value in attributes.items())
    body = (f"<title>{clean(tip[:LONGEST_TIP])}</title>" if tip else "") + "".join(inside)
    return f"<{name}{pairs}>{body}</{name}>" if body else f"<{name}{pairs}/>"


def text(words: str, at: tuple[float, float], kind: str, *, most: int = 200) -> str:
    """A line of text, cut if it is too long: the whole of it is then in its tip."""
    cut = short(words, most)
    x, y = at
    return tag("text", clean(cut), tip=words if cut != words else "", x=x, y=y, class_=kind)


def rect(at: tuple[float, float], size: tuple[float, float], kind: str, *, tip: str = "") -> str:
    """A box; never narrower than the eye can see."""
    (x, y), (width, height) = at, size
    return tag("rect", tip=tip, x=x, y=y, width=max(width, 1.0), height=height, class_=kind)


def path(d: str, kind: str, *, tip: str = "") -> str:
    """A line of any shape."""
    return tag("path", tip=tip, d=d, class_=kind)


def _key(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _value(value: float | str) -> str:
    return clean(value) if isinstance(value, str) else number(value)
