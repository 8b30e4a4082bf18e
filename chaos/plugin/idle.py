"""What a test that injects nothing may be: one that looks, and asserts what it has seen."""

from __future__ import annotations

import ast
import inspect
import textwrap

FIXTURE = "chaos"


def only_looks(test: object) -> bool:
    """Whether it asserts something itself and never uses `chaos`: then it meant to inject nothing.

    Told from its own source; a test without any is not taken for one.
    """
    if not callable(test):
        return False
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(test)))
    except (OSError, TypeError, SyntaxError):
        return False
    nodes = list(ast.walk(tree))
    uses = any(isinstance(node, ast.Name) and node.id == FIXTURE for node in nodes)
    return not uses and any(map(_asserts, nodes))


def _asserts(node: ast.AST) -> bool:
    """An `assert`, or a `raises(...)` as pytest has it."""
    match node:
        case ast.Assert() | ast.Call(func=ast.Name(id="raises") | ast.Attribute(attr="raises")):
            return True
        case _:
            return False
