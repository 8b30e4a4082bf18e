"""What a run was asked for, on the command line or in the ini file."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest

from chaos.options import HELP, Options, dashed, options

options_key = pytest.StashKey[Options]()


def add_options(parser: pytest.Parser) -> None:
    """Every option is `--chaos-NAME` with the ini twin `chaos_NAME`."""
    group = parser.getgroup("chaos", "chaos: hurt a Kubernetes cluster, judge what it does")
    for field in fields(Options):
        switch: dict[str, Any] = {"nargs": "?", "const": "yes"} if field.type == "bool" else {}
        group.addoption(f"--chaos-{dashed(field.name)}", help=HELP[field.name], **switch)
        parser.addini(f"chaos_{field.name}", HELP[field.name], default=None)


def spell_out(args: list[str]) -> None:
    """A bare switch is a yes: it must not swallow the path behind it as its value."""
    switches = {
        f"--chaos-{dashed(field.name)}" for field in fields(Options) if field.type == "bool"
    }
    args[:] = [f"{word}=yes" if word in switches else word for word in args]


def read_options(config: pytest.Config) -> Options:
    """The options, the command line's before the ini file's; BadOption for what cannot be used."""
    words: dict[str, object] = {}
    for field in fields(Options):
        word = config.getoption(f"--chaos-{dashed(field.name)}")
        if word is None:
            word = config.getini(f"chaos_{field.name}")
        if word is not None:
            words[field.name] = word
    return options(words)


def for_chaos(config: pytest.Config) -> bool:
    """Whether this run is to hurt a cluster: its `-m` speaks of chaos, or it was given an app."""
    named = re.search(r"\bchaos\b", config.option.markexpr or "") is not None
    return named or bool(config.stash[options_key].app)
