"""Rules about a probe's numbers, and about commands that take their own time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chaos.lint.finding import Severity
from chaos.lint.rule import Seen, rule
from chaos.lint.views import Manifest, Probe, program

SHELLS = {"sh", "bash", "ash", "dash", "ksh", "zsh"}
BEGINS = r"(?:^|[\s;|&({])"  # where a word of a shell begins
LOOP = re.compile(r"(?:\s-\w*c\s|[\n;|&({]|\b(?:do|then|else)\s)\s*(while|until|for)\s")
SLEEP = re.compile(BEGINS + r"(?:\S*/)?sleep\s+(\d+(?:\.\d+)?)([smhd]?)\b")
AGAIN = re.compile(BEGINS + r"(--(?:retry|retries|tries)(?:\s+|=)[1-9]\d*)")
WAITS = re.compile(
    BEGINS + r"(?:(?:\S*/)?timeout\s+(?:-[ks]\s+\S+\s+|-\S+\s+){0,4}"
    r"|--(?:max-time|connect-timeout|timeout)(?:\s+|=)"
    r"|curl\s(?:[^;|&]*\s)?-m\s*|wget\s(?:[^;|&]*\s)?-T\s*)(\d+(?:\.\d+)?)([smhd]?)\b"
)
WAITERS = {"wait-for-it", "wait-for-it.sh", "wait-for", "wait-for.sh", "retry"}
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}  # seconds, as sleep and timeout count


@rule(
    "CH004",
    Severity.WARNING,
    claim=11,
    scenario="test_five_numbers.py::test_the_timeout_is_how_long_an_answer_may_take",
)
def timeout_above_period(manifest: Manifest) -> Iterator[Seen]:
    """A probe's timeoutSeconds is above its periodSeconds.

    A probe that hangs for longer than the period delays the next one: the interval is the greater
    of the two, and a hang is noticed so much later (oracle 2.2).

    Fix: set timeoutSeconds to periodSeconds at most.
    """
    for container, probe in manifest.probes:
        timeout, period = probe.number("timeoutSeconds"), probe.number("periodSeconds")
        if timeout > period:
            what = (
                f"the {probe.kind} of `{container.name}` waits {timeout} s for an answer and is"
                f" due every {period} s"
            )
            yield Seen(f"{probe.path}.timeoutSeconds", what)


@rule(
    "CH008",
    Severity.NOTE,
    claim=12,
    scenario="test_slow_start.py::test_a_slow_starter_needs_a_probe_that_waits",
)
def delay_for_startup(manifest: Manifest) -> Iterator[Seen]:
    """A liveness probe's initialDelaySeconds is long, and there is no startup probe.

    The delay is applied again after every restart (oracle L8): for so long nothing is noticed. Long
    is what exceeds failureThreshold x periodSeconds, the time that the probe itself takes (2.2). A
    startup probe waits as long as it must, and no longer.

    Fix: put a startupProbe in its place, with failureThreshold x periodSeconds above the slowest
    start.
    """
    for container in manifest.containers:
        live = container.probes.get("livenessProbe")
        if live and "startupProbe" not in container.probes:
            delay = live.number("initialDelaySeconds")
            if delay > live.patience:
                what = (
                    f"`{container.name}` is not watched for {delay} s after each start, and then"
                    f" given up after {live.patience} s"
                )
                yield Seen(f"{live.path}.initialDelaySeconds", what)


@rule(
    "CH012",
    Severity.WARNING,
    claim=16,
    scenario="test_good_probes.py::test_the_threshold_is_the_retry",
)
def loop_inside(manifest: Manifest) -> Iterator[Seen]:
    """A probe's command loops, sleeps or tries again.

    A command that tries again for longer than its timeout counts as one failure, by timeout: the
    failureThreshold is the retry (oracle L9).

    Fix: ask once, and say by failureThreshold and periodSeconds how often that may fail.
    """
    for container, probe in manifest.probes:
        if how := _again(probe):
            what = f"the {probe.kind} of `{container.name}` {how}"
            yield Seen(f"{probe.path}.exec.command", what)


@rule(
    "CH013",
    Severity.ERROR,
    claim=15,
    scenario="test_good_probes.py::test_a_probe_must_be_light",
)
def too_slow(manifest: Manifest) -> Iterator[Seen]:
    """A probe's command waits for longer than its timeoutSeconds.

    A command that takes longer than its timeout is killed, and that is a failure (oracle L6): its
    own waits never end.

    Fix: let it wait for less than timeoutSeconds, which is 1 where none is written.
    """
    for container, probe in manifest.probes:
        timeout, own = probe.number("timeoutSeconds"), _waits(probe)
        if own > timeout:
            what = (
                f"the {probe.kind} of `{container.name}` may wait {own:g} s by itself, and is"
                f" killed after {timeout} s"
            )
            yield Seen(f"{probe.path}.exec.command", what)


def _again(probe: Probe) -> str:
    """How a command tries again by itself; empty when it does not."""
    said = probe.script
    words = {program([word]) for word in re.findall(r"[^\s;|&(){}]+", said)}
    if program(probe.command) in SHELLS and (loop := LOOP.search(said)):
        return f"loops (`{loop[1]}`)"
    if sleep := SLEEP.search(said):
        return f"sleeps (`{sleep[0].strip(' ;|&({')}`)"
    if again := AGAIN.search(said):
        return f"tries again (`{again[1]}`)"
    return next((f"tries again (`{name}`)" for name in sorted(WAITERS & words)), "")


def _waits(probe: Probe) -> float:
    """The seconds that a command may wait by its own words: what it sleeps, or a longer limit."""
    said = probe.script
    slept = sum(float(number) * UNITS[unit] for number, unit in SLEEP.findall(said))
    limits = (float(number) * UNITS[unit] for number, unit in WAITS.findall(said))
    return max([slept, *limits])
