"""The pytest plugin: options, the `chaos` marker, two fixtures, the report.

Nothing here costs a run without scenarios anything: what talks to Kubernetes, and pydantic, is
imported (through `chaos.running.wiring` and `chaos.report`) when the first scenario needs it.
"""

from __future__ import annotations

import importlib
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from chaos.errors import CannotHere, ChaosError, NotHealed
from chaos.options import BadOption, Options
from chaos.plugin import asked, signals, xdist
from chaos.plugin.asked import options_key
from chaos.plugin.exit_status import ExitStatus, begun, leave, open_key, run_report_key, session_key
from chaos.plugin.idle import only_looks
from chaos.plugin.repeating import Repeating
from chaos.plugin.terminal import Terminal
from chaos.plugin.tracebacks import plan, sentence, skip, tell_briefly

if TYPE_CHECKING:
    from chaos import Chaos, Cluster
    from chaos.report.run_report import RunReport

    class Scene(Protocol):
        """What any wiring opens for a scenario: the real ones', the rehearsal's, a dry run's."""

        cluster: Cluster
        chaos: Chaos


told_key = pytest.StashKey[BaseException]()
left_out_key = pytest.StashKey[int]()
signals_key = pytest.StashKey[signals.Handlers]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Every option is `--chaos-NAME` with the ini twin `chaos_NAME`."""
    asked.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> None:
    """A bare switch is a yes."""
    asked.spell_out(args)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and refuse what cannot be used before anything starts."""
    config.addinivalue_line("markers", "chaos: a scenario that hurts a real cluster")
    config.addinivalue_line("markers", "claim(*numbers): the claims of docs/claims.md it shows")
    config.addinivalue_line("markers", "slow: a scenario of minutes, run with --chaos-slow")
    try:
        config.stash[options_key] = asked.read_options(config)
    except BadOption as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(ExitStatus(config), "chaos-exit-status")
    times = config.stash[options_key].repeat
    config.pluginmanager.register(Repeating(times), "chaos-repeating")
    if config.stash[options_key].app:
        _try_app(config, config.stash[options_key])
    if asked.for_chaos(config) and xdist.is_controller(config) and not config.option.collectonly:
        _handle_signals(config)
        kind, reports = _run_reports(), config.stash[options_key].reports
        run_report = begun(config, reports, kind.lead, say=_terminal(config).line)
        config.stash[run_report_key] = run_report
        config.pluginmanager.register(xdist.Controller(run_report), "chaos-controller")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave scenarios out of a run that did not ask for them: `pytest -m chaos` does."""
    scenarios = [item for item in items if item.get_closest_marker("chaos")]
    if not scenarios:
        return
    if not asked.for_chaos(config):
        config.hook.pytest_deselected(items=scenarios)
        config.stash[left_out_key] = len(scenarios)
        items[:] = [item for item in items if item not in scenarios]
        return
    if not config.option.collectonly and not config.stash[options_key].dry_run:
        _handle_signals(config)
        kind, reports = _run_reports(), config.stash[options_key].reports
        run = kind.join(xdist.given_run(config)) if xdist.is_worker(config) else None
        config.stash[run_report_key] = run or begun(
            config, reports, kind.begin, say=_terminal(config).line
        )
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
    with _wiring(request.config).provided(
        request.config.stash[options_key], _terminal(request.config).line
    ) as provider:
        if run_report := request.config.stash.get(run_report_key, None):
            run_report.note(provider.versions)
        yield provider


@pytest.fixture
def _scene(request: pytest.FixtureRequest, _provider: Any) -> Iterator[Scene]:
    """One scenario's namespace, journal, recorder and handles."""
    item, terminal = request.node, _terminal(request.config)
    run_report = request.config.stash.get(run_report_key, None)
    keep = run_report.scenarios.open(item.nodeid) if run_report else print
    if request.config.stash[options_key].dry_run:
        terminal.line(f"{item.nodeid}: {sentence(item) or ''}".splitlines()[0])
    with _wiring(request.config).staged(_provider, keep, terminal.live) as scene:
        item.stash[session_key] = request.config.stash[open_key] = scene.chaos
        yield scene
        terminal.clear()


@pytest.fixture
def cluster(_scene: Scene) -> Cluster:
    """The cluster, as this scenario may use it: `cluster.run(deployment("web"))`."""
    return _scene.cluster


@pytest.fixture
def chaos(_scene: Scene) -> Chaos:
    """Cause faults, judge laws: `with chaos.inject(...): chaos.expect(...)`."""
    return _scene.chaos


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """A scenario that passes has shown something: what it caught itself does not count."""
    yield
    session = item.stash.get(session_key, None)
    if session is not None and not item.config.stash[options_key].dry_run:
        session.must_have_shown(meant_to=not only_looks(getattr(item, "obj", None)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what a scenario came to, and say on the report which ending it was."""
    report = yield
    run_report, error = item.config.stash.get(run_report_key, None), _error(call)
    if item.config.stash[options_key].dry_run and item.get_closest_marker("chaos"):
        skip(item, report, error) if isinstance(error, CannotHere) else plan(item, report, error)
    if run_report is None or not item.get_closest_marker("chaos"):
        return report
    if error is not None:
        leave(item.config)
    if isinstance(error, NotHealed):
        item.session.shouldfail = "a fault was not healed, so nothing after it is run"
    if isinstance(error, CannotHere):
        skip(item, report, error)
    elif report.when == "setup" and isinstance(error, ChaosError):
        again = error is item.config.stash.get(told_key, None)
        report.longrepr = "as above" if again else f"{type(error).__name__}: {error}"
        item.config.stash[told_key] = error
    else:
        tell_briefly(item, call, report)
    _record(item, report, error, run_report)
    return report


def _error(call: pytest.CallInfo[None]) -> BaseException | None:
    return call.excinfo.value if call.excinfo else None


def _record(
    item: pytest.Item, report: pytest.TestReport, error: BaseException | None, run_report: RunReport
) -> None:
    """Keep what this phase came to; a record that cannot be kept is a failure, and ends no run."""
    session, scenarios = item.stash.get(session_key, None), run_report.scenarios
    ending = "error"
    try:
        ending = scenarios.take(report, session, error)
        if report.when == "teardown" and item.config.getoption("--alluredir", None):
            claims = [number for mark in item.iter_markers("claim") for number in mark.args]
            scenarios.attach(item.nodeid, claims)
        if ending == "error" and report.passed:
            report.outcome, report.longrepr = (
                "failed",
                scenarios.records[item.nodeid].message,
            )
    except OSError as full:
        report.outcome = "failed"
        report.longrepr = f"the scenario's record could not be kept: {full}"
    if report.when == "call" and item.nodeid in scenarios.records:
        report.chaos_words = scenarios.words(item.nodeid)  # type: ignore[attr-defined]  # likewise
    report.chaos_ending = ending  # type: ignore[attr-defined]  # xdist carries it to the controller


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the signals back."""
    signals.give_back(config.stash.get(signals_key, {}))


def _try_app(config: pytest.Config, chosen: Options) -> None:
    """Add the app's trials to the run; they are all of it where no path is named."""
    try:
        trials = _load("chaos.grade.items").Trials(chosen.app, chosen.repeat)
    except ChaosError as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(trials, "chaos-trials")
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = []


def _wiring(config: pytest.Config) -> Any:
    """Where clusters come from: real ones, in a rehearsal the fake, in a dry run paper."""
    chosen = config.stash[options_key]
    if chosen.dry_run:
        return _load("chaos.dryrun.wiring")
    return _load("chaos.testing.rehearsal" if chosen.cluster == "fake" else "chaos.running.wiring")


def _handle_signals(config: pytest.Config) -> None:
    """SIGTERM and SIGHUP end a run as Ctrl-C does, so that faults are healed on the way out."""
    config.stash[signals_key] = signals.handle(worker=xdist.is_worker(config))


def _terminal(config: pytest.Config) -> Terminal:
    plugins = config.pluginmanager
    return Terminal(plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager"))


def _run_reports() -> type[RunReport]:
    kind: type[RunReport] = _load("chaos.report.run_report").RunReport
    return kind


def _load(module: str) -> Any:
    """What only scenarios need is imported only for them."""
    return importlib.import_module(module)
