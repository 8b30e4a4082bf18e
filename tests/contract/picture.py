"""A cluster as a stranger finds it: what must be the same before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chaos.clock import Seconds, poll, seconds
from chaos.kube.client import Client, configuration
from chaos.providers.embedded import cgroup, network
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.program import run
from chaos.providers.embedded.switch import Switch

OFTEN = seconds(0.5)
PASSING = {"events", "leases"}  # they come and go by themselves; a node's lease goes with it


def at_rest(cluster: EmbeddedCluster, *, within: Seconds) -> dict[str, Any]:
    """The picture, once two in a row are alike: kube-proxy's calls of `nft` come and go."""
    pictures = [picture(cluster)]

    def alike() -> bool:
        pictures.append(picture(cluster))
        return pictures[-1] == pictures[-2]

    assert poll(alike, within=within, every=OFTEN), "the cluster does not come to rest"
    return pictures[-1]


def picture(cluster: EmbeddedCluster) -> dict[str, Any]:
    """Its objects, nodes, processes, links, mounts, groups of processes, and armed faults."""
    group = cgroup.group_of(cluster.name)
    before = cgroup.members(group)
    client = Client(configuration(cluster.kubeconfig, cluster.name))
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return {
        "objects": sorted(_objects(client)),
        "nodes": nodes(client),
        # Those that outlived the looks above; the others were somebody's short call.
        "processes": Counter(_command(pid) for pid in {*before} & {*cgroup.members(group)}),
        "links": [*network.links(cluster.name), *sorted(ports(cluster))],
        "mounts": sorted(mount for mount in mounts if cluster.name in mount),
        "armed": sorted(cluster.plan.home.path.glob("ledger/*.json")),
    }


def ports(cluster: EmbeddedCluster) -> list[str]:
    """The links of its own network, with what plugs its nodes in."""
    said = run(Switch(cluster.name).enter("ip", "-br", "link"))
    return [line.split()[0].partition("@")[0] for line in said.splitlines()]


def nodes(client: Client) -> list[tuple[str, str, str, bool]]:
    """Each node's name, its Ready condition, its taints, and whether pods may come."""
    return sorted(_node(node) for node in client.get("/api/v1/nodes")["items"])


def _objects(client: Client) -> Iterator[tuple[str, str, str]]:
    """Each object that the API server lists, by its kind, namespace and name."""
    groups = client.get("/apis")["groups"]
    homes = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)]
    for home in homes:
        for kind in client.get(home)["resources"]:
            name = kind["name"]
            if "list" in kind["verbs"] and name not in PASSING:
                for item in client.get(f"{home}/{name}")["items"]:
                    meta = item["metadata"]
                    yield name, meta.get("namespace", ""), meta["name"]


def _node(node: dict[str, Any]) -> tuple[str, str, str, bool]:
    ready = [c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready"]
    taints = sorted(t["key"] for t in node["spec"].get("taints", ()))
    away = node["spec"].get("unschedulable", False)
    return node["metadata"]["name"], ",".join(ready), ",".join(taints), away


def _command(pid: int) -> str:
    """The name of a process' program; nothing of one that has just ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
