from __future__ import annotations

from dataclasses import replace

from chaos import Ruling, Verdict, seconds
from chaos.history.history import History
from chaos.judging.judgement import Judgement, judge
from chaos.judging.law import law
from chaos.laws import never_restarted
from chaos.testing import app_of, pod, story
from chaos.workloads.admitted import Workload

APP = app_of(pod("web-1"))
LAW = never_restarted(APP, through=seconds(5))


def judgement(*rulings: Ruling) -> Judgement:
    pairs = tuple((LAW, Verdict(ruling, f"it {ruling.value}")) for ruling in rulings)
    return Judgement("Crash(apps=web)", 1, seconds(9), pairs)


def test_it_knows_its_rulings() -> None:
    one = judgement(Ruling.HOLDS, Ruling.BROKEN)

    assert one.has(Ruling.BROKEN)
    assert not one.has(Ruling.UNKNOWN)
    assert not judgement().has(Ruling.HOLDS)


def test_the_worst_news_comes_first() -> None:
    text = str(judgement(Ruling.HOLDS, Ruling.OPEN, Ruling.UNKNOWN, Ruling.BROKEN))

    first, *lines = text.splitlines()
    assert first == "after Crash(apps=web):"
    assert [line.split()[0] for line in lines] == ["broken", "unknown", "open", "holds"]


def test_what_followed_the_healing_says_so() -> None:
    assert str(replace(judgement(), act="healed")) == "after healing Crash(apps=web):"


def test_a_line_is_a_ruling_the_law_as_called_and_why() -> None:
    line = str(judgement(Ruling.HOLDS)).splitlines()[1]

    assert line == "  holds   never_restarted(workload=web, through=5.0): it holds"


@law
def crashes(aftermath: History, workload: Workload) -> Verdict:
    """This law has a bug."""
    raise KeyError(workload.name)


def test_a_law_that_fails_itself_has_said_nothing() -> None:
    verdict = judge(crashes(APP), story(end=9))

    assert verdict.ruling is Ruling.UNKNOWN
    assert verdict.because == "the law itself failed: KeyError: 'web'"
    assert judge(LAW, story(end=9)).ruling is Ruling.HOLDS
