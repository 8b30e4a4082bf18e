"""Which containers of a pod run, read from control groups and bundles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chaos.providers.embedded.cgroup import V2
from chaos.providers.embedded.containers import BUNDLES, KIND, NAME, running
from chaos.workloads.wires import SIDECAR

NODE = "/node"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def container(
    root: Path, name: str, *, pod: str = "u1", kind: str = "container", pids: str = "7\n"
) -> Path:
    """A container's control group and bundle."""
    group = root / "node" / "kubepods" / "burstable" / f"pod{pod}" / name
    group.mkdir(parents=True)
    (group / "cgroup.procs").write_text(pids)
    bundle = root / BUNDLES / name
    bundle.mkdir(parents=True)
    (bundle / "config.json").write_text(
        json.dumps({"annotations": {KIND: kind, NAME: f"the-{name}"}})
    )
    return bundle / "config.json"


def found(root: Path) -> tuple[str, ...]:
    return tuple(running(V2(NODE, root), uid="u1", root=root))


def test_a_pod_s_containers_run_when_they_have_a_process(root: Path) -> None:
    container(root, "b")
    container(root, "a")
    container(root, "dead", pids="")
    container(root, "sandbox", kind="sandbox")
    container(root, "stranger", pod="u2")

    assert found(root) == ("a", "b")


def test_a_container_has_the_name_that_its_pod_gives_it(root: Path) -> None:
    container(root, "a")

    assert running(V2(NODE, root), uid="u1", root=root) == {"a": "the-a"}


def test_a_process_in_a_group_of_the_container_s_own_counts(root: Path) -> None:
    container(root, "a", pids="")
    inner = root / "node" / "kubepods" / "burstable" / "podu1" / "a" / "inner"
    inner.mkdir()
    (inner / "cgroup.procs").write_text("9\n")

    assert found(root) == ("a",)


@pytest.mark.parametrize("text", [None, "{", '{"annotations": {}}'])
def test_a_container_that_comes_or_goes_does_not_run(root: Path, text: str | None) -> None:
    bundle = container(root, "a")
    if text is None:
        bundle.unlink()
    else:
        bundle.write_text(text)

    assert found(root) == ()


def test_nothing_runs_where_there_are_no_pods(root: Path) -> None:
    assert found(root) == ()


def test_the_sidecar_that_wires_go_through_is_none_of_them(root: Path) -> None:
    container(root, "a")
    bundle = container(root, "sidecar")
    bundle.write_text(json.dumps({"annotations": {KIND: "container", NAME: SIDECAR}}))

    assert found(root) == ("a",)
