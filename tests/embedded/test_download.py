from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from mirror import Mirror, program, serving

from chaos.errors import NoCluster
from chaos.providers.embedded.download import download, sum_of
from chaos.providers.embedded.releases import PROGRAMS, Release, releases

pytestmark = pytest.mark.loopback

ALL = releases("amd64")
KUBELET = next(release for release in ALL if release.programs == ("kubelet",))
ETCD = next(release for release in ALL if release.programs == ("etcd",))


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with serving("amd64") as served:
        yield served


def fetch(mirror: Mirror, folder: Path, *wanted: Release) -> list[str]:
    said: list[str] = []
    download(wanted or ALL, folder, mirror=mirror.url, say=said.append)
    return said


def test_every_program_arrives_executable_and_nothing_else_does(
    mirror: Mirror, tmp_path: Path
) -> None:
    said = fetch(mirror, tmp_path / ".")

    assert {file.name for file in tmp_path.iterdir()} == {*PROGRAMS, "runc"}
    assert all(os.access(file, os.X_OK) for file in tmp_path.iterdir())
    assert all(file.read_bytes() == program(file.name) for file in tmp_path.iterdir())
    assert said[0] == "downloading kube-apiserver (1 of 10)"
    assert len(said) == 10


def test_redirects_are_followed(mirror: Mirror, tmp_path: Path) -> None:
    mirror.moved[f"/{KUBELET.address}"] = "/elsewhere"
    mirror.files["/elsewhere"] = program("kubelet")

    fetch(mirror, tmp_path, KUBELET)

    assert (tmp_path / "kubelet").read_bytes() == program("kubelet")


@pytest.mark.parametrize("release", [KUBELET, ETCD], ids=["lone", "listed"])
def test_a_wrong_checksum_is_refused(mirror: Mirror, tmp_path: Path, release: Release) -> None:
    mirror.files[f"/{release.address}"] += b"?"

    with pytest.raises(NoCluster, match=f"{release.name}: SHA-256 is .* published is"):
        fetch(mirror, tmp_path, release)

    assert not (tmp_path / release.programs[0]).exists()


def test_a_download_that_is_cut_off_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    mirror.cut.add(f"/{KUBELET.address}")

    with pytest.raises(NoCluster, match=r"kubelet: .*IncompleteRead|more expected"):
        fetch(mirror, tmp_path, KUBELET)

    assert not (tmp_path / "kubelet").exists()


@pytest.mark.parametrize("part", ["address", "sums"])
def test_what_is_not_there_is_named_with_its_status(
    mirror: Mirror, tmp_path: Path, part: str
) -> None:
    del mirror.files[f"/{getattr(ETCD, part)}"]

    with pytest.raises(NoCluster, match=f"{getattr(ETCD, part)}: HTTP status 404"):
        fetch(mirror, tmp_path, ETCD)


def test_a_release_without_its_program_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    odd = Release(ETCD.address, ETCD.sums, ("etcd", "etcdutl"))

    with pytest.raises(NoCluster, match="no etcdutl in it"):
        fetch(mirror, tmp_path, odd)


def test_an_archive_that_is_none_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    mirror.publish(Release(ETCD.address.removesuffix(".tar.gz"), ETCD.sums, ("etcd",)))
    plain = mirror.files[f"/{ETCD.address.removesuffix('.tar.gz')}"]
    mirror.files[f"/{ETCD.address}"] = plain
    mirror.files[f"/{ETCD.sums}"] = mirror.files[f"/{ETCD.sums}"].replace(
        ETCD.name.removesuffix(".tar.gz").encode(), ETCD.name.encode()
    )

    with pytest.raises(NoCluster, match="not a gzip file"):
        fetch(mirror, tmp_path, ETCD)


def test_a_mirror_that_nobody_serves_is_said_to_refuse(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(NoCluster, match=rf"^http://127.0.0.1:{port}/.*[Cc]onnection refused"):
        download(ALL, tmp_path, mirror=f"http://127.0.0.1:{port}", say=print)


def test_a_proxy_is_asked(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", mirror.url)
    monkeypatch.setenv("no_proxy", "")
    far = "http://mirror.invalid"
    for path in (KUBELET.address, KUBELET.sums):
        mirror.files[f"{far}/{path}"] = mirror.files[f"/{path}"]

    download([KUBELET], tmp_path, mirror=far, say=print)

    assert mirror.asked[f"{far}/{KUBELET.address}"] == 1


@pytest.mark.parametrize(
    "sums",
    [
        "",
        "not found",
        f"{'a' * 63}  kubelet",
        f"{'a' * 64}  kubectl",
        f"{'a' * 64}  old-kubelet",
        f"{'A' * 64}  kubelet",
    ],
)
def test_sums_that_do_not_name_the_file_are_refused(sums: str) -> None:
    with pytest.raises(NoCluster, match="no SHA-256 of kubelet"):
        sum_of(KUBELET, sums)


@pytest.mark.parametrize(
    "sums",
    [
        "a" * 64,
        f"{'a' * 64}\n",
        f"{'b' * 64}  x\n{'a' * 64} *kubelet\n",
        f"{'a' * 64}  bin/kubelet",
    ],
)
def test_sums_are_a_lone_digest_or_a_line_with_the_name(sums: str) -> None:
    assert sum_of(KUBELET, sums) == "a" * 64
