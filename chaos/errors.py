"""Everything the harness raises.

ChaosError              the harness could not do its work; the cluster is not accused
    NoCluster           a cluster could not be had: not root, no programs, taken names
    BadManifest         the API server refused what was to be run
    CannotHere          the cluster gives no hands on what the scenario wants to be done
    CannotRehearse      the fake cluster has nothing that this could be done to
    NoSuchTarget        a fault names something that the cluster does not have
    NotSteady           the workloads were not well before the fault; nothing was injected
    NotInjected         a fault left no trace; whatever held, held vacuously
    Undecided           a law's time is over and the history cannot tell
    NotHealed           a fault could not be undone; nothing after it can be trusted
    Unreadable          a stored history, ledger or verdict cannot be read
LawBroken               the cluster broke a law (an AssertionError, so pytest calls it a failure)
    Unprotected         it broke none: the app's own spec asks for no recovery
"""

from __future__ import annotations

from collections.abc import Sequence

from chaos.visible import visible

__all__ = [
    "BadManifest",
    "CannotHere",
    "CannotRehearse",
    "ChaosError",
    "LawBroken",
    "NoCluster",
    "NoSuchTarget",
    "NotHealed",
    "NotInjected",
    "NotSteady",
    "Undecided",
    "Unprotected",
    "Unreadable",
]

# What parsing somebody's JSON, importing his module and building his class may come to.
BAD = (
    *(OSError, ValueError, LookupError, TypeError, ImportError, AttributeError),
    *(NameError, SyntaxError, RuntimeError, AssertionError, ArithmeticError),
)
HARNESS_FAILED = 10  # exit status of a ChaosError: pytest 9.2's end at 6, shells' begin at 126


class ChaosError(Exception):
    """The harness could not do its work; this says nothing about the cluster."""

    def __str__(self) -> str:
        """The message, whose words may be the cluster's: nothing in it moves a cursor."""
        return visible(super().__str__())


class NoCluster(ChaosError):
    """A cluster could not be had."""


class BadManifest(ChaosError):
    """The API server refused what was to be run.

    `causes` are the things that are wrong with it, as it told them: each a field's path, and why.
    """

    def __init__(self, message: str, causes: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.causes = tuple(causes)


class CannotHere(ChaosError):
    """The cluster gives no hands on what its scenario wants: that one is skipped."""


class CannotRehearse(ChaosError):
    """The fake cluster has nothing that this could be done to: use a real one."""


class NoSuchTarget(ChaosError):
    """A fault names something that the cluster does not have."""


class NotSteady(ChaosError):
    """The workloads were not well before the fault, so nothing was injected."""


class NotInjected(ChaosError):
    """A fault left no trace; whatever held, held vacuously."""


class Undecided(ChaosError):
    """A law's time is over and the history cannot tell."""


class NotHealed(ChaosError):
    """A fault could not be undone; the cluster is no longer in a known state."""


class Unreadable(ChaosError):
    """A stored history, ledger or verdict cannot be read."""


class LawBroken(AssertionError):
    """The cluster broke a law. The message is the whole judgement."""

    def __str__(self) -> str:
        """The message, as that of a ChaosError."""
        return visible(super().__str__())


class Unprotected(LawBroken):
    """The cluster did what the app's spec asks for, and that is no recovery: blame the spec."""


LONGEST = 300  # characters of somebody's text in a line of ours: four lines of a terminal


def one_line(text: object, most: int = LONGEST) -> str:
    """Somebody's text as part of one line: what a terminal would obey is written out, not sent."""
    plain = str(text)
    cut = plain if len(plain) <= most else f"{plain[: most // 2]} ... {plain[-most // 2 :]}"
    return "".join(c if c.isprintable() else _spelled(c) for c in cut)


def quoted(value: object, most: int = LONGEST) -> str:
    """A value as it was given, in quotes, cut when it is long."""
    return f"'{one_line(value, most)}'" if isinstance(value, str) else one_line(repr(value), most)


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
