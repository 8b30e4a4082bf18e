"""What the command says beside its results."""

from __future__ import annotations

import typer

from chaos.errors import one_line

LONGEST_LINE = 2000  # characters: two paths and a value, with what is said of them


def say(text: str) -> None:
    """What is no result goes to standard error, a line at a time."""
    typer.echo("\n".join(one_line(line, LONGEST_LINE) for line in text.split("\n")), err=True)
