"""A scene on the fake cluster, then on the embedded one, for modules to import as fakes.py is."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from providers import PROVIDERS

from chaos import Chaos, Cluster
from chaos.options import Options


@pytest.fixture(scope="module", params=PROVIDERS)
def room(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any]]:
    module, name = request.param
    wiring = importlib.import_module(module)
    with wiring.provided(Options(cluster=name), print) as provider:
        yield wiring, provider


@pytest.fixture
def scene(room: tuple[Any, Any]) -> Iterator[Any]:
    wiring, provider = room
    with wiring.staged(provider, lambda _: None, lambda _: None) as scene:
        yield scene


@pytest.fixture
def cluster(scene: Any) -> Cluster:
    made: Cluster = scene.cluster
    return made


@pytest.fixture
def chaos(scene: Any) -> Chaos:
    handle: Chaos = scene.chaos
    return handle
