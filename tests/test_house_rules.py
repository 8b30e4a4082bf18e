"""The rules that no linter knows."""

from __future__ import annotations

import ast
import importlib
import re
import statistics
from collections.abc import Iterator
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
MAY_PRINT = {"chaos/patient/__main__.py", "chaos/patient/serving.py"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name(module: Path) -> str:
    return str(module.relative_to(ROOT))


def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text())


def imported(module: Path) -> Iterator[str]:
    """The packages that a module imports at run time, at any depth of its code."""
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


each_module = pytest.mark.parametrize("module", MODULES, ids=name)


@each_module
def test_a_module_fits_on_a_few_screens(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= LINES


@each_module
def test_a_module_says_what_it_is_for(module: Path) -> None:
    assert ast.get_docstring(tree(module))


@each_module
def test_only_the_clock_knows_the_time(module: Path) -> None:
    patient = name(module).startswith("chaos/patient/")  # which is no part of the harness
    certificates = name(module) == "chaos/providers/embedded/pki.py"  # which say until when

    assert certificates or (
        patient
        or name(module) == "chaos/clock.py"
        or not {"time", "datetime"} & {*imported(module)}
    )


@each_module
def test_a_clock_that_is_set_moves_nothing_but_dates_for_people(module: Path) -> None:
    reads = any(
        isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "wall"
        for node in ast.walk(tree(module))
    )

    assert not reads or name(module) in MAY_TELL_THE_DATE


@each_module
def test_an_outside_library_has_one_home(module: Path) -> None:
    for library in {*imported(module)} & {*HOMES}:
        homes = HOMES[library]
        assert name(module) in homes, f"{library} belongs in {homes}"


@each_module
def test_nobody_sleeps(module: Path) -> None:
    called = {ast.unparse(n.func) for n in ast.walk(tree(module)) if isinstance(n, ast.Call)}

    assert not {call for call in called if call.rpartition(".")[2] == "sleep"}


@each_module
def test_everything_is_caught_only_where_it_is_answered(module: Path) -> None:
    handlers = [
        handler
        for handler in ast.walk(tree(module))
        if isinstance(handler, ast.ExceptHandler) and ast.unparse(handler.body[-1]) != "raise"
    ]
    broad = [
        h
        for h in handlers
        if h.type is None or ast.unparse(h.type) in {"Exception", "BaseException"}
    ]

    assert len(broad) <= (name(module) in CATCHES_ALL)


@each_module
def test_only_programs_print(module: Path) -> None:
    calls = [n for n in ast.walk(tree(module)) if isinstance(n, ast.Call)]

    assert name(module) in MAY_PRINT or "print" not in {ast.unparse(c.func) for c in calls}


@each_module
def test_nothing_is_left_to_do(module: Path) -> None:
    text = module.read_text()

    assert not [word for word in ("TO" + "DO", "FIX" + "ME", "X" * 3 + " ") if word in text]


@each_module
def test_a_function_fits_on_a_screen(module: Path) -> None:
    assert not [(f.name, size(f)) for f in functions(module) if size(f) > SCREEN]


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
