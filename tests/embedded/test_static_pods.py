"""Manifests in a node's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chaos.providers.embedded import static_pods


def pod(name: str, namespace: str = "ns", **more: Any) -> dict[str, Any]:
    return {"kind": "Pod", "metadata": {"name": name, "namespace": namespace}} | more


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_manifest_lies_in_the_folder_as_it_was_given_last(tmp_path: Path) -> None:
    static_pods.place(tmp_path, pod("agent"))
    static_pods.place(tmp_path, pod("agent", spec={"a": 1}))
    (file,) = tmp_path.iterdir()
    assert file.name == "ns.agent.json"
    assert json.loads(file.read_text()) == pod("agent", spec={"a": 1})


@pytest.mark.parametrize("namespace", ["ns", "gone"])
def test_a_namespaces_manifests_are_taken_away_and_no_others(
    tmp_path: Path, namespace: str
) -> None:
    for manifest in (pod("a"), pod("b"), pod("a", "ns2"), pod("ns.a", "other")):
        static_pods.place(tmp_path, manifest)
    static_pods.displace(tmp_path, namespace)
    static_pods.displace(tmp_path, namespace)
    ours = [] if namespace == "ns" else ["ns.a.json", "ns.b.json"]
    assert names(tmp_path) == [*ours, "ns2.a.json", "other.ns.a.json"]


def test_a_node_without_the_folder_has_none(tmp_path: Path) -> None:
    static_pods.displace(tmp_path / "static", "ns")
    assert names(tmp_path) == []
