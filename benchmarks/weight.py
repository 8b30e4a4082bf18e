"""What a cluster and a process weigh at one moment: all that could grow."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cluster_start import pss

from chaos.errors import NoCluster
from chaos.kube.client import Client, configuration
from chaos.providers.embedded.cgroup import ROOT, members
from chaos.providers.embedded.cluster import EmbeddedCluster
from chaos.providers.embedded.program import called, run
from chaos.providers.embedded.switch import Switch

MIB = 2**20
GONE = (FileNotFoundError, ProcessLookupError)
PASSING = {"events", "leases"}  # they come and go by themselves
WATCHED = ("kube-apiserver", "etcd", "kubelet", "containerd", "kube-proxy")


@dataclass(frozen=True)
class Process:
    """A process' resident memory in MiB, its open descriptors and its threads."""

    mib: float
    descriptors: int
    threads: int


def process(pid: int) -> Process | None:
    """What it weighs now; nothing when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        said = dict(line.split(":", 1) for line in lines)
        descriptors = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except GONE:
        return None
    if "VmRSS" not in said:  # it has ended, and nobody has asked yet how
        return None
    return Process(int(said["VmRSS"].split()[0]) / 1024, descriptors, int(said["Threads"]))


def of_cluster(cluster: EmbeddedCluster) -> dict[str, float]:
    """Every figure by its name."""
    return {
        **_processes(members(cluster.plan.group)),
        **_disk(cluster.plan.home.path),
        **_kernel(cluster),
        **_objects(Client(configuration(cluster.kubeconfig, cluster.name))),
    }


def size(folder: Path) -> float:
    """The MiB that its files take on the disk; what vanishes meanwhile takes none."""
    blocks = 0
    for top, _, files in os.walk(folder):
        for file in files:
            with contextlib.suppress(OSError):
                blocks += os.lstat(f"{top}/{file}").st_blocks
    return 512 * blocks / MIB  # st_blocks counts 512 bytes, whatever the file system's blocks are


def _processes(pids: list[int]) -> dict[str, float]:
    named = {pid: called(pid) for pid in pids}
    found = {pid: weight for pid in pids if (weight := process(pid)) is not None}
    open_by = Counter[str]()
    for pid, weight in found.items():
        open_by[named[pid]] += weight.descriptors
    return {
        "processes": len(found),
        "threads": sum(weight.threads for weight in found.values()),
        "memory, PSS, MiB": sum(pss(pid) for pid in found) / MIB,
        **{f"memory, PSS, MiB: {n}": _pss(named, n) for n in WATCHED},
        "descriptors": open_by.total(),
        **{f"descriptors: {name}": open_by[name] for name in WATCHED},
    }


def _pss(named: dict[int, str], name: str) -> float:
    return sum(pss(pid) for pid, called_by in named.items() if called_by == name) / MIB


def _disk(home: Path) -> dict[str, float]:
    parts = {"etcd": home / "etcd", "logs": home / "log", "nodes": home / "nodes"}
    return {f"disk, MiB: {part}": size(folder) for part, folder in parts.items()}


def _kernel(cluster: EmbeddedCluster) -> dict[str, float]:
    name, switch = Path(cluster.plan.group.path).name, Switch(cluster.name)
    return {
        "links of its switch": len(run(switch.enter("ip", "-o", "link")).splitlines()),
        "links of the host": sum(1 for _ in Path("/sys/class/net").iterdir()),
        "links in the nodes": _lines(cluster, "ip", "-o", "link"),
        "mounts in the nodes": _lines(cluster, "cat", "/proc/mounts"),
        "cgroups": sum(1 for top in ROOT.glob(f"*/{name}") for _ in os.walk(top)),
        "nft tables of the host": len(run(["nft", "list", "tables"]).splitlines()),
        "nft lines in the nodes": _lines(cluster, "nft", "list", "ruleset"),
    }


def _lines(cluster: EmbeddedCluster, *command: str) -> int:
    """How many lines a command prints on all nodes; one that is off prints nothing."""
    count = 0
    for machine in cluster.machines:
        with contextlib.suppress(NoCluster):
            count += len(run(machine.enter(*command)).splitlines())
    return count


def _objects(client: Client) -> dict[str, float]:
    groups = client.get("/apis")["groups"]
    homes = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)]
    count = Counter[str]()
    for home in homes:
        for kind in client.get(home)["resources"]:
            if "list" in kind["verbs"] and kind["name"] not in PASSING:
                count[kind["name"]] += len(client.get(f"{home}/{kind['name']}")["items"])
    return {"namespaces": count["namespaces"], "objects": count.total()}
