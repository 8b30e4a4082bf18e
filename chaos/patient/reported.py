"""What the patient says of itself: the keys of its report, which laws read and the fake gives, too.

A value is plain, None when there is nothing to say, or an object of plain values. Whoever asks gets
the plain ones, those of an object by `inner` names: `exec_code`, `requests_/health`.
"""

from __future__ import annotations

# What ails it.
HUNG = "hung"  # bool: its main port gives no answer
ACCEPTS = "accepts"  # bool: its main port takes connections
REFUSES = "refuses"  # bool: its main port is closed
DEADLOCKED = "deadlocked"  # bool: its worker stands still
LEAKING = "leaking"  # bool: it takes memory, more and more
HEALTH = "health"  # object: by path what is answered instead of the usual
HEALTH_STATUS, HEALTH_MANNER = "health_status", "health_manner"  # of the first such path
DEMANDS_PASSWORD = "demands_password"  # bool: some path does  # noqa: S105  a key, not a password
CHILD = "child"  # str: none, alive or dead
GRPC = "grpc"  # str: what it says on its gRPC port, if it has one
EXEC = "exec"  # object: what its `patient-check` says, `code` and `delay_seconds`
PLANNED = "planned"  # str: what is to come

# What it is made of.
SLOW_SECONDS = "slow_seconds"  # float: how long its start was told to take
DEPENDS_ON = "depends_on"  # bool: some path asks something else first
MEMORY_LIMIT_MIB = "memory_limit_mib"  # float: what it calls itself ill above
ON_SIGTERM = "on_sigterm"  # object: `how` and `code`

# How it fares.
HELD_MIB, RSS_MIB = "held_mib", "rss_mib"  # float: taken by a leak, resident in all
REQUESTS = "requests"  # object: by path how often its main port was asked since it started
LIES = "lies"  # object: by path how often what was ordered was answered, since it started
VISITS = "visits"  # int: how many requests it has sent, when it was told to visit somebody
MARKS = "marks"  # object: by folder the how many-th start this is
TERM_SECONDS = "term_seconds"  # float: until it heals itself, if it will
HEALED_ITSELF = "healed_itself"  # int: how often its term was over
SINCE = "since"  # float: seconds since it started
PID = "pid"  # int


def inner(outer: str, name: str) -> str:
    """What a value of an object is called among the plain ones."""
    return f"{outer}_{name}"


EXEC_CODE, EXEC_DELAY_SECONDS = inner(EXEC, "code"), inner(EXEC, "delay_seconds")
