"""A user's own images, loaded onto the nodes; and the examples, from registries, as they are."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deadlines import LONG
from providers import NOT_ROOT
from rooms import chaos, cluster, scene

from chaos import Chaos, Cluster
from chaos.errors import NoCluster
from chaos.faults import Killed, NodeJoins
from chaos.images import host, oci, own
from chaos.images.brought import archive
from chaos.laws import restarted, scaled_to
from chaos.options import Options
from chaos.running import wiring
from chaos.windows import within
from chaos.workloads import bare_pod, daemon_set, visitor
from chaos.workloads.manifests import manifest

pytestmark = [pytest.mark.cluster, NOT_ROOT]
FIXTURES = (chaos, cluster, scene)  # of this module alone: a plugin's would be everybody's

EXAMPLES = Path(__file__).parents[2] / "examples"
LOADED, SAVED = "localhost/loaded:1", "localhost/saved:1"
FOR_EVER = ("/bin/one", "infinity")
SOON = within(LONG)


def made(tag: str, program: str) -> bytes:
    """An image that has `sleep`, by another name."""
    files = own.installed({program: host.program("sleep")})
    return oci.archive(tag, oci.Contents(files, (program, "infinity"), own.environment(files)))


def saved(tag: str, layout: bytes) -> bytes:
    """The image of an OCI archive as `docker save` wrote it before it knew these."""
    with tarfile.open(fileobj=io.BytesIO(layout)) as tar:
        blobs = {m.name: file.read() for m in tar if (file := tar.extractfile(m))}
    index = json.loads(blobs["index.json"])

    def blob(descriptor: dict[str, Any]) -> bytes:
        return blobs["blobs/" + descriptor["digest"].replace(":", "/")]

    said = json.loads(blob(index["manifests"][0]))
    listed = [{"Config": "config.json", "RepoTags": [tag], "Layers": ["1/layer.tar"]}]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in {
            "1/layer.tar": blob(said["layers"][0]),
            "config.json": blob(said["config"]),
            "manifest.json": json.dumps(listed).encode(),
        }.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two archives of one file name, one gzipped, one of docker's own kind."""
    folder = tmp_path_factory.mktemp("archives")
    for name, content in {
        "a": gzip.compress(made(LOADED, "/bin/one"), 1),
        "b": saved(SAVED, made(SAVED, "/bin/one")),
    }.items():
        (folder / name).mkdir()
        (folder / name / "app.tar").write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def room(folder: Path) -> Iterator[tuple[Any, Any]]:
    load = f"{folder}/a/app.tar,{folder}/b/app.tar"
    with wiring.provided(Options(cluster="embedded", load=load), print) as ground:
        yield wiring, ground


@pytest.fixture
def embedded(room: tuple[Any, Any]) -> Any:
    return room[1].site.provided.cluster


def test_every_node_has_them_also_one_that_joins(cluster: Cluster, chaos: Chaos) -> None:
    loaded, also = cluster.run(
        daemon_set("loaded", image=LOADED, command=FOR_EVER),
        daemon_set("saved", image=SAVED, command=FOR_EVER),
    )
    assert {stand.node for stand in loaded.stands} == {"worker1", "worker2"}

    with chaos.inject(NodeJoins()):
        chaos.expect(scaled_to(loaded, replicas=3), scaled_to(also, replicas=3))


def test_an_image_that_was_built_again_takes_the_place_of_the_old(
    cluster: Cluster, embedded: Any, folder: Path
) -> None:
    tar = folder / "a" / "app.tar"
    tar.write_bytes(made(LOADED, "/bin/two"))

    embedded.load(archive(tar))

    cluster.run(
        bare_pod("one", image=LOADED, command=("/bin/two", "infinity"), on="worker1"),
        bare_pod("two", image=LOADED, command=("/bin/two", "infinity"), on="worker2"),
    )


def test_what_containerd_refuses_is_told_in_one_line_and_not_kept(
    embedded: Any, tmp_path: Path
) -> None:
    tar = tmp_path / "app.tar"
    whole = made("localhost/other:1", "/bin/other")  # a layer that no node has yet
    at = whole.index(b"\x7fELF")
    tar.write_bytes(whole[:at] + b"?" * 4 + whole[at + 4 :])  # not what its digest says

    with pytest.raises(NoCluster, match=r"app\.tar cannot be loaded: ") as told:
        embedded.load(archive(tar))

    assert str(told.value).isprintable()
    supplies = embedded.plan.home.path / "supplies"
    assert len([*supplies.iterdir()]) == 2


@pytest.fixture(scope="module")
def apps(room: tuple[Any, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    """The examples' images, made and loaded; skipped where no registry can be asked."""
    into = tmp_path_factory.mktemp("examples")
    words = [sys.executable, str(EXAMPLES / "images.py"), "--into", str(into)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        assert done.stderr.startswith("images.py: "), done.stderr
        pytest.skip(done.stderr.strip())
    for tar in sorted(into.iterdir()):
        room[1].site.provided.cluster.load(archive(tar))


def test_the_examples_run_as_they_are_and_come_back(
    apps: None, cluster: Cluster, chaos: Chaos
) -> None:
    nginx, redis, web = cluster.run(
        *(manifest(EXAMPLES / name / "deploy.yaml") for name in ("nginx", "redis", "web"))
    )
    assert [len(app.stands) for app in (nginx, redis, web)] == [2, 1, 2]

    cluster.run(visitor("of-nginx", of=nginx), visitor("of-web", of=web))

    with chaos.inject(Killed((nginx, redis, web))):
        chaos.expect(*(restarted(app, within=SOON) for app in (nginx, redis, web)))


def test_the_web_app_counts_its_visitors_in_redis(
    apps: None, cluster: Cluster, tmp_path: Path
) -> None:
    """It is ready only when Redis answers."""
    text = (EXAMPLES / "web" / "deploy.yaml").read_text()
    url = "env: [{name: REDIS_URL, value: 'redis://$(REDIS_SERVICE_HOST):6379'}]"
    assert text.count("          ports:\n") == 1
    (tmp_path / "web.yaml").write_text(
        text.replace("          ports:\n", f"          {url}\n          ports:\n")
    )

    cluster.run(manifest(EXAMPLES / "redis" / "deploy.yaml"))
    web = cluster.run(manifest(tmp_path / "web.yaml"))
    cluster.run(visitor("guest", of=web))
