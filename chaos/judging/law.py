"""Laws: pure judgements of a history."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec

from chaos.errors import ChaosError
from chaos.history.history import History
from chaos.history.names import name_of
from chaos.judging.subject import Subject
from chaos.judging.verdict import Ruling, Verdict

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Law:
    """A statement about a history, with its subject and its limits filled in.

    `name` and `arguments` are how a stored judgement finds its law again; `sentence` is what the
    report prints; `subject` is who it is about.
    """

    name: str
    sentence: str
    arguments: dict[str, Any]
    judge: Callable[[History], Verdict]
    subject: Subject

    def __str__(self) -> str:
        """The law as it was called."""
        arguments = ", ".join(f"{key}={_shown(v)}" for key, v in self.arguments.items())
        return f"{self.name.rpartition(':')[2]}({arguments})"

    @property
    def short(self) -> str:
        """The law and its subjects, for a line on a terminal."""
        return f"{self.name.rpartition(':')[2]}({', '.join(sorted(self.subject.names))})"


def _shown(value: object) -> str:
    """An argument as a reader wants it: a workload by its name, several in brackets."""
    return f"({', '.join(map(str, value))})" if isinstance(value, tuple) else str(value)


def law(judge: Callable[Concatenate[History, P], Verdict]) -> Callable[P, Law]:
    """Turn a judgement into a law that a scenario can name.

    The history is filled in later, by whoever judges. The docstring's first line is what the
    report prints, so it is written for the report's reader. Who it is about is told by its
    parameters' annotations (`chaos.judging.subject`); where there was nobody it is not asked, and
    the verdict is UNKNOWN, as it is where the law refuses, by a ChaosError, to rule.
    """
    signature = inspect.signature(judge)

    @functools.wraps(judge)
    def state(*args: P.args, **kwargs: P.kwargs) -> Law:
        bound = signature.bind(None, *args, **kwargs)
        arguments = dict(list(bound.arguments.items())[1:])
        sentence = (judge.__doc__ or judge.__name__).splitlines()[0]
        subject = Subject.of(signature, arguments)

        def ruled(history: History) -> Verdict:
            if why := subject.nobody(history):
                return Verdict(Ruling.UNKNOWN, why)
            try:
                verdict = judge(history, *args, **kwargs)
            except ChaosError as refused:
                return Verdict(Ruling.UNKNOWN, str(refused))
            if verdict.ruling is not Ruling.OPEN and (why := subject.unknown(history)):
                return Verdict(Ruling.UNKNOWN, why, window=verdict.window)
            return verdict

        return Law(name_of(judge.__module__, judge.__name__), sentence, arguments, ruled, subject)

    return state
