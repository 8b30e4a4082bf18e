"""Lists what each fault does, how it is undone and what it needs: docs/faults.md.

    python tests/fault_list.py           # writes docs/faults.md
    python tests/fault_list.py --check   # status 1 when that file is not what would be written

The words are those of the faults' own docstrings; what a fault needs is read from what it calls.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chaos.faults
from chaos.ports.capability import Capability
from chaos.ports.fault import term_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "faults.md"
HEAD = """\
# The faults

Made from the faults' own docstrings by `python tests/fault_list.py`. Each is open for at most
{term:g} minutes ([safety](safety.md)); healing it twice is healing it once, and anybody can who has
the ledger. Some need somebody who can do something to machines: on an embedded cluster all can be
done, on one that was there before (`--chaos-context`) none of it. Such a fault is refused there
before anything is done, and its scenario is skipped, with who can. No fault turns a node's clock:
the embedded cluster's nodes have their host's, since a time namespace holds no wall clock.

| fault | what it needs |
| --- | --- |
"""
NEEDS = {
    "tell": "the patient in the pod",
    "delete": "rights: `delete pods`",
    "poison": "toxiproxy in the pod (`through=` or `probes_through_proxy=`)",
    "scale": "rights: `patch` the app's `scale`",
    "label": "rights: `patch pods`",
    "taint": "rights: `get` and `patch nodes`",
    "forget": "rights: `delete nodes`",
}
HANDS = {
    "power_off": Capability.POWER,
    "freeze": Capability.FREEZE,
    "cut": Capability.PARTITION,
    "fill_disk": Capability.DISK,
    "program": Capability.NODE_PROGRAMS,
    "remember": Capability.NODE_PROGRAMS,
    "container": Capability.CONTAINERS,
    "control_plane": Capability.CONTROL_PLANE,
    "add_node": Capability.NEW_NODES,
}
# What comes with those, or is only a look.
FREE = {"machine", "ready_nodes", "soothe", "cure", "untaint", "remove_node", "inspect"}
ALONE = {Capability.CONTAINERS: ", nothing from the app"}
PROGRAMS = {"program", "control_plane"}  # what is frozen then is no machine


def faults() -> dict[str, Any]:
    """The faults that are there, by their names."""
    return {name: getattr(chaos.faults, name) for name in chaos.faults.__all__}


def needs(kind: Any) -> list[str]:
    """What a fault needs, in words: what it says itself, and what its calls take of others."""
    told = [f"somebody who can {one}{ALONE.get(one, '')}" for one in declared(kind)]
    asked = [words for verb, words in NEEDS.items() if verb in _called(kind)]
    return [*told, *asked] or ["nothing"]


def declared(kind: Any) -> list[Capability]:
    """The capabilities that a fault names as its needs, also those that hang on its fields."""
    if isinstance(named := getattr(kind, "needs", ()), property):
        told = inspect.getsource(named.fget)  # type: ignore[arg-type]
        return [one for one in Capability if f"Capability.{one.name}" in told]
    return list(named)


def called_for(kind: Any) -> list[Capability]:
    """The capabilities that its calls take."""
    called = _called(kind)
    verbs = called - ({"freeze"} if called & PROGRAMS else set())
    return list(dict.fromkeys(one for verb, one in HANDS.items() if verb in verbs))


def _called(kind: Any) -> set[str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return called | ({"container"} if "hands_on" in names else set())


def _of_the_port(kind: Any) -> set[str]:
    """What it calls of the cluster itself."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return {node.attr for node in found if ast.unparse(node.value) == "cluster"}


def page() -> str:
    """The whole document."""
    found = faults()
    rows = [f"| [{name}](#{name.lower()}) | {', '.join(needs(k))} |" for name, k in found.items()]
    term = term_of(chaos.faults.PodDeleted(())) / 60
    sections = [_section(name, kind) for name, kind in found.items()]
    return HEAD.format(term=term) + "\n".join([*rows, "", *sections])


def missing() -> Iterator[str]:
    """What is wrong: faults that do not say something, or need what is not known."""
    for name, kind in faults().items():
        yield from (f"{name} does not say {what}" for what, text in _said(kind) if not text)
        if declared(kind) != called_for(kind):
            yield f"{name} needs {declared(kind)}, but its calls take {called_for(kind)}"
        if unknown := sorted(_of_the_port(kind) - {*NEEDS, *HANDS, *FREE}):
            yield f"{name} calls {', '.join(unknown)}: what that needs is not known"


def _section(name: str, kind: Any) -> str:
    said = "\n".join(f"- **{what}**: {text}" for what, text in _said(kind)[1:])
    needed = ", ".join(needs(kind))
    told = f"## {name}\n\n`{_call(name, kind)}`\n\n{_said(kind)[0][1]}\n\n{said}"
    return f"{told}\n- **needs**: {needed}\n"


def _said(kind: Any) -> list[tuple[str, str]]:
    doc = "" if (kind.__doc__ or "").startswith(f"{kind.__name__}(") else kind.__doc__
    parts = {"what it does": doc}
    for what, verb in (("cause", "inject"), ("undo", "heal"), ("proof", "symptom")):
        parts[what] = getattr(kind, verb).__doc__
    return [(what, " ".join((text or "").split())) for what, text in parts.items()]


def _call(name: str, kind: Any) -> str:
    """As it is written, with its defaults; what is only for its scenario too."""
    given = [_field(field) for field in dataclasses.fields(kind)]
    return f"{name}({', '.join(given)})"


def _field(field: Any) -> str:
    left_out = field.default is dataclasses.MISSING
    return field.name if left_out else f"{field.name}={field.default!r}"


def main() -> int:
    """Write the page, or say how it differs."""
    wrong = list(missing())
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page())
    elif not PAGE.exists() or PAGE.read_text() != page():
        wrong.append(f"{PAGE.relative_to(ROOT)} is old: run python tests/fault_list.py")
    sys.stdout.write("\n".join(wrong or [f"{len(faults())} faults are listed"]) + "\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
