"""Plants one small change at a time in what judges, and lists those that no test sees.

    python tests/mutants.py                   # every module of MODULES, in a copy of the tree
    python tests/mutants.py laws/steady law   # some of them
    python tests/mutants.py --head --workers 2

Each change is made in a copy of the tree in a temporary folder and gets the fast tests of the laws,
windows and histories, and those of the properties when these see nothing; rules of the linter get
their own. Status 1 when one of them survives that is not accepted, with its reason, in mutants.toml
beside this file; 2 when the tests fail as they are.

The known tools do less here. mutmut 3 leaves decorated functions alone, and each law is one.
cosmic-ray changes the files of the working tree, and does not take a condition out of an `and` or
of a comprehension, nor an argument out of a call.
"""

from __future__ import annotations

import argparse
import ast
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MODULES = (
    "judging/*.py",
    "history/coming_up.py",
    "history/history.py",
    "laws/*.py",
    "windows/*.py",
    "workloads/admitted.py",
    "workloads/scalars.py",
    "workloads/services.py",
    "kube/applying.py",
    "kube/unready.py",
    "lint/rules/*.py",
    "lint/views.py",
)
PARTS = {  # only what judges
    "chaos/history/history.py": {
        "blind",
        "clear",
        "_gaps",
        "lag",
        "_lags",
        "knows_node",
        "fronts",
        "publishing",
        "_naming",
    },
    "chaos/workloads/admitted.py": {
        "container",
        "meant",
        "narrowed",
        "probe",
        "_told",
        "_only",
        "hit",
        "stands",
    },
}
NEEDED = ("chaos", "tests", "scenarios", "conftest.py", "pyproject.toml")
QUICK = (
    "tests/laws",
    "tests/test_law.py",
    "tests/test_late_watch.py",
    "tests/test_probed.py",
    "tests/test_lasting.py",
    "tests/test_judgement.py",
    "tests/test_coming_up.py",
    "tests/test_history.py",
    "tests/test_admitted.py",
    "tests/test_windows*.py",
    "tests/test_subject.py",
    "tests/test_services.py",
    "tests/test_scalars.py",
    "tests/kube/test_unready.py",
    "tests/kube/test_applying.py",
)
THOROUGH = ("tests/test_properties.py",)
LINT = ("tests/lint/test_lint_rules.py", "tests/lint/test_linting.py")
LIMIT = 180.0  # seconds: the slowest of the tests, the properties, take 10 on idle cores
CTX = multiprocessing.get_context("forkserver")  # the libraries are imported once, not by each
LIBRARIES = ["pytest", "hypothesis", "kubernetes.client", "pykube", "jinja2", "allure", "typer"]


@dataclass(frozen=True)
class Mutant:
    """One change, and the module with it."""

    module: str
    line: int
    function: str
    before: str
    after: str
    source: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is accepted by: lines move."""
        return self.module, self.function, self.before, self.after

    def __str__(self) -> str:
        """Where and what."""
        return f"{self.module}:{self.line} {self.function}: {self.before}  ->  {self.after}"


# --- the changes -----------------------------------------------------------------------------

ORDERS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
SUMS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
WORTHLESS = {"key", "strict"}  # arguments that guard, or without which there is no order
TWINS = {"any": "all", "all": "any", "max": "min", "min": "max"}


def changed(node: ast.expr) -> Iterator[ast.expr]:
    """What may stand in the place of an expression."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            for other in ORDERS[type(op)]:
                yield ast.Compare(left, [other()], [right])
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for out in values:
                left_over = [value for value in values if value is not out]
                yield ast.BoolOp(op, left_over) if len(left_over) > 1 else left_over[0]
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield inner
        case ast.IfExp(body=body, orelse=orelse):
            yield from (body, orelse)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SUMS:
            yield ast.BinOp(left, SUMS[type(op)](), right)
        case ast.Call():
            yield from _called(node)
        case ast.Constant(value=bool(value) | int(value) | float(value)):
            yield ast.Constant(not value if isinstance(value, bool) else value + 1)
        case _:
            pass


def _called(call: ast.Call) -> Iterator[ast.expr]:
    match call:
        case ast.Call(func=ast.Name(id=name), args=args) if name in TWINS:
            yield ast.Call(ast.Name(TWINS[name]), args, call.keywords)
            if len(args) > 1:
                yield from args
        case ast.Call(func=ast.Name(id="next"), args=[_, other]):
            yield other
        case _:
            pass
    for keyword in call.keywords:
        if keyword.arg not in WORTHLESS:
            yield ast.Call(call.func, call.args, [k for k in call.keywords if k is not keyword])


def edits(node: ast.AST) -> Iterator[tuple[ast.AST, str, Any]]:
    """For a node: which field of which node becomes what."""
    if isinstance(node, ast.keyword) and node.arg in WORTHLESS:
        return
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list"}:
            continue
        if isinstance(value, ast.expr):
            for new in changed(value):
                yield node, field, new
        if isinstance(value, list):
            yield from ((node, field, new) for new in _lists(field, value))
    match node:
        case ast.If(test=ast.Name() | ast.Call() | ast.NamedExpr() as test):
            yield node, "test", ast.UnaryOp(ast.Not(), test)
        case ast.match_case(guard=ast.expr()):
            yield node, "guard", None
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield node, "value", ast.Constant(None)
        case _:
            pass


def _lists(field: str, values: list[Any]) -> Iterator[list[Any]]:
    for place, value in enumerate(values):
        rest = [values[:place], values[place + 1 :]]
        if isinstance(value, ast.expr):
            for new in changed(value):
                yield [*rest[0], new, *rest[1]]
        if field == "ifs":
            yield rest[0] + rest[1]
        if isinstance(value, ast.Continue | ast.Break) or _is_act(value):
            yield [*rest[0], ast.Pass(), *rest[1]]


def _is_act(statement: object) -> bool:
    match statement:
        case ast.Expr(value=ast.Call() | ast.YieldFrom()) | ast.Delete(targets=[ast.Subscript()]):
            return True
        case _:  # `del name` only says that an argument is not used
            return False


def mutants(module: str, text: str) -> Iterator[Mutant]:
    """Every change of a module, one at a time."""
    tree = ast.parse(text)
    plain = ast.unparse(tree)
    wanted, known = PARTS.get(module), {plain}
    for function, node in _inside(tree, "(module)"):
        for owner, field, new in edits(node) if wanted is None or function in wanted else ():
            old = getattr(owner, field)
            setattr(owner, field, new)
            source = ast.unparse(tree)
            setattr(owner, field, old)
            if source not in known:
                known.add(source)
                yield Mutant(module, _line(owner), function, *_difference(plain, source), source)


def _inside(node: ast.AST, function: str) -> Iterator[tuple[str, ast.AST]]:
    """Every node that does something, with its function; no errors, types or decorators."""
    yield function, node
    idle = {getattr(node, "annotation", None), getattr(node, "returns", None)}
    idle.update(getattr(node, "decorator_list", ()))
    for child in ast.iter_child_nodes(node):
        if child not in idle and not isinstance(child, ast.Raise | ast.Import | ast.ImportFrom):
            name = child.name if isinstance(child, ast.FunctionDef | ast.ClassDef) else function
            yield from _inside(child, name)


def _difference(plain: str, source: str) -> tuple[str, str]:
    """The first line that is not as it was: how it was, and how it is."""
    pairs = zip(plain.splitlines(), source.splitlines(), strict=False)
    before, after = next((one, other) for one, other in pairs if one != other)
    return before.strip(), after.strip()


def _line(node: ast.AST) -> int:
    lines = (getattr(inner, "lineno", None) for inner in ast.walk(node))
    return next((line for line in lines if line), 0)


# --- the trial -------------------------------------------------------------------------------


def attempt(copy: Path, module: str, source: str, tests: Sequence[str]) -> bool:
    """Whether the tests pass with this source in the module's place."""
    path = copy / module
    whole = path.read_text()
    path.write_text(source)
    trial = CTX.Process(target=_tested, args=(str(copy), tests))
    trial.start()
    trial.join(LIMIT)
    if trial.is_alive():
        trial.kill()
        trial.join()
    path.write_text(whole)
    return trial.exitcode == 0


def _tested(copy: str, tests: Sequence[str]) -> None:
    """In a process of its own: pytest on the copy, silent, to the first failure."""
    os.chdir(copy)
    sys.path.insert(0, copy)
    sys.dont_write_bytecode = True
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    import pytest  # noqa: PLC0415  the copy's plugin has to come with it

    plain = ("-x", "-q", "--tb=no", "--assert=plain")  # nobody reads why a mutant died
    options = (*plain, "-p", "no:cacheprovider", "--hypothesis-seed=0")
    os._exit(pytest.main([*options, *tests]))


def near(copy: Path, module: str) -> list[str]:
    """The quick tests, those of the module's own file first."""
    if "/lint/" in module:
        return list(LINT)
    own = f"tests/laws/test_{Path(module).stem}.py"
    quick = [str(path.relative_to(copy)) for name in QUICK for path in sorted(copy.glob(name))]
    if "windows" in module:
        quick.sort(key=lambda name: "windows" not in name)
    return [own, *quick] if (copy / own).exists() else quick


def survives(copy: Path, mutant: Mutant, *, quick: bool) -> bool:
    """Whether no test sees the change."""
    thorough = not quick and "/lint/" not in mutant.module
    stages = [near(copy, mutant.module), *([THOROUGH] if thorough else [])]
    return all(attempt(copy, mutant.module, mutant.source, tests) for tests in stages)


def copied(into: Path, *, head: bool) -> Path:
    """A copy of what the tests need: of the working tree, or of the last commit."""
    into.mkdir()
    if head:
        packed = subprocess.run(
            ["git", "archive", "HEAD", *NEEDED], cwd=ROOT, check=True, capture_output=True
        )
        subprocess.run(["tar", "x"], cwd=into, input=packed.stdout, check=True)
        return into
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, into / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, into / name)
    return into


# --- the account -----------------------------------------------------------------------------


def accepted() -> dict[tuple[str, str, str, str], str]:
    """The changes that change nothing anybody could see, and why."""
    stored = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
    return {
        (one["module"], one["function"], one["before"], one["after"]): one["why"]
        for one in stored.get("accepted", [])
    }


def chosen(copy: Path, names: Sequence[str]) -> list[Mutant]:
    """The mutants of the modules asked for, or of all."""
    found = sorted(path for pattern in MODULES for path in (copy / "chaos").glob(pattern))
    modules = [str(path.relative_to(copy)) for path in found]
    asked = [m for m in modules if not names or any(m == f"chaos/{name}.py" for name in names)]
    return [one for module in asked for one in mutants(module, (copy / module).read_text())]


def judged(folder: Path, every: Sequence[Mutant], workers: int, *, quick: bool) -> Iterator[Mutant]:
    """The survivors, each worker with a copy of its own."""
    copies: SimpleQueue[Path] = SimpleQueue()
    for number in range(workers):
        copies.put(Path(shutil.copytree(folder / "tree", folder / f"worker{number}")))

    def trial(mutant: Mutant) -> bool:
        copy = copies.get()
        try:
            return survives(copy, mutant, quick=quick)
        finally:
            copies.put(copy)

    with ThreadPoolExecutor(workers) as pool:
        for mutant, alive in zip(every, pool.map(trial, every), strict=True):
            if alive:
                yield mutant


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """0: each change was seen or is accepted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", help="as judging/ruling, laws/steady, windows/nodes")
    parser.add_argument("--head", action="store_true", help="the last commit, not the working tree")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="without the tests of properties")
    parser.add_argument("--list", action="store_true", help="say the changes, try none")
    asked = parser.parse_args()
    os.nice(10)
    CTX.set_forkserver_preload(LIBRARIES)
    with tempfile.TemporaryDirectory(prefix="mutants-") as temporary:
        folder = Path(temporary)
        tree = copied(folder / "tree", head=asked.head)
        every = chosen(tree, asked.modules)
        if asked.list:
            for mutant in every:
                say(str(mutant))
            return 0
        law = "chaos/judging/ruling.py"
        if not attempt(tree, law, (tree / law).read_text(), [*near(tree, law), *THOROUGH]):
            say("the tests fail as they are")
            return 2
        return account(every, judged(folder, every, asked.workers, quick=asked.quick))


def account(every: Sequence[Mutant], alive: Iterator[Mutant]) -> int:
    """Say each survivor that is not accepted, and the figures."""
    reasons, agreed, left = accepted(), 0, 0
    for mutant in alive:
        if mutant.key in reasons:
            agreed += 1
        else:
            left += 1
            say(f"survived: {mutant}")
    killed = len(every) - agreed - left
    say(f"{len(every)} mutants: {killed} killed, {agreed} accepted, {left} survived")
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main())
