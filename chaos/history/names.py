"""What a law and a fault are called where they are stored: by the public name, as users import it.

So a file can move in its room, and a run or a ledger of before still loads.
"""

from __future__ import annotations

PUBLIC = ("chaos.laws", "chaos.faults")  # all that is stored of these rooms is exported by them


def name_of(module: str, name: str) -> str:
    """`chaos.laws:restarted`; of somebody else's the module as well, for only that is known."""
    return f"{_room(module)}:{name}"


def place_of(stored: str) -> tuple[str, str]:
    """The module to import, and the name in it; the file that old names speak of may have moved."""
    module, _, name = stored.partition(":")
    return _room(module), name


def _room(module: str) -> str:
    return next((room for room in PUBLIC if module.startswith(f"{room}.")), module)
