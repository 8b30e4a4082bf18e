"""The plan of the rooms, drawn from their imports: `python tests/plan.py` puts it in its place.

A room stands above all that it imports; what it is for, its docstring says.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PLACE = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- drawn by tests/plan.py -->\n", "<!-- drawn until here -->\n"
WIDTH = 110  # characters of a line of a document

Imports = Mapping[str, frozenset[str]]


def imports() -> Imports:
    """What each room imports of the others; what only types need counts as well."""
    graph = grimp.build_graph("chaos", cache_dir=None)
    rooms = sorted(graph.find_children("chaos"))
    wings = {room: {room, *graph.find_descendants(room)} for room in rooms}
    return {
        room: frozenset(
            other
            for other in rooms
            if other != room
            and any(graph.find_modules_directly_imported_by(m) & wings[other] for m in wings[room])
        )
        for room in rooms
    }


def floors(found: Imports) -> Iterator[list[str]]:
    """The rooms, the highest floor first: on each what nothing above it is needed for."""
    order = TopologicalSorter(found)
    order.prepare()
    storeys = []
    while order.is_active():
        storeys.append(sorted(order.get_ready()))
        order.done(*storeys[-1])
    yield from reversed(storeys)


def said(room: str) -> str:
    """What its docstring says, its examples left out, on a line."""
    path = ROOT / room.replace(".", "/")
    module = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    doc = ast.get_docstring(ast.parse(module.read_text())) or ""
    told = doc.split("\n\n") if path.is_dir() else [doc.partition("\n\n")[0]]
    return " ".join(" ".join(part for part in told if not part.startswith(" ")).split())


def paragraph(room: str, others: frozenset[str]) -> str:
    """A room: what it is, and whom it knows."""
    known = ", ".join(sorted(_name(other) for other in others)) or "nobody"
    text = f"**{_name(room)}** {said(room)} *Knows {known}.*"
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def drawn(found: Imports) -> str:
    """The floors, and a paragraph for each room, the highest first."""
    storeys = list(floors(found))
    plan = "\n".join(" | ".join(map(_name, storey)) for storey in storeys)
    rooms = (paragraph(room, found[room]) for storey in storeys for room in storey)
    return "\n\n".join([textwrap.indent(plan, "    "), *rooms]) + "\n"


def _name(room: str) -> str:
    return room.removeprefix("chaos.")


def placed(text: str) -> str:
    """The document with the plan as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{drawn(imports())}\n{END}{after}"


if __name__ == "__main__":
    PLACE.write_text(placed(PLACE.read_text()))
