"""The fake recorder does not know what it could not see."""

from dataclasses import replace

from chaos.clock import ManualClock, Seconds
from chaos.history.facts import Gap, Observed
from chaos.history.journal import Journal
from chaos.testing import pod
from chaos.testing.sight import FakeSight

PENDING, RUNNING = (replace(pod("web-1"), phase=phase) for phase in ("Pending", "Running"))


def test_after_a_blink_each_thing_is_seen_as_it_is_then() -> None:
    clock = ManualClock()
    journal = Journal(clock)
    sight = FakeSight(journal, clock)
    sight.blink(Seconds(1), Seconds(3))

    clock.wait(journal.news, until=Seconds(2), unless=lambda: False)
    for thing, gone in ((PENDING, False), (RUNNING, False), (pod("web-2"), True)):
        sight.see(thing, gone=gone)
    unseen, refusal = tuple(journal.index.entries), sight.confirm()
    clock.wait(journal.news, until=Seconds(4), unless=lambda: False)

    assert (unseen, refusal) == ((), "the recorder is blind")
    assert journal.index.entries == [
        Gap(Seconds(1), Seconds(3), "blinked"),
        Observed(Seconds(3), RUNNING),
        Observed(Seconds(3), pod("web-2"), gone=True),
    ]
    assert sight.confirm() == ""
