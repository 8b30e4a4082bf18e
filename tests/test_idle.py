from __future__ import annotations

import functools
from collections.abc import Callable

import pytest

from chaos.plugin.idle import only_looks


def asserts(cluster: list[int], chaos: object) -> None:
    assert cluster


def raises(cluster: Callable[[], None], chaos: object) -> None:
    with pytest.raises(ValueError, match="no"):
        cluster()


def uses(cluster: list[int], chaos: list[int]) -> None:
    for _ in cluster:
        chaos.clear()
    assert cluster


def runs(cluster: list[int], chaos: object) -> None:
    cluster.clear()


@functools.wraps(asserts)
def wrapped(*args: object) -> None: ...


@pytest.mark.parametrize(
    ("test", "looks"),
    [
        pytest.param(asserts, True, id="asserts-what-it-sees"),
        pytest.param(raises, True, id="expects-an-error"),
        pytest.param(wrapped, True, id="behind-a-decorator"),
        pytest.param(uses, False, id="uses-chaos-and-asserts"),
        pytest.param(runs, False, id="asserts-nothing"),
        pytest.param(len, False, id="has-no-source"),
        pytest.param(None, False, id="is-no-function"),
    ],
)
def test_only_who_asserts_and_leaves_chaos_alone_looks(test: object, looks: bool) -> None:  # noqa: FBT001
    assert only_looks(test) is looks
