"""The pytest plugin: options, the `chaos` marker, two fixtures, the report.

Nothing here costs a run without scenarios anything: what talks to Kubernetes, and pydantic, is
imported (through `chaos.stage` and `chaos.chronicle`) when the first scenario needs it.
"""

from __future__ import annotations

import importlib
import re
import signal
import threading
from collections.abc import Generator, Iterator
from dataclasses import fields
from types import FrameType
from typing import Any

import pytest

from chaos import workers
from chaos.brevity import tell_briefly
from chaos.endings import Endings, chronicle_key
from chaos.errors import ChaosError, NotHealed
from chaos.options import HELP, BadOption, Options, options
from chaos.voice import Voice

options_key = pytest.StashKey[Options]()
scene_key = pytest.StashKey[Any]()
told_key = pytest.StashKey[BaseException]()
left_out_key = pytest.StashKey[int]()
signals_key = pytest.StashKey[dict[int, Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Every option is `--chaos-NAME` with the ini twin `chaos_NAME`."""
    group = parser.getgroup("chaos", "chaos: hurt a Kubernetes cluster, judge what it does")
    for field in fields(Options):
        switch: dict[str, Any] = {"nargs": "?", "const": "yes"} if field.type == "bool" else {}
        group.addoption(f"--chaos-{field.name}", help=HELP[field.name], **switch)
        parser.addini(f"chaos_{field.name}", HELP[field.name], default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and refuse what cannot be used before anything starts."""
    config.addinivalue_line("markers", "chaos: a scenario that hurts a real cluster")
    config.addinivalue_line("markers", "slow: a scenario of minutes, run with --chaos-slow")
    try:
        config.stash[options_key] = options(_given(config))
    except BadOption as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(Endings(config), "chaos-endings")
    if _asked(config) and workers.is_controller(config) and not config.option.collectonly:
        _heal_when_ended(config)
        chronicle = _load("chaos.chronicle").Chronicle.lead(*_told(config))
        config.stash[chronicle_key] = chronicle
        config.pluginmanager.register(workers.Controller(chronicle), "chaos-controller")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave scenarios out of a run that did not ask for them: `pytest -m chaos` does."""
    scenarios = [item for item in items if item.get_closest_marker("chaos")]
    if not scenarios:
        return
    if not _asked(config):
        config.hook.pytest_deselected(items=scenarios)
        config.stash[left_out_key] = len(scenarios)
        items[:] = [item for item in items if item not in scenarios]
        return
    if not config.option.collectonly:
        _heal_when_ended(config)
        kind = _load("chaos.chronicle").Chronicle
        run = kind.join(workers.given_run(config)) if workers.is_worker(config) else None
        config.stash[chronicle_key] = run or kind.begin(*_told(config))
    for item in scenarios:
        if item.get_closest_marker("slow") and not config.stash[options_key].slow:
            item.add_marker(pytest.mark.skip(reason="takes minutes: add --chaos-slow"))


def pytest_report_collectionfinish(config: pytest.Config) -> str:
    """Say why scenarios are not run."""
    count = config.stash.get(left_out_key, 0)
    return f"chaos: {count} scenarios left out; -m chaos runs them" if count else ""


@pytest.fixture(scope="session")
def _provider(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The cluster of the whole run: found or made, leftovers healed, taken down at the end."""
    with _stage(request.config).provided(
        request.config.stash[options_key], _voice(request.config).line
    ) as provider:
        request.config.stash[chronicle_key].note(provider)
        yield provider


@pytest.fixture
def _scene(request: pytest.FixtureRequest, _provider: Any) -> Iterator[Any]:
    """One scenario's namespace, journal, recorder and handles."""
    item, voice = request.node, _voice(request.config)
    keep = request.config.stash[chronicle_key].open(item.nodeid)
    with _stage(request.config).staged(_provider, keep, voice.live) as scene:
        item.stash[scene_key] = scene
        yield scene
        voice.clear()


@pytest.fixture
def cluster(_scene: Any) -> Any:
    """The cluster, as this scenario may use it: `cluster.run(deployment("web"))`."""
    return _scene.cluster


@pytest.fixture
def chaos(_scene: Any) -> Any:
    """Cause faults, judge laws: `with chaos.inject(...): chaos.expect(...)`."""
    return _scene.chaos


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what a scenario came to, and say on the report which ending it was."""
    report = yield
    chronicle = item.config.stash.get(chronicle_key, None)
    if chronicle is None or not item.get_closest_marker("chaos"):
        return report
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, NotHealed):
        item.session.shouldfail = "a fault was not healed, so nothing after it is run"
    if report.when == "setup" and isinstance(error, ChaosError):
        again = error is item.config.stash.get(told_key, None)
        report.longrepr = "as above" if again else f"{type(error).__name__}: {error}"
        item.config.stash[told_key] = error
    else:
        tell_briefly(item, call, report)
    doc = getattr(getattr(item, "obj", None), "__doc__", None)
    ending = chronicle.take(report, item.stash.get(scene_key, None), error, doc)
    report.chaos_ending = ending  # type: ignore[attr-defined]  # xdist carries it to the controller
    if report.when == "teardown" and item.config.getoption("--alluredir", None):
        chronicle.attach(item.nodeid)
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the signals back."""
    for number, handler in config.stash.get(signals_key, {}).items():
        signal.signal(number, handler)


def _given(config: pytest.Config) -> dict[str, str]:
    """The options as words: the command line before the ini file."""
    words: dict[str, str] = {}
    for field in fields(Options):
        word = config.getoption(f"--chaos-{field.name}")
        if word is None:
            word = config.getini(f"chaos_{field.name}")
        if word is not None:
            words[field.name] = word
    return words


def _asked(config: pytest.Config) -> bool:
    """Whether this run is to hurt a cluster: its `-m` speaks of chaos."""
    return re.search(r"\bchaos\b", config.option.markexpr or "") is not None


def _told(config: pytest.Config) -> tuple[Any, ...]:
    return config.stash[options_key].reports, config.rootpath, config.invocation_params.args


def _stage(config: pytest.Config) -> Any:
    """Where clusters come from: real ones, or in a rehearsal the fake."""
    fake = config.stash[options_key].cluster == "fake"
    return _load("chaos.testing.rehearsal" if fake else "chaos.stage")


def _heal_when_ended(config: pytest.Config) -> None:
    """SIGTERM and SIGHUP end a run as Ctrl-C does, so that faults are healed on the way out."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del frame
        raise KeyboardInterrupt(f"{signal.Signals(number).name}: healing, then leaving")

    if threading.current_thread() is not threading.main_thread():
        return  # signals are the main thread's: whoever runs pytest in another has his own way
    before: dict[int, Any] = {}
    for number in (signal.SIGTERM, signal.SIGHUP):
        before[number] = signal.signal(number, interrupt)
    config.stash[signals_key] = before


def _voice(config: pytest.Config) -> Voice:
    plugins = config.pluginmanager
    return Voice(plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager"))


def _load(module: str) -> Any:
    """What only scenarios need is imported only for them."""
    return importlib.import_module(module)
