"""Archives that are to be loaded: looked at, and refused in one line before anything begins."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.dryrun import wiring as dryrun
from chaos.errors import HARNESS_FAILED
from chaos.images import brought, oci
from chaos.options import BadOption, Options
from chaos.ports.capability import ALL
from chaos.providers import registry
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.report import provenance
from chaos.running import wiring
from chaos.running.ground import archives
from chaos.testing import rehearsal

pytest_plugins = ["pytester"]

TAG = "localhost/app:1"
LAYOUT = {"imageLayoutVersion": "1.0.0"}


def written(path: Path, files: dict[str, Any]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


def image(tag: str) -> bytes:
    return oci.archive(tag, oci.Contents({"/app": (b"app", 0o755)}, ("/app",)))


@pytest.fixture
def tar(tmp_path: Path) -> Path:
    path = tmp_path / "app.tar"
    path.write_bytes(image(TAG))
    return path


HERE = {"architecture": oci.architecture()}
CONFIG = {"c.json": HERE}


def index(*, platform: Any = HERE, **annotations: Any) -> dict[str, Any]:
    return {"manifests": [{"annotations": annotations, "platform": platform}]}


def tagged(*tags: Any, config: str = "c.json") -> dict[str, Any]:
    return {"manifest.json": [{"RepoTags": [*tags], "Config": config}], **CONFIG}


REF, NAME = (
    {"org.opencontainers.image.ref.name": "localhost/app:1"},
    {"io.containerd.image.name": "localhost/app:1"},
)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(tagged(TAG), id="docker-save"),
        pytest.param({f"./{name}": said for name, said in tagged(TAG).items()}, id="dots"),
        pytest.param({"oci-layout": LAYOUT, "index.json": index(**REF)}, id="podman-save"),
        pytest.param({"oci-layout": LAYOUT, "index.json": index(**NAME, **REF)}, id="buildx"),
        pytest.param(
            {
                **tagged("app:1"),
                "oci-layout": LAYOUT,
                "index.json": index(**NAME, **{"org.opencontainers.image.ref.name": "1"}),
            },
            id="both-lists",
        ),
        pytest.param({"blobs/x": b"x" * (2 << 20), **tagged(TAG)}, id="at-end"),
        pytest.param({**tagged(TAG), "c.json": {}}, id="any-machine"),
    ],
)
def test_what_docker_and_podman_save_is_taken(tmp_path: Path, files: dict[str, Any]) -> None:
    tar = written(tmp_path / "a.tar", files)

    assert brought.archive(tar) == brought.Archive(tar, (TAG,))


def test_all_that_are_named_are_taken_plain_or_gzipped(tar: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.tar.gz"
    other.write_bytes(gzip.compress(image("db:2")))

    archives = brought.asked(Options(load=f"{tar}, {other}"))

    assert archives == (brought.Archive(tar, (TAG,)), brought.Archive(other, ("db:2",)))


def test_who_asks_for_none_gets_none() -> None:
    assert brought.asked(Options()) == ()


def refused(path: Path, *named: str) -> None:
    with pytest.raises(BadOption) as told:
        brought.asked(Options(load=str(path)))
    line = str(told.value)
    assert line.isprintable()
    assert line.startswith(f"image archive '{path}' cannot be loaded: ")
    for name in named:
        assert name in line


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no whole tar"),
        (b"FROM scratch\n", "no whole tar"),
        (b"\x1f\x8b", "no whole tar"),
        (gzip.compress(b"no tar", mtime=0), "no whole tar"),
        (gzip.compress(image(TAG), mtime=0)[:200], "no whole tar"),
        (image(TAG)[:3000], "no whole tar"),
        (b"\x28\xb5\x2f\xfd" + b"z" * 600, "no whole tar"),
        (b"BZh9" + b"1" * 600, "no whole tar"),
    ],
)
def test_a_file_that_is_no_tar_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "app.tar"
    path.write_bytes(content)

    refused(path, why)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({}, "neither manifest.json nor index.json with oci-layout is in it"),
        ({"app.py": b"print()"}, "neither manifest.json nor"),
        ({"app/manifest.json": [{"RepoTags": [TAG]}]}, "neither manifest.json nor"),
        ({"index.json": index(**NAME)}, "neither manifest.json nor"),
        ({"oci-layout": LAYOUT}, "neither manifest.json nor"),
        ({"manifest.json": b"{"}, "'manifest.json' in it cannot be read"),
        ({"manifest.json": b"\xff\xfe"}, "'manifest.json' in it cannot be read"),
        ({"manifest.json": b"[" * 100_000}, "'manifest.json' in it cannot be read"),
        ({"manifest.json": b" " * (2 << 20)}, "'manifest.json' in it is no file of at most 1024"),
        ({"manifest.json": {"RepoTags": [TAG]}}, "its images are no list"),
        ({"manifest.json": [TAG]}, "a mapping is wanted in it, not 'localhost/app:1'"),
        ({"manifest.json": [{"RepoTags": TAG}]}, "its images are no list, but 'localhost/app:1'"),
        ({"manifest.json": [{"RepoTags": [TAG]}]}, "'None' in it is no file"),
        (tagged(TAG, config="\x1b[2J"), r"'\x1b[2J' in it is no file"),
        (tagged(), "no image in it has a name"),
        ({"manifest.json": []}, "no image in it has a name"),
        ({"oci-layout": LAYOUT, "index.json": {}}, "its images are no list, but None"),
        ({"oci-layout": LAYOUT, "index.json": []}, "a mapping is wanted"),
        ({"oci-layout": LAYOUT, "index.json": index()}, "no image in it has a name"),
        (
            {
                "oci-layout": LAYOUT,
                "index.json": index(**{"org.opencontainers.image.ref.name": "latest"}),
            },
            "no image in it has a name, as app:1 is",
        ),
        ({"oci-layout": LAYOUT, "index.json": {"manifests": [{"digest": "sha256:0"}]}}, "'blobs/"),
        ({**tagged(TAG), "c.json": {"architecture": "vax"}}, "it is for vax: build it for this"),
        (
            {"oci-layout": LAYOUT, "index.json": index(platform={"architecture": "vax"}, **NAME)},
            f"it is for vax: build it for this machine, which is {oci.architecture()}",
        ),
    ],
)
def test_a_tar_that_is_no_image_archive_is_refused(
    tmp_path: Path, files: dict[str, Any], why: str
) -> None:
    refused(written(tmp_path / "app.tar", files), why)


def test_a_list_of_images_is_no_folder(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "app.tar", "w") as tar:
        entry = tarfile.TarInfo("manifest.json")
        entry.type = tarfile.DIRTYPE
        tar.addfile(entry)

    refused(tmp_path / "app.tar", "'manifest.json' in it is no file of at most 1024 KiB")


def nested(*architectures: str) -> dict[str, Any]:
    """An index in the index, as of an image for several machines; each but the first says it."""
    first, *others = architectures
    inner = [{"digest": "sha256:1"}, *({"platform": {"architecture": one}} for one in others)]
    return {
        "oci-layout": LAYOUT,
        "index.json": {"manifests": [{"annotations": NAME, "digest": "sha256:0"}]},
        "blobs/sha256/0": {"manifests": inner},
        "blobs/sha256/1": {"config": {"digest": "sha256:2"}},
        "blobs/sha256/2": {"architecture": first},
    }


@pytest.mark.parametrize("machines", [(oci.architecture(), "vax"), ("vax", oci.architecture())])
def test_an_image_for_several_machines_is_taken_if_this_is_among_them(
    tmp_path: Path, machines: tuple[str, ...]
) -> None:
    assert brought.archive(written(tmp_path / "app.tar", nested(*machines))).names == (TAG,)

    refused(written(tmp_path / "b.tar", nested("pdp11", "vax")), "it is for pdp11, vax: build it")


def test_a_list_that_leads_to_itself_is_refused(tmp_path: Path) -> None:
    files = nested("vax") | {"blobs/sha256/0": {"manifests": [{"digest": "sha256:0"}]}}

    refused(written(tmp_path / "app.tar", files), "recursion")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "none.tar", "No such file or directory")
    refused(tmp_path, "it is no file")
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "it is no file")
    (tmp_path / "x").write_text("")
    refused(tmp_path / "x" / "y", "Not a directory")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refused(tmp_path / "loop", "symbolic links")


def test_a_file_that_may_not_be_read_is_refused(tar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)  # root may: answered for it

    refused(tar, "Permission denied")


def test_two_images_of_one_name_are_refused(tar: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.tar"
    other.write_bytes(image(TAG))

    with pytest.raises(BadOption, match=r"other.tar' cannot be loaded: localhost/app:1 is in "):
        brought.asked(Options(load=f"{tar},{other}"))


def test_a_cluster_of_others_is_not_loaded(tar: Path) -> None:
    theirs = Options(load=str(tar), context="prod", image="app:1")
    with pytest.raises(BadOption, match="nodes of context prod: push them where its nodes can"):
        archives(theirs)


def test_a_rehearsal_looks_at_none(tmp_path: Path) -> None:
    assert brought.asked(Options(load=str(tmp_path / "none.tar"), cluster="fake")) == ()


def test_nothing_is_begun_when_one_cannot_be_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "owned", lambda _: pytest.fail("a cluster was looked for"))
    monkeypatch.setattr(EmbeddedCluster, "up", lambda *_: pytest.fail("a cluster was made"))

    with pytest.raises(BadOption), wiring.provided(Options(load=f"{tmp_path}/none.tar"), print):
        pass


def test_a_run_that_cannot_load_ends_in_one_line(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "_git", lambda *_: "")
    monkeypatch.setattr(registry, "owned", lambda _: pytest.fail("a cluster was looked for"))
    pytester.makepyfile(
        "import pytest\n@pytest.mark.chaos\ndef test_it(cluster):\n    assert cluster is None\n"
    )

    result = pytester.runpytest_inprocess(
        "-m",
        "chaos",
        "--chaos-load=none.tar",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
    )

    assert result.ret == HARNESS_FAILED
    result.assert_outcomes(errors=1)
    said = "BadOption: image archive 'none.tar' cannot be loaded: No such file or directory"
    assert said in result.outlines


def test_a_rehearsal_says_that_it_looks_at_none(tmp_path: Path) -> None:
    said: list[str] = []
    with rehearsal.provided(Options(cluster="fake", load=f"{tmp_path}/none.tar"), said.append):
        pass

    assert "a rehearsal runs no image: what --chaos-load names is not looked at" in said


def test_a_dry_run_says_what_would_be_loaded(tar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry.MAKERS[0], "why_not", str)
    said: list[str] = []
    with dryrun.provided(Options(dry_run=True, load=str(tar)), said.append):
        pass

    assert said[-1] == "load onto every node: localhost/app:1"
    with (
        pytest.raises(BadOption, match="No such file"),
        dryrun.provided(Options(dry_run=True, load=f"{tar}.gz"), print),
    ):
        pass


class Loaded:
    """An embedded cluster that is there, as far as a run loads anything onto it."""

    name = "kept"
    made_with: ClassVar = {"nodes": 2, "profile": "fast"}

    def __init__(self) -> None:
        self.archives: list[brought.Archive] = []
        self.load = self.archives.append


def test_a_run_on_a_cluster_of_a_name_loads_them_too(
    tar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, said = Loaded(), list[str]()
    monkeypatch.setattr(registry, "owned", lambda *_: [])
    monkeypatch.setattr(
        registry, "finder", lambda _: SimpleNamespace(find=lambda _: there, can=ALL)
    )
    monkeypatch.setattr(wiring, "on", lambda *_: "the ground")
    monkeypatch.setattr(wiring, "_used", lambda ground, *_, **__: nullcontext(ground))

    options = Options(cluster="kept", load=str(tar), nodes=3)
    with wiring.provided(options, said.append) as ground:
        assert str(ground) == "the ground"
        assert there.archives == [brought.archive(tar)]

    assert said == [
        "cluster kept is as it was made (nodes 2, profile fast): --chaos-nodes=3 is for new ones",
        "loaded onto every node: localhost/app:1",
    ]


def told(path: Path) -> str:
    """What is said of it: its names, or why it is refused."""
    try:
        return ", ".join(brought.archive(path).names)
    except BadOption as why:
        return str(why)


@settings(max_examples=200, deadline=None)
@given(files=st.dictionaries(st.sampled_from(["manifest.json", "index.json"]), st.binary()))
def test_whatever_a_list_says_it_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, Any]
) -> None:
    tar = written(tmp_path_factory.getbasetemp() / "any.tar", {"oci-layout": LAYOUT, **files})

    assert told(tar).isprintable()
