"""Everything the harness raises.

ChaosError              the harness could not do its work; the cluster is not accused
    NoCluster           a cluster could not be had: not root, no programs, taken names
    BadManifest         the API server refused what was to be run
    NoSuchTarget        a fault names something that the cluster does not have
    NotSteady           the workloads were not well before the fault; nothing was injected
    NotInjected         a fault left no trace; whatever held, held vacuously
    Undecided           a law's time is over and the history cannot tell
    NotHealed           a fault could not be undone; nothing after it can be trusted
    Unreadable          a stored history, ledger or verdict cannot be read
LawBroken               the cluster broke a law (an AssertionError, so pytest calls it a failure)
"""

from __future__ import annotations


class ChaosError(Exception):
    """The harness could not do its work; this says nothing about the cluster."""


class NoCluster(ChaosError):
    """A cluster could not be had."""


class BadManifest(ChaosError):
    """The API server refused what was to be run."""


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
