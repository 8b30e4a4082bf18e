"""The recorder against a scripted API server: what it writes, and what it does not vouch for."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from deadlines import LONG, OFTEN

from chaos.clock import ManualClock, SystemClock, poll, seconds
from chaos.errors import ChaosError
from chaos.history.facts import Entry, Gap, Lag, Observed, Pod
from chaos.history.journal import Journal
from chaos.kube.parse import kinds, pod_from
from chaos.recording.heartbeat import Heartbeat
from chaos.recording.ports import Kind, Listing, Lost, Refused, Silent
from chaos.recording.recorder import Recorder
from chaos.recording.watcher import Watcher
from chaos.values import Json

PODS = Kind("pod", "/pods", pod_from)
Step = Json | BaseException | Callable[[], None]


def pod(name: str, version: int, phase: str = "") -> Json:
    meta = {"uid": f"u-{name}", "name": name, "resourceVersion": str(version)}
    return {"metadata": meta, "status": {"phase": phase}}


def event(what: str, thing: Json) -> Json:
    return {"type": what, "object": thing}


def bookmark(version: int) -> Json:
    return event("BOOKMARK", {"metadata": {"resourceVersion": str(version)}})


def listed(version: int, *items: Json) -> Json:
    return {"metadata": {"resourceVersion": str(version)}, "items": list(items)}


class ScriptedStream:
    """Deliveries, errors and things to do, one after the other."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for step in self.steps:
            match step:
                case BaseException():
                    raise step
                case dict():
                    yield json.dumps(step).encode()
                case _:
                    step()

    def close(self) -> None:
        self.closed = True


class Script:
    """An API server that answers lists and watches in the order that they are written here."""

    def __init__(self, *, lists: list[Json | Exception], watches: list[Any]) -> None:
        self.lists = lists
        self.watches = watches
        self.asked: list[str] = []
        self.done: Callable[[], None] = lambda: None

    def fetch(self, path: str) -> bytes:
        self.asked.append(f"list {path}")
        answer = self.lists.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return json.dumps(answer).encode()

    def watch(self, path: str, version: str) -> ScriptedStream:
        self.asked.append(f"watch {path} {version}")
        if not self.watches:
            self.done()
            return ScriptedStream(())
        steps = self.watches.pop(0)
        if isinstance(steps, Exception):
            raise steps
        return ScriptedStream(steps)


def followed(
    clock: ManualClock, *, lists: list[Json | Exception], watches: list[Any], kind: Kind = PODS
) -> tuple[list[Entry], Script]:
    """Everything that a watcher writes, until the script is over."""
    source = Script(lists=lists, watches=watches)
    journal = Journal(clock)
    watcher = Watcher(kind, source, journal, Heartbeat(clock))
    source.done = watcher.stop
    watcher.list()
    watcher.run()
    return list(journal.index.entries), source


def told(entries: list[Entry]) -> list[str]:
    """Entries in a word each."""
    words = []
    for entry in entries:
        match entry:
            case Observed(thing=Pod(name=name, version=version), gone=gone):
                words.append(f"{'-' if gone else ''}{name}@{version}")
            case Gap(at=at, until=until):
                words.append(f"gap {at:g}..{until:g}")
            case Lag(at=at, until=until):
                words.append(f"lag {at:g}..{until:g}")
    return words


def ticking(clock: ManualClock, span: float) -> Callable[[], None]:
    never = threading.Condition()
    return lambda: clock.wait(never, until=seconds(clock.now() + span), unless=lambda: False)


def test_what_is_listed_and_delivered_is_written_down_once() -> None:
    steps = (
        event("ADDED", pod("a", 5)),
        event("MODIFIED", pod("a", 7, "Running")),
        event("DELETED", pod("a", 8)),
    )
    entries, source = followed(ManualClock(), lists=[listed(6, pod("a", 5))], watches=[steps])
    assert told(entries) == ["a@5", "a@7", "-a@8"]
    assert source.asked == ["list /pods", "watch /pods 6", "watch /pods 8"]


def test_a_delivery_with_nothing_new_but_its_version_is_seen_and_not_written_down() -> None:
    journal = Journal(ManualClock())
    source = Script(lists=[listed(6, pod("a", 5))], watches=[])
    watcher = Watcher(PODS, source, journal, Heartbeat(journal.clock))
    watcher.list()
    watcher.deliver(journal.clock.now(), json.dumps(event("MODIFIED", pod("a", 7))).encode())
    assert told(list(journal.index.entries)) == ["a@5"]
    assert watcher.has_seen(watcher.read(Listing((pod("a", 7),), "7")))
    assert not watcher.has_seen(watcher.read(Listing((pod("a", 8),), "8")))


def test_a_delivery_is_stamped_when_it_comes() -> None:
    clock = ManualClock()
    steps = (ticking(clock, 3), event("ADDED", pod("a", 5)))
    entries, _ = followed(clock, lists=[listed(1)], watches=[steps])
    assert [entry.at for entry in entries] == [3.0]


def test_a_watch_that_the_server_ends_is_resumed_without_a_gap() -> None:
    watches = [(bookmark(9),), (event("ADDED", pod("a", 11)),)]
    entries, source = followed(ManualClock(), lists=[listed(1)], watches=watches)
    assert told(entries) == ["a@11"]
    assert source.asked == ["list /pods", "watch /pods 1", "watch /pods 9", "watch /pods 11"]


def test_a_server_that_ends_every_watch_at_once_is_not_asked_without_pause() -> None:
    clock = ManualClock()
    followed(clock, lists=[listed(1)], watches=[(), (), ()])
    assert clock.now() >= 0.3


def test_a_broken_watch_leaves_a_gap_and_what_vanished_in_it_is_gone() -> None:
    clock = ManualClock()
    broken = (event("ADDED", pod("b", 3)), ticking(clock, 2), Lost("reset"))
    lists: list[Json | Exception] = [
        listed(2, pod("a", 2)),
        Lost("refused"),
        Refused(503, "", "starting"),
        listed(9, pod("b", 3), pod("c", 8)),
    ]
    entries, source = followed(clock, lists=lists, watches=[broken])
    assert told(entries) == ["a@2", "b@3", "gap 0..2.35", "c@8", "-a@2"]
    assert source.asked[-1] == "watch /pods 9"
    (gap,) = (entry for entry in entries if isinstance(entry, Gap))
    assert "reset" in gap.why


@pytest.mark.parametrize(
    "loss",
    [
        (event("ERROR", {"code": 410, "reason": "Expired", "message": "too old"}),),
        Refused(410, "Expired", "too old"),
        Silent("nothing for 90 s"),
        ({"type": "ADDED", "object": None},),
    ],
)
def test_every_other_loss_leaves_a_gap_too(loss: Any) -> None:
    lists: list[Json | Exception] = [listed(2), listed(9, pod("a", 8))]
    entries, _ = followed(ManualClock(), lists=lists, watches=[loss])
    assert told(entries) == ["gap 0..0.05", "a@8"]


def test_a_loss_where_nothing_rests_on_absence_is_no_gap() -> None:
    kind = Kind("pod", "/pods", pod_from, vouched=False)
    lists: list[Json | Exception] = [listed(2), listed(9, pod("a", 8))]
    entries, _ = followed(ManualClock(), lists=lists, watches=[Silent("nothing")], kind=kind)
    assert told(entries) == ["a@8"]


def test_events_may_be_silent_for_longer_than_a_watch_lasts() -> None:
    assert [kind.name for kind in kinds("x") if not kind.vouched] == ["event"]


def test_silence_reaches_back_to_the_last_word_of_this_watch() -> None:
    clock = ManualClock()
    silent = (ticking(clock, 1), bookmark(3), ticking(clock, 90), Silent("nothing"))
    entries, _ = followed(clock, lists=[listed(2), listed(9)], watches=[silent])
    assert told(entries) == ["gap 1..91.05"]


def test_a_line_cut_in_the_middle_is_a_loss() -> None:
    class Cut(ScriptedStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b'{"type": "ADD'

    journal = Journal(ManualClock())
    source = Script(lists=[listed(1), listed(2)], watches=[])
    watcher = Watcher(PODS, source, journal, Heartbeat(journal.clock))
    streams = [Cut(())]

    def watch(path: str, version: str) -> ScriptedStream:
        del path, version
        if streams:
            return streams.pop()
        watcher.stop()
        return ScriptedStream(())

    source.watch = watch  # type: ignore[method-assign]
    watcher.list()
    watcher.run()
    assert told(list(journal.index.entries)) == ["gap 0..0.05"]


class Eyes:
    """A witness that shows what it is told to, or fails."""

    def __init__(self, *shown: Json | Exception) -> None:
        self.shown = list(shown)

    def look(self) -> Mapping[str, Listing]:
        answer = self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]
        if isinstance(answer, Exception):
            raise answer
        version = answer["metadata"]["resourceVersion"]
        return {"pod": Listing(tuple(answer["items"]), version)}

    def close(self) -> None:
        self.shown = []


def confirmed(
    eyes: Eyes, *items: Json, later: Json | None = None, at: float = 4, lost: str = ""
) -> tuple[Journal, Recorder]:
    """A recorder that has listed `items`, and `later` sees one more thing; then it confirms."""
    clock = ManualClock()
    journal = Journal(clock)
    recorder = Recorder(Script(lists=[listed(5, *items)], watches=[]), eyes, journal, [PODS])
    (watcher,) = recorder.watchers
    watcher.list()
    watcher.lost = lost
    if later is not None:
        line = json.dumps(later).encode()
        clock.at(seconds(at), lambda: watcher.deliver(clock.now(), line))
    ticking(clock, 1)()
    recorder.confirm()
    return journal, recorder


def test_it_vouches_for_the_moment_of_the_look_when_all_was_seen() -> None:
    journal, _ = confirmed(Eyes(listed(5, pod("a", 4))), pod("a", 4))
    assert journal.frontier == 1.0


def test_it_waits_for_the_watch_to_catch_up() -> None:
    journal, _ = confirmed(
        Eyes(listed(8, pod("a", 7))), pod("a", 4), later=event("MODIFIED", pod("a", 7))
    )
    assert journal.frontier == 1.0
    assert journal.clock.now() == 4.0


@pytest.mark.parametrize(("moment", "lag"), [(1.9, []), (2.5, ["lag 0..2.5"]), (4, ["lag 0..4"])])
def test_what_comes_later_than_a_second_after_the_look_may_have_been_there_before(
    moment: float, lag: list[str]
) -> None:
    moved = pod("a", 7, "Running")
    journal, _ = confirmed(
        Eyes(listed(8, moved)), pod("a", 4), later=event("MODIFIED", moved), at=moment
    )
    assert told(list(journal.index.entries)) == ["a@4", "a@7", *lag]
    assert journal.frontier == 1.0


def test_it_waits_for_a_thing_that_is_no_more_to_be_seen_going() -> None:
    journal, _ = confirmed(Eyes(listed(8)), pod("a", 4), later=event("DELETED", pod("a", 7)))
    assert journal.frontier == 1.0


def test_what_came_and_went_since_the_look_is_no_riddle() -> None:
    journal, recorder = confirmed(Eyes(listed(5)))
    (watcher,) = recorder.watchers
    line = json.dumps(event("ADDED", pod("b", 6))).encode()
    watcher.deliver(journal.clock.now(), line)
    assert watcher.has_seen(watcher.read(Listing((), "5")))
    assert not watcher.has_seen(watcher.read(Listing((), "6")))


@pytest.mark.parametrize("missed", [listed(9, pod("a", 9)), listed(9, pod("b", 9)), listed(9)])
def test_it_vouches_for_nothing_that_it_did_not_see(missed: Json) -> None:
    journal, _ = confirmed(Eyes(missed), pod("a", 4))
    assert journal.frontier == 0.0
    assert journal.clock.now() >= 11.0


def test_it_vouches_for_nothing_while_a_watch_is_lost() -> None:
    journal, recorder = confirmed(Eyes(listed(5)), lost="connection refused")
    assert journal.frontier == 0.0
    assert "connection refused" in recorder.trouble


def test_a_witness_without_an_answer_is_asked_again() -> None:
    journal, _ = confirmed(Eyes(Lost("refused"), Refused(503, "", "starting"), listed(5)))
    assert 1.0 < journal.frontier < 2.0


class Quiet:
    """A watch on which nothing happens until it is closed."""

    def __init__(self, opened: threading.Semaphore) -> None:
        self.opened = opened
        self.over = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        self.opened.release()
        assert self.over.wait(LONG), "nobody closed it"
        yield from ()
        raise Lost("closed")

    def close(self) -> None:
        self.over.set()


class QuietSource:
    """An empty cluster."""

    def __init__(self) -> None:
        self.opened = threading.Semaphore(0)
        self.asked: list[str] = []

    def fetch(self, path: str) -> bytes:
        self.asked.append(path)
        return json.dumps(listed(1)).encode()

    def watch(self, path: str, version: str) -> Quiet:
        self.asked.append(f"{path} from {version}")
        return Quiet(self.opened)


def test_one_list_and_one_watch_a_kind_and_an_end_that_waits_for_no_news() -> None:
    source, journal = QuietSource(), Journal(SystemClock())
    eyes = Eyes(listed(1))
    recorder = Recorder(source, eyes, journal, kinds("ns"))
    recorder.start()
    assert journal.frontier > 0
    for _ in range(4):
        assert source.opened.acquire(timeout=LONG)
    recorder.stop()
    assert len(source.asked) == 8
    assert not any(thread.name.startswith("watch ") for thread in threading.enumerate())
    assert not journal.index.entries
    assert not eyes.shown


def confirmed_for_ever(recorder: Recorder) -> None:
    """Ask until it raises: a thread may die only after a question that it lets be answered."""
    poll(lambda: recorder.confirm() == "enough", within=LONG, every=OFTEN)


def test_a_thread_that_dies_is_heard_of() -> None:
    class Sick(QuietSource):
        def watch(self, path: str, version: str) -> Quiet:
            raise KeyError(path)

    recorder = Recorder(Sick(), Eyes(listed(1)), Journal(SystemClock()), [PODS])
    recorder.start()
    with pytest.raises(ChaosError, match=r"the recorder died: KeyError\('/pods'\)"):
        confirmed_for_ever(recorder)
    with pytest.raises(ChaosError, match="died"):
        recorder.stop()


def test_a_record_that_is_full_ends_the_recorder_and_grows_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chaos.recording.watcher.MOST", 3)
    flood = tuple(event("ADDED", pod(f"p{number}", number)) for number in range(2, 9))
    source = Script(lists=[listed(1)], watches=[flood])
    recorder = Recorder(source, Eyes(listed(1)), Journal(SystemClock()), [PODS])
    recorder.start()
    with pytest.raises(ChaosError, match="the record is full: it has 3 entries"):
        confirmed_for_ever(recorder)
    assert len(recorder.journal) == 3
    with pytest.raises(ChaosError, match="died"):
        recorder.stop()


def test_a_first_list_that_is_refused_is_told_at_once() -> None:
    source = Script(lists=[Refused(403, "Forbidden", "no pods for you")], watches=[])
    recorder = Recorder(source, Eyes(listed(1)), Journal(ManualClock()), [PODS])
    with pytest.raises(Refused, match="no pods for you"):
        recorder.start()
    recorder.stop()
