"""Images that come to the nodes when a scenario needs them, or a user brings them."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest

from chaos.errors import NoCluster
from chaos.images.brought import Archive
from chaos.images.own import Image
from chaos.providers.embedded import supplies
from chaos.providers.embedded.plan import Plan


@dataclass(frozen=True)
class Home:
    path: Path


@dataclass(frozen=True)
class Paper:
    home: Home
    assets: Path = Path("/assets")
    snapshotter: str = "native"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "home").mkdir()
    return cast(Plan, Paper(Home(tmp_path / "home")))


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    commands: list[list[str]] = []

    def run(words: list[str | Path], **_: object) -> None:
        commands.append([str(word) for word in words])

    monkeypatch.setattr(supplies, "run", run)
    return commands


def enter(*command: Any) -> list[str | Path]:
    return ["inside", *command]


def image(tmp_path: Path, name: str) -> Image:
    tar = tmp_path / f"{name}-1.tar"
    tar.write_text(name)
    return Image(f"localhost/chaos/{name}:1", tar)


def test_a_node_gets_each_image_that_was_ordered_once(
    plan: Plan, tmp_path: Path, ran: list[list[str]]
) -> None:
    disk = tmp_path / "worker1"
    disk.mkdir()
    supplies.stock(plan, disk, enter)
    assert ran == []

    for name in ("b", "a", "a"):
        supplies.order(plan, image(tmp_path, name))
    supplies.stock(plan, disk, enter)
    supplies.stock(plan, disk, enter)

    assert [words[0] for words in ran] == ["inside", "inside"]
    assert all("--snapshotter native" in " ".join(words) for words in ran)
    assert {Path(words[-1]).name for words in ran} == {"a-1.tar", "b-1.tar"}


def test_a_node_that_comes_later_gets_them_all_and_needs_no_cache(
    plan: Plan, tmp_path: Path, ran: list[list[str]]
) -> None:
    ordered = image(tmp_path, "a")
    supplies.order(plan, ordered)
    ordered.tar.unlink()

    (tmp_path / "worker9").mkdir()
    supplies.stock(plan, tmp_path / "worker9", enter)

    assert Path(ran[0][-1]).read_text() == "a"


def test_an_import_that_failed_is_tried_again(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = tmp_path / "worker1"
    disk.mkdir()
    supplies.order(plan, image(tmp_path, "a"))
    tries = iter([OSError("no room"), None])

    def run(*_: object, **__: object) -> None:
        if (error := next(tries)) is not None:
            raise error

    monkeypatch.setattr(supplies, "run", run)
    with pytest.raises(OSError, match="no room"):
        supplies.stock(plan, disk, enter)
    supplies.stock(plan, disk, enter)
    supplies.stock(plan, disk, enter)


class Node:
    """A node's disk, and what was imported on it."""

    def __init__(self, plan: Plan, disk: Path, ran: list[list[str]]) -> None:
        self._plan, self._disk, self._ran = plan, disk, ran
        disk.mkdir()

    def load(self, *archives: Archive) -> list[str]:
        """What a run that loads these imports here."""
        for archive in archives:
            with supplies.loading(self._plan, archive):
                self.boot()
        return self.imported()

    def boot(self) -> None:
        """As it is at every boot."""
        supplies.stock(self._plan, self._disk, enter)

    def imported(self) -> list[str]:
        """The contents of what was imported since this was asked last."""
        contents = [Path(words[-1]).read_text() for words in self._ran]
        self._ran.clear()
        return contents


@pytest.fixture
def node(plan: Plan, tmp_path: Path, ran: list[list[str]]) -> Node:
    return Node(plan, tmp_path / "worker1", ran)


def brought(folder: Path, content: str, *names: str, file: str = "app.tar") -> Archive:
    folder.mkdir(exist_ok=True)
    (folder / file).write_text(content)
    return Archive(folder / file, names or ("app:1",))


def kept(plan: Plan) -> set[str]:
    return {file.read_text() for file in (plan.home.path / "supplies").iterdir()}


def test_two_archives_of_one_file_name_are_two(node: Node, tmp_path: Path) -> None:
    one, other = brought(tmp_path / "a", "one", "a:1"), brought(tmp_path / "b", "other", "b:1")

    assert node.load(one, other) == ["one", "other"]
    assert node.load(one, other) == []


def test_an_archive_that_is_written_again_in_place_is_another(
    node: Node, plan: Plan, tmp_path: Path
) -> None:
    archive = brought(tmp_path, "old")
    assert node.load(archive) == ["old"]
    archive.tar.write_text("new")

    assert kept(plan) == {"old"}
    assert node.load(archive) == ["new"]
    assert kept(plan) == {"new"}


def test_what_comes_back_after_another_had_its_place_is_imported_again(
    node: Node, tmp_path: Path
) -> None:
    old, new = brought(tmp_path / "a", "old"), brought(tmp_path / "b", "new")

    assert [node.load(one) for one in (old, new, old, old)] == [["old"], ["new"], ["old"], []]


def test_an_archive_with_one_name_more_is_another_and_the_newer_comes_last(
    node: Node, plan: Plan, tmp_path: Path, ran: list[list[str]]
) -> None:
    node.load(brought(tmp_path / "b", "one"), brought(tmp_path / "a", "both", "app:1", "db:1"))
    for age, content in enumerate(("one", "both")):
        (file,) = [f for f in (plan.home.path / "supplies").iterdir() if f.read_text() == content]
        os.utime(file, (age, age))
    later = Node(plan, tmp_path / "worker2", ran)

    later.boot()

    assert later.imported() == ["one", "both"]


def test_a_node_that_comes_later_needs_the_user_s_file_no_more(
    node: Node, plan: Plan, tmp_path: Path, ran: list[list[str]]
) -> None:
    archive = brought(tmp_path / "a", "app")
    node.load(archive)
    shutil.rmtree(tmp_path / "a")
    later = Node(plan, tmp_path / "worker2", ran)

    later.boot()

    assert later.imported() == ["app"]


def test_what_no_node_can_take_is_told_in_one_line_and_not_kept(
    node: Node, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = brought(tmp_path / "a", "good"), brought(tmp_path / "b", "bad")
    node.load(good)

    def fail(*_: object, **__: object) -> NoReturn:
        raise NoCluster("nsenter ctr: a warning\nctr: a bad digest\x1b[2J")

    with monkeypatch.context() as patch:
        patch.setattr(supplies, "run", fail)
        with pytest.raises(
            NoCluster, match=r"b/app\.tar cannot be loaded: ctr: a bad digest\\x1b"
        ) as told:
            node.load(bad)

    assert str(told.value).isprintable()
    assert kept(plan) == {"good"}


def test_a_file_that_cannot_be_copied_leaves_nothing_half(
    node: Node, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(NoCluster, match=r"app\.tar cannot be copied: .* No space left on device"):
        node.load(brought(tmp_path / "a", "app"))

    assert kept(plan) == set()
