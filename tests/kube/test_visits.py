"""A visitor's ages become moments of our clock: never too early, and late by `error` at most."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field

import pytest

from chaos.clock import ManualClock, Seconds, seconds
from chaos.history.journal import Journal
from chaos.history.looked import Visit, Visited
from chaos.kube.visits import LONGEST, Visitors
from chaos.workloads.admitted import NodeName, Stand, Uid

POD = Stand(Uid("uid-users"), "users", NodeName("worker1"), "chaos")
TOLD = {
    "life": "a",
    "of": "web",
    "born": 9.0,
    "whole": 0.5,
    "sent": 3,
    "next": 2,
    "came": [[3.0, 0.01, 200], [2.0, 0.2, "refused"]],
}


@dataclass
class Pod:
    """A pod on the other end of a slow wire: it tells by its own clock, `after` so long."""

    clock: ManualClock
    answers: list[object]
    there: float = 0.25
    back: float = 0.0
    asked: list[int] = field(default_factory=list)

    def ask(self, pod: Stand, position: int) -> bytes:
        assert pod == POD
        self.asked.append(position)
        pass_time(self.clock, self.there + self.back)
        answer = self.answers.pop(0)
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def pass_time(clock: ManualClock, span: float) -> None:
    until = Seconds(clock.now() + span)
    clock.wait(threading.Condition(), until=until, unless=lambda: False)


def hear(*answers: object, back: float = 0.0) -> tuple[list[Visited], Pod]:
    """What is written down when a pod, asked at second 20 and once a second on, answers so."""
    clock = ManualClock()
    journal, pod = Journal(clock), Pod(clock, list(answers), back=back)
    visitors = Visitors(pod.ask, journal)
    pass_time(clock, 20)
    while pod.answers:
        visitors.hear(POD, "users")
        pass_time(clock, 0.75)
    return [entry for entry in journal.index.entries if isinstance(entry, Visited)], pod


@pytest.mark.parametrize("back", [0.0, 0.5])
def test_moments_are_never_too_early_and_late_by_the_error_at_most(back: float) -> None:
    """The pod said it at 20.25: what it sent 3 s before then, it sent at 17.25."""
    ((word,), _) = hear(TOLD, back=back)

    assert word.error == 0.25 + back
    assert [v.sent for v in word.visits] == [17.25 + back, 18.25 + back]
    late = [v.sent - true for v, true in zip(word.visits, (17.25, 18.25), strict=True)]
    assert all(0 <= span <= word.error for span in late)
    assert word.through <= 19.75  # what it says it told wholly: never more than it did
    assert word.since >= 11.25  # when it began: never before it did
    assert (word.at, word.asked, word.workload) == (20.25 + back, "web", "users")


def test_each_request_is_told_once_and_the_words_join() -> None:
    rest = TOLD | {"next": 3, "came": [[0.9, 0.01, 503]], "whole": 0.0, "born": 10.0}

    ((first, second), pod) = hear(TOLD, rest)

    assert pod.asked == [0, 2]
    assert [v.said for v in second.visits] == [503]
    assert second.since == first.through


def test_one_that_was_started_anew_tells_from_its_beginning() -> None:
    anew = TOLD | {"life": "b", "born": 0.5, "next": 1, "came": []}
    whole = anew | {"came": [[0.2, 0.01, 200]]}

    ((first, second), pod) = hear(TOLD, anew, whole)

    assert pod.asked == [0, 2, 0]
    assert len(second.visits) == 1
    assert second.since > first.through


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"no JSON",
        b"[" * 100_000,
        [],
        {},
        TOLD | {"born": -1},
        TOLD | {"born": "9"},
        TOLD | {"whole": True},
        TOLD | {"whole": float("nan")},
        TOLD | {"came": [[1.0, 0.1]]},
        TOLD | {"came": [[float("inf"), 0.1, 200]]},
        TOLD | {"came": 7},
        TOLD | {"next": None},
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_makes_no_sense_is_silence_and_what_comes_then_is_heard(nonsense: object) -> None:
    ((word,), pod) = hear(nonsense, TOLD)

    assert pod.asked == [0, 0]
    assert len(word.visits) == 2


def test_a_pod_s_own_words_are_short() -> None:
    ((word,), _) = hear(TOLD | {"came": [[1.0, 0.1, "x" * 1000], [1.0, 0.1, True]]})

    assert [v.said for v in word.visits] == ["x" * LONGEST, "True"]
    assert isinstance(word.visits[0], Visit)
    assert word.visits[0].sent == seconds(19.25)
