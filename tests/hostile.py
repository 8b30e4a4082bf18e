"""Names and messages that are to stay text, and a page's elements to see it by."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from chaos.clock import seconds
from chaos.history.facts import (
    Answered,
    Container,
    Event,
    Gap,
    Healed,
    Healing,
    Injected,
    Injecting,
    Node,
    Observed,
    Pod,
    Termination,
)
from chaos.judging.verdict import Ruling
from chaos.report.folders import scenario_folder
from chaos.report.page import write_page
from chaos.report.record import Judged, JudgementRecord, RunRecord, ScenarioRecord, Stated
from chaos.report.store import HistoryFile, write_run, write_scenario
from chaos.workloads.admitted import NodeName, Uid

VOID = {"meta", "link", "br"}
NAMES = [
    "<script>alert(1)</script>",
    "</style></svg></title></textarea><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<!-- ",
    "--><b>",
    "]]><script>",
    "<![CDATA[<script>]]>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;script&gt;&#60;b&#62;",
    "<svg/onload=alert(1)>",
    "</pre></code></details><iframe src=//evil>",
    "javascript:alert(1)",
    "\u202egnp.exe",
    "\u2066\u2067\u2068unclosed",
    "\x00\x01\x1b[2J\x7f\x85",
    "\udfff\ud800",
    "\ufffe\uffff",
    "a\nb\r\nc\td\u2028e\u2029f",
    "<" * 5000,
    "x" * 5000,
    "مرحبا שלום",
    "e" + "\u0301" * 300,
    "🤷‍♀️" * 50,
    " ",
    "%s%n{0}${IFS}`id`",
    "<img src=x onerror=alert(1)>",
    "</title><svg onload=alert(1)>",
    "]]>",
    '" onmouseover="alert(1)',
    "{% raw %}",
    "\x1b[31mred\x1b]0;title\x07",
    "\x00\x08\x7f\x9b31m",
    "\u202etxt.exe\u2066",
    "a\r\nb",
]


class Page(HTMLParser):
    """Every element of a page, whether each is closed where it must be, and what a reader sees."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    @property
    def tags(self) -> set[str]:
        """The names of its elements."""
        return {tag for tag, _ in self.seen}

    @property
    def names(self) -> set[str]:
        """The names of their attributes."""
        return {name for _, attributes in self.seen for name in attributes}

    @property
    def links(self) -> set[str]:
        """Where they lead."""
        found = (attributes.get(name) for _, attributes in self.seen for name in ("href", "src"))
        return {link for link in found if link is not None}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment began: {data}")


def entries(name: str) -> tuple[Any, ...]:
    """A history in which everything that the cluster names or says is hostile."""
    end = Termination(name, 137, name, name)
    container = Container(name, name, "terminated", ready=False, restarts=1, reason=name)
    container = replace(container, message=name, ended=end, last=end, started_at=name)
    pod = Pod(Uid("u1"), name, name, NodeName(name), containers=(container,), phase=name)
    pod = replace(pod, namespace=name, owner=name, ip=name, owner_name=name, disrupted=name)
    return (
        Observed(seconds(0), Node(NodeName(name), "True", name, (name,))),
        Observed(seconds(0), pod),
        Injecting(seconds(1), name, 1),
        Injected(seconds(2), name, 1),
        Observed(seconds(3), replace(pod, ready=True, phase="Running")),
        Observed(seconds(3), Event(Uid("e"), Uid("u1"), name, name, 2)),
        Observed(seconds(3), Node(NodeName(name), "Unknown", name)),
        Answered(seconds(4), Uid("u1"), name, 200, {spelled(name): name}),
        Gap(seconds(5), seconds(6), name),
        Healing(seconds(7), name, 1),
        Healed(seconds(8), name, 1),
    )


def told(name: str, outcome: Any = "broken") -> ScenarioRecord:
    law = Stated(name, name, name, {spelled(name): name}, (name,))
    verdict = Judged(law, Ruling.BROKEN, name, took=seconds(1), evidence=entries(name))
    judgement = JudgementRecord(name, 1, seconds(9), (verdict,))
    return ScenarioRecord(name, name, outcome, name, (judgement,), name, 1.0, name)


def spelled(name: str) -> str:
    """As a key: JSON's are whole letters."""
    return name.encode(errors="replace").decode()


def written(run: Path, name: str) -> str:
    """The page of a run in which everything is called so."""
    for scenario in (name, f"{name} again"):
        folder = scenario_folder(run, scenario)
        with HistoryFile(folder) as file:
            file.extend(entries(name))
        write_scenario(folder, replace(told(name), scenario=scenario))
    versions = {spelled(name): name}
    record = RunRecord(name, name, 1.0, name, versions, name, clean=True, notes=(name,))
    write_run(run, replace(record, planned=(name, f"{name} again", f"{name} never")))
    return write_page(run).read_text(encoding="utf-8")
