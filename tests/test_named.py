"""What is stored bears a public name: files move in their rooms, and what is stored still loads."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import chaos.faults
import chaos.laws
from chaos.faults import NodeDeath
from chaos.history.history import History
from chaos.history.names import PUBLIC, name_of, place_of
from chaos.judging.law import law
from chaos.judging.verdict import Ruling, Verdict
from chaos.report.judge import law_from
from chaos.report.record import Stated
from chaos.running.ledger import Ledger, read

ROOMS = (chaos.laws, chaos.faults)


def test_the_rooms_of_what_is_stored_are_these() -> None:
    assert [room.__name__ for room in ROOMS] == [*PUBLIC]


@pytest.mark.parametrize(
    ("module", "name", "stored"),
    [
        ("chaos.laws.restart", "restarted", "chaos.laws:restarted"),
        ("chaos.faults.nodes.death", "NodeDeath", "chaos.faults:NodeDeath"),
        ("chaos.laws", "restarted", "chaos.laws:restarted"),
        ("chaos.lawsuits.mine", "won", "chaos.lawsuits.mine:won"),
        ("shop.chaos.laws.mine", "sold", "shop.chaos.laws.mine:sold"),
        ("test_shop", "Fire.Big", "test_shop:Fire.Big"),
    ],
)
def test_a_name_is_that_of_its_room_or_else_of_its_module(
    module: str, name: str, stored: str
) -> None:
    assert name_of(module, name) == stored
    assert place_of(stored) == (stored.partition(":")[0], name)
    assert place_of(f"{module}:{name}") == place_of(stored)


def stored_kinds(room: ModuleType) -> Iterator[tuple[str, object]]:
    """Every law, or every fault, that a file of the room defines, by its name."""
    for file in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
        module = importlib.import_module(file.name)
        for name, thing in vars(module).items():
            ours = getattr(thing, "__module__", "") == file.name and not name.startswith("_")
            fault = inspect.isclass(thing) and callable(getattr(thing, "heal", None))
            if ours and (fault or hasattr(thing, "__wrapped__")):
                yield name, thing


@pytest.mark.parametrize("room", ROOMS)
def test_all_that_can_be_stored_is_exported_by_its_room(room: ModuleType) -> None:
    kinds = dict(stored_kinds(room))

    assert len(kinds) > 20
    assert {name for name, kind in kinds.items() if getattr(room, name, None) is not kind} == set()
    assert {*kinds} <= {*room.__all__}


@pytest.mark.parametrize("home", ["chaos.laws", "chaos.laws.nodes", "chaos.laws.moved_since"])
def test_a_law_is_found_by_its_public_name_and_by_that_of_a_file_that_held_it(home: str) -> None:
    window = {"earliest": 0, "latest": 1, "because": ""}
    stated = Stated(f"{home}:becomes_ready", "", "", {"node": "worker1", "within": window})

    assert law_from(stated).name == "chaos.laws:becomes_ready"


@pytest.mark.parametrize("home", ["chaos.faults", "chaos.faults.node", "chaos.faults.moved_since"])
def test_a_fault_is_healed_by_its_public_name_and_by_that_of_a_file_that_held_it(
    tmp_path: Path, home: str
) -> None:
    page = Ledger(tmp_path).arm(NodeDeath("worker1"), 1)
    line = json.loads(page.read_text())
    assert line["fault"] == "chaos.faults:NodeDeath"

    page.write_text(json.dumps(line | {"fault": f"{home}:NodeDeath"}))

    assert read(page) == NodeDeath("worker1")


@law
def foreign(history: History) -> Verdict:
    """It is somebody else's."""
    return Verdict(Ruling.UNKNOWN, f"of {len(history.index.entries)}")


def test_a_law_of_somebody_else_keeps_its_module() -> None:
    assert foreign().name == f"{__name__}:foreign"
    assert law_from(Stated(foreign().name, "", "", {})).name == foreign().name
