"""The rules that no linter knows."""

from __future__ import annotations

import ast
import functools
import importlib
import re
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "chaos").rglob("*.py"))
LINES = 250
SCREEN = 40  # lines of a function
HOMES = {
    "allure": {"chaos/report/allure.py"},
    "cryptography": {"chaos/providers/embedded/pki.py"},
    "jinja2": {"chaos/report/rendering.py"},
    "kubernetes": {"chaos/kube/client.py", "chaos/kube/wire.py"},  # the wire: its errors
    "pykube": {"chaos/kube/witness.py"},
    "pytest": {
        "chaos/grade/items.py",
        *(
            f"chaos/plugin/{part}.py"
            for part in ("asked", "exit_status", "hooks", "repeating", "tracebacks", "xdist")
        ),
    },
    "toxiproxy": {"chaos/proxies/server.py"},
    "typer": {
        f"chaos/cli/{part}.py" for part in ("clusters", "manifests", "program", "runs", "telling")
    },
    "websocket": {"chaos/kube/commands.py"},
}
CATCHES_ALL = {
    "chaos/running/ledger.py": "around heal: it becomes NotHealed",
    "chaos/judging/judgement.py": "around a law: it becomes UNKNOWN",
}
MAY_TELL_THE_DATE = {
    "chaos/report/run_report.py": "a run's name",
    "chaos/report/scenarios.py": "when a scenario began",
    "chaos/providers/embedded/pki.py": "until when a certificate is good",
    "chaos/kube/credentials.py": "until when a token is good, as whoever gave it says",
    "chaos/running/mending.py": "a note of what a switch did",
    "chaos/running/switch.py": "its log",
}
PATIENT = "chaos/patient/"  # which is no part of the harness
HAVE_TIME = {
    "chaos/clock.py": "the one that knows it",
    "chaos/providers/embedded/pki.py": "certificates say until when",
}
MAY_PRINT = {"chaos/patient/__main__.py", "chaos/patient/serving.py"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name(module: Path) -> str:
    return str(module.relative_to(ROOT))


@functools.cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text())


@functools.cache
def calls(module: Path) -> frozenset[str]:
    """What a module calls, as it is written."""
    return frozenset(ast.unparse(n.func) for n in ast.walk(tree(module)) if isinstance(n, ast.Call))


def called(module: Path, function: str) -> bool:
    """Whether a module calls it, whoever's it is."""
    return any(call.rpartition(".")[2] == function for call in calls(module))


@functools.cache
def imported(module: Path) -> frozenset[str]:
    """The packages that a module imports at run time, at any depth of its code."""
    return frozenset(_imported(module))


def _imported(module: Path) -> Iterator[str]:
    for node in _run(tree(module)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(source), level=0):
                yield source.partition(".")[0]
            case _:
                pass


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """Every node but what stands under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from _run(child)


def functions(module: Path) -> Iterator[Function]:
    yield from (node for node in ast.walk(tree(module)) if isinstance(node, Function))


def size(function: Function) -> int:
    """Its lines without its decorators and docstring."""
    doc = function.body[0]
    documented = isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant)
    docstring = (doc.end_lineno or doc.lineno) - doc.lineno + 1 if documented else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


def offenders(offends: Callable[[Path], object]) -> list[str]:
    """The modules that break a rule."""
    return [name(module) for module in MODULES if offends(module)]


def test_a_module_fits_on_a_few_screens() -> None:
    assert not offenders(lambda module: len(module.read_text().splitlines()) > LINES)


def test_a_module_says_what_it_is_for() -> None:
    assert not offenders(lambda module: not ast.get_docstring(tree(module)))


def test_only_the_clock_knows_the_time() -> None:
    timed = offenders(lambda module: {"time", "datetime"} & imported(module))

    assert not [one for one in timed if one not in HAVE_TIME and not one.startswith(PATIENT)]


def test_a_clock_that_is_set_moves_nothing_but_dates_for_people() -> None:
    assert not {*offenders(lambda module: called(module, "wall"))} - {*MAY_TELL_THE_DATE}


def test_an_outside_library_has_one_home() -> None:
    strays = [
        f"{name(module)} imports {library}: it belongs in {homes}"
        for library, homes in HOMES.items()
        for module in MODULES
        if library in imported(module) and name(module) not in homes
    ]

    assert not strays


def test_nobody_sleeps() -> None:
    assert not offenders(lambda module: called(module, "sleep"))


def test_everything_is_caught_only_where_it_is_answered() -> None:
    assert not offenders(lambda module: _broad(module) > (name(module) in CATCHES_ALL))


def _broad(module: Path) -> int:
    """How many handlers catch everything, and do not raise it again."""
    handlers = [
        handler
        for handler in ast.walk(tree(module))
        if isinstance(handler, ast.ExceptHandler) and ast.unparse(handler.body[-1]) != "raise"
    ]
    everything = {"Exception", "BaseException"}
    return len([h for h in handlers if h.type is None or ast.unparse(h.type) in everything])


def test_only_programs_print() -> None:
    assert not {*offenders(lambda module: "print" in calls(module))} - MAY_PRINT


def test_nothing_is_left_to_do() -> None:
    notes = ("TO" + "DO", "FIX" + "ME", "X" * 3 + " ")

    assert not offenders(lambda module: [note for note in notes if note in module.read_text()])


def test_a_function_fits_on_a_screen() -> None:
    assert not offenders(lambda module: [f for f in functions(module) if size(f) > SCREEN])


def test_most_functions_are_short() -> None:
    sizes = [size(function) for module in MODULES for function in functions(module)]

    assert statistics.median(sizes) <= 8


@pytest.mark.parametrize("package", ["chaos.laws", "chaos.faults"])
def test_a_package_exports_everything_that_its_modules_make(package: str) -> None:
    door = importlib.import_module(package)
    folder = ROOT / package.replace(".", "/")

    made = {thing for module in folder.glob("[a-z]*.py") for thing in _made(module)}

    assert sorted(made) == door.__all__


@pytest.mark.parametrize(
    "module", sorted((ROOT / "chaos/faults").glob("[a-z]*.py")), ids=lambda path: path.stem
)
def test_a_fault_s_module_makes_one_fault(module: Path) -> None:
    assert len([*_made(module)]) == 1


def _made(module: Path) -> Iterator[str]:
    """The laws (decorated with @law) and the faults (public classes) of a module."""
    for node in tree(module).body:
        match node:
            case ast.FunctionDef(name=made, decorator_list=[ast.Name(id="law")]):
                yield made
            case ast.ClassDef(name=made) if not made.startswith("_"):
                yield made
            case _:
                pass


TEST_PLUGINS = sorted(
    {
        plugin
        for path in (ROOT / "tests").rglob("test_*.py")
        for plugin in re.findall(r'^pytest_plugins = \["(\w+)"\]', path.read_text(), re.MULTILINE)
    }
    - {"pytester"}
)


@pytest.mark.parametrize("plugin", TEST_PLUGINS)
def test_no_plugin_of_a_test_gives_scenarios_another_cluster(plugin: str) -> None:
    """A plugin's fixtures are everybody's: `pytest -m chaos` collects the tests as well."""
    (path,) = (ROOT / "tests").rglob(f"{plugin}.py")
    defined = {
        one.name
        for one in ast.walk(ast.parse(path.read_text()))
        if isinstance(one, ast.FunctionDef)
    }

    assert not defined & {"cluster", "chaos"}
