"""An archive puts the wanted programs into its folder; one that holds anything odd puts nothing."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from chaos.providers.embedded import unpack as unpacking
from chaos.providers.embedded.unpack import BadArchive, unpack

WANTED = ("ctr", "containerd")


def entry(name: str, content: bytes = b"program", **more: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in more.items():
        setattr(info, key, value)
    return info, content


def odd(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, b"", type=kind, linkname=target)


GOOD = [odd("bin", tarfile.DIRTYPE), entry("bin/ctr"), entry("./bin/containerd"), entry("README")]


def packed(path: Path, *entries: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def inner(tmp_path: Path) -> Path:
    folder = tmp_path / "outer" / "inner"
    folder.mkdir(parents=True)
    return folder


def everything(folder: Path) -> set[str]:
    return {str(one.relative_to(folder)) for one in folder.rglob("*")}


def test_the_wanted_programs_come_out_and_lose_their_folders(inner: Path, tmp_path: Path) -> None:
    unpack(packed(tmp_path / "a.tgz", *GOOD), WANTED, inner)

    assert everything(tmp_path / "outer") == {"inner", "inner/ctr", "inner/containerd"}
    assert (inner / "ctr").read_bytes() == b"program"


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        pytest.param(entry("../ctr"), "'../ctr' in it would lead out", id="up"),
        pytest.param(entry("bin/../../ctr"), "would lead out", id="down-and-up"),
        pytest.param(entry("/etc/ctr"), "'/etc/ctr' in it would lead out", id="absolute"),
        pytest.param(entry("../other"), "would lead out", id="up-and-not-even-wanted"),
        pytest.param(odd("x/ctr", tarfile.SYMTYPE, "/etc/passwd"), "is a link", id="symbolic-link"),
        pytest.param(odd("x/ctr", tarfile.LNKTYPE, "README"), "is a link", id="hard-link"),
        pytest.param(odd("inner", tarfile.SYMTYPE, ".."), "is a link", id="link-of-a-folder"),
        pytest.param(odd("x/ctr", tarfile.CHRTYPE), "neither a file nor", id="device"),
        pytest.param(odd("x/ctr", tarfile.BLKTYPE), "neither a file nor", id="block-device"),
        pytest.param(odd("x/ctr", tarfile.FIFOTYPE), "neither a file nor", id="pipe"),
        pytest.param(entry("sbin/ctr", b"other"), "ctr is in it twice", id="a-second-one"),
    ],
)
@pytest.mark.parametrize("place", [0, len(GOOD)], ids=["first", "last"])
def test_an_odd_member_refuses_the_whole_archive(
    inner: Path, tmp_path: Path, bad: tuple[tarfile.TarInfo, bytes], says: str, place: int
) -> None:
    archive = packed(tmp_path / "a.tgz", *GOOD[:place], bad, *GOOD[place:])

    with pytest.raises(BadArchive, match=says) as refused:
        unpack(archive, WANTED, inner)

    assert len(str(refused.value).splitlines()) == 1
    assert everything(tmp_path / "outer") == {"inner"}


@pytest.mark.parametrize(
    "harmless",
    [
        pytest.param(entry("..ctr"), id="dots-in-a-name"),
        pytest.param(entry("x/ctr.txt"), id="another-name"),
        pytest.param(entry("README2", b""), id="empty"),
        pytest.param(odd("ctr.d/ctr", tarfile.DIRTYPE), id="a-folder-of-that-name"),
    ],
)
def test_what_only_looks_odd_is_left_in_the_archive(
    inner: Path, tmp_path: Path, harmless: tuple[tarfile.TarInfo, bytes]
) -> None:
    unpack(packed(tmp_path / "a.tgz", *GOOD, harmless), WANTED, inner)

    assert everything(inner) == {"ctr", "containerd"}


def test_a_link_that_lies_where_a_program_goes_is_not_followed(inner: Path, tmp_path: Path) -> None:
    (inner / "ctr").symlink_to(tmp_path / "theirs")

    with pytest.raises(FileExistsError):
        unpack(packed(tmp_path / "a.tgz", *GOOD), WANTED, inner)

    assert not (tmp_path / "theirs").exists()


def bomb(path: Path) -> Path:
    """A few kB that promise 2 GiB."""
    info = tarfile.TarInfo("bin/ctr")
    info.size = 2 << 30
    path.write_bytes(gzip.compress(info.tobuf()))
    return path


def crowd(path: Path) -> Path:
    return packed(path, *(entry(f"f{number}", b"") for number in range(unpacking.MOST + 1)))


@pytest.mark.parametrize("made", [bomb, crowd])
def test_more_than_fits_is_refused_before_anything_is_written(
    inner: Path, tmp_path: Path, made: Callable[[Path], Path]
) -> None:
    with pytest.raises(BadArchive, match="more than 1000 files or 1024 MiB"):
        unpack(made(tmp_path / "a.tgz"), WANTED, inner)

    assert everything(inner) == set()


def test_as_much_as_fits_is_taken(
    inner: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "LARGEST", sum(info.size for info, _ in GOOD))
    monkeypatch.setattr(unpacking, "MOST", len(GOOD))

    unpack(packed(tmp_path / "a.tgz", *GOOD), WANTED, inner)

    assert everything(inner) == {"ctr", "containerd"}


@pytest.mark.parametrize(
    "spoil", [lambda b: b[: len(b) // 2], lambda b: b[:40] + b"?" * 9 + b[49:]]
)
def test_a_damaged_archive_is_one_clear_error(
    inner: Path, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    archive = packed(tmp_path / "a.tgz", *GOOD)
    archive.write_bytes(spoil(archive.read_bytes()))

    with pytest.raises(BadArchive) as refused:
        unpack(archive, WANTED, inner)

    assert str(refused.value)
    assert everything(inner) == set()
