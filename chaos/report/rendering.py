"""How pages are filled in: escaped, but for markup of ours. The only module that knows jinja2."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from chaos.report.svg import shown


def template(name: str) -> Template:
    """One of the pages' templates; in it everything is escaped, but for markup of ours."""
    return _templates().get_template(name)


def _finalized(value: object) -> object:
    """Whatever is put on the page; our own markup as it is."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("chaos.report"),
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
