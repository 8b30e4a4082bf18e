"""Laws: pure judgements of a history."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec

from chaos.history.history import History
from chaos.history.looked import ProgramName
from chaos.history.names import name_of
from chaos.judging.verdict import Verdict
from chaos.workloads.admitted import NodeName, Workload

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Law:
    """A statement about a history, with its subject and its limits filled in.

    `name` and `arguments` are how a stored judgement finds its law again; `sentence` is what the
    report prints; `about` are the names (of workloads, nodes) whose news can change the verdict.
    """

    name: str
    sentence: str
    arguments: dict[str, Any]
    judge: Callable[[History], Verdict]
    about: frozenset[str]

    def __str__(self) -> str:
        """The law as it was called."""
        arguments = ", ".join(f"{key}={_shown(v)}" for key, v in self.arguments.items())
        return f"{self.name.rpartition(':')[2]}({arguments})"

    @property
    def short(self) -> str:
        """The law and its subjects, for a line on a terminal."""
        return f"{self.name.rpartition(':')[2]}({', '.join(sorted(self.about))})"


def _shown(value: object) -> str:
    """An argument as a reader wants it: a workload by its name, several in brackets."""
    return f"({', '.join(map(str, value))})" if isinstance(value, tuple) else str(value)


def _names(value: object, parameter: inspect.Parameter) -> Iterator[str]:
    """The subjects that an argument names: workloads, nodes and programs."""
    match value:
        case str() if _is_subject(parameter):
            yield value
        case Workload(name=name):
            yield name
        case tuple():
            for one in value:
                yield from _names(one, parameter)
        case _:
            pass


def _is_subject(parameter: inspect.Parameter) -> bool:
    """Whether a text is a name there: of `NodeName`, or `NodeName | str`, as written or as made."""
    said = str(parameter.annotation)
    return any(name.__name__ in said for name in (NodeName, ProgramName))


def law(judge: Callable[Concatenate[History, P], Verdict]) -> Callable[P, Law]:
    """Turn a judgement into a law that a scenario can name.

    The history is filled in later, by whoever judges. The docstring's first line is what the
    report prints, so it is written for the report's reader. A text is the name of a subject where
    it is annotated as a `NodeName` or a `ProgramName`; any other is no name.
    """
    signature = inspect.signature(judge)

    @functools.wraps(judge)
    def state(*args: P.args, **kwargs: P.kwargs) -> Law:
        bound = signature.bind(None, *args, **kwargs)
        arguments = dict(list(bound.arguments.items())[1:])
        sentence = (judge.__doc__ or judge.__name__).splitlines()[0]
        name = name_of(judge.__module__, judge.__name__)
        about = (n for k, v in arguments.items() for n in _names(v, signature.parameters[k]))
        return Law(
            name,
            sentence,
            arguments,
            lambda history: judge(history, *args, **kwargs),
            frozenset(about),
        )

    return state
