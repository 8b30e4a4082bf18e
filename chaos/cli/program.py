"""The program: its commands, and how one that fails is told."""

from __future__ import annotations

import io
import sys
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from chaos.cli import clusters, manifests, runs
from chaos.cli.telling import say
from chaos.errors import HARNESS_FAILED, ChaosError, one_line
from chaos.options import BadOption

WRONG_WORDS = 4  # wrong usage, as of pytest

app = typer.Typer(
    help="Hurt a Kubernetes cluster on purpose, record what it does, judge it by laws.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for part in (clusters, runs, manifests):
    app.add_typer(part.commands)


def main() -> None:
    """Run the command; an error is one clear line: status 10, or 4 for what it cannot read."""
    for stream in (sys.stdout, sys.stderr):  # a name that the terminal's letters cannot spell
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(app(standalone_mode=False))
    except TyperException as error:
        told = getattr(error, "format_message", error.__str__)()
        if not told:  # no words at all: the help is there already
            sys.exit(WRONG_WORDS)
        _fail(f"{one_line(told.rstrip('.'))}: see `chaos --help`", WRONG_WORDS)
    except BadOption as error:
        _fail(str(error), WRONG_WORDS)
    except (ChaosError, OSError) as error:
        _fail(str(error), HARNESS_FAILED)


def _fail(why: str, status: int) -> NoReturn:
    say(f"chaos: {why}")
    sys.exit(status)
