"""Trials as items of pytest: one for each workload and trial, called `app:shop::web::crash`.

pytest -m chaos --chaos-app=shop.yaml -k "web and not hang"
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chaos.errors import BadManifest, NoSuchTarget, NotSteady, one_line
from chaos.grade.app import App, app
from chaos.grade.battery import battery, staged
from chaos.grade.trial import Candidate, Trial
from chaos.options import BadOption, refusal
from chaos.report.marks import APP
from chaos.workloads import Spec
from chaos.workloads.admitted import Workload


class Tried(pytest.Collector):
    """A workload, as what its trials belong to."""

    def __init__(self, *, scenarios: Mapping[str, Any], **node: Any) -> None:
        super().__init__(**node)
        self._scenarios = scenarios

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Its trials, by their names."""
        for name, scenario in self._scenarios.items():
            yield TrialItem.from_parent(self, name=name, callobj=scenario)


class TrialItem(pytest.Function):
    """A trial of one workload."""

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """It is written nowhere: its name is where it is."""
        return self.path, None, self.nodeid


class Trials:
    """Registered in a run that was given an app: its trials come after what else is collected."""

    def __init__(self, names: str, times: int) -> None:
        self.names, named = names, [name.strip() for name in names.split(",")]
        if not all(named):
            raise BadOption(refusal("app", "files and folders with commas between", names))
        self._app = app(named, [], io.BytesIO())
        self._times = times

    @property
    def battery(self) -> tuple[str, ...]:
        """The node ids of all trials, chosen or not."""
        scenarios = _scenarios(self._app, self._times).items()
        return tuple(f"{_nodeid(self._app, name)}::{one}" for name, own in scenarios for one in own)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Before others choose by name and by mark."""
        for tried in _tried(session, self._app, self._times):
            items.extend(session.genitems(tried))


@dataclass(frozen=True)
class Told:
    """A plugin that says what to type to have this run again, where pytest was not typed."""

    command: str
    __name__ = "chaos-told"  # the name that it is registered by


def run(words: list[str], *, command: str) -> int:
    """A run of pytest in this process, which `command` has made; its exit status."""
    return int(pytest.main(words, plugins=[Told(command)]))


def _tried(session: pytest.Session, app: App, times: int) -> Iterator[Tried]:
    for name, own in _scenarios(app, times).items():
        nodeid = _nodeid(app, name)
        yield Tried.from_parent(session, name=name, nodeid=nodeid, scenarios=own)


def _nodeid(app: App, workload: str) -> str:
    return f"{APP}{app.name}::{workload}"


def _scenarios(app: App, times: int) -> dict[str, dict[str, Any]]:
    """By the workload's and the trial's name."""
    found: dict[str, dict[str, Any]] = {}
    start = _Start(app)
    for spec, trial in battery(app):
        for number in range(1, times + 1):
            again = f"[{number} of {times}]" if times > 1 else ""
            scenario = pytest.mark.chaos(_scenario(start, spec, trial))
            found.setdefault(spec.name, {})[f"{trial.name}{again}"] = scenario
    return found


@dataclass
class _Start:
    """Brings the app up, anew for each trial; one that did not come up is not waited for again."""

    app: App
    why_not: str = ""

    def up(self, cluster: Any, spec: Spec, trial: Trial) -> Candidate:
        if self.why_not:
            raise NotSteady(f"not started again: {self.why_not}")
        try:
            there = cluster.run(*staged(self.app, spec, trial))
        except (NotSteady, BadManifest) as error:
            self.why_not = one_line(str(error).partition("\n  see: ")[0])
            raise
        return Candidate(cluster, _named(spec.name, there), spec)


def _scenario(start: _Start, spec: Spec, trial: Trial) -> Any:
    def scenario(cluster: Any, chaos: Any) -> None:
        trial.run(start.up(cluster, spec, trial), chaos)

    scenario.__doc__ = trial.asks.replace("{app}", spec.name)
    return scenario


def _named(name: str, there: Workload | tuple[Workload, ...]) -> Workload:
    """The workload of that name; of several containers its first is tried, as its spec's is."""
    ran = there if isinstance(there, tuple) else (there,)
    found = next((one for one in ran if one.name == name and one.stands), None)
    if found is None:
        raise NoSuchTarget(f"{name} has no pod, so nothing can befall it")
    first, *more = found.containers
    return found.container(first.name) if more else found
