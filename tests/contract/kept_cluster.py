"""The cluster that a module's runs are pointed at: `pytest_plugins = ["kept_cluster"]`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from project import Project

from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.inventory import take_down


@pytest.fixture(scope="module")
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedCluster]:
    """A cluster of `chaos up`, taken down at the end: the module's `NAME`, with `NODES` if it says.

    Each module has a name of its own (`project.named`), so that two can be run at once.
    """
    name = request.module.NAME
    nodes = getattr(request.module, "NODES", None)
    take_down(name)
    words = ("--nodes", str(nodes)) if nodes else ()
    up = Project(tmp_path_factory.mktemp("up")).chaos("up", name, *words)
    assert up.status() == 0, up.words
    yield EmbeddedCluster.find(name)
    take_down(name)
