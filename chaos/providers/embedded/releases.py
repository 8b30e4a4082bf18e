"""Which official releases hold the programs, and where they and their checksums are published."""

from __future__ import annotations

from dataclasses import dataclass

KUBERNETES = "v1.37.2"
ETCD = "v3.7.3"
CONTAINERD = "2.4.2"
CNI = "v1.9.1"
TOXIPROXY = "2.12.0"
RUNC = "v1.5.2"  # what containerd 2.4.2 is tested with: its script/setup/runc-version

KUBE_PROGRAMS = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "kubelet",
    "kubectl",
)
CONTAINERD_PROGRAMS = ("containerd", "containerd-shim-runc-v2", "ctr")
CNI_PROGRAMS = ("ptp", "loopback", "host-local", "portmap")
PROGRAMS = (*KUBE_PROGRAMS, "etcd", *CONTAINERD_PROGRAMS, *CNI_PROGRAMS)
"""What a folder of programs must hold; runc may come from PATH instead."""


@dataclass(frozen=True, slots=True)
class Release:
    """A published file. `sums` is the address of its SHA-256, alone or in a list by file name.

    `programs` are what it holds: itself, or, in a tar, the members with these file names.
    Addresses are host and path, without the scheme.
    """

    address: str
    sums: str
    programs: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's name."""
        return self.address.rpartition("/")[2]

    @property
    def packed(self) -> bool:
        """Whether it is a compressed tar."""
        return self.name.endswith((".tar.gz", ".tgz"))


def releases(architecture: str) -> tuple[Release, ...]:
    """Every file to be downloaded for an architecture, in Go's words (amd64, arm64)."""
    return (
        *(_kubernetes(program, architecture) for program in KUBE_PROGRAMS),
        _etcd(architecture),
        _containerd(architecture),
        _cni(architecture),
        _runc(architecture),
    )


def toxiproxy(architecture: str) -> Release:
    """Toxiproxy's server, of which only a scenario with a bad wire has need."""
    folder = f"github.com/Shopify/toxiproxy/releases/download/v{TOXIPROXY}"
    address = f"{folder}/toxiproxy-server-linux-{architecture}"
    return Release(address, f"{folder}/checksums.txt", ("toxiproxy-server",))


def _kubernetes(program: str, architecture: str) -> Release:
    address = f"dl.k8s.io/release/{KUBERNETES}/bin/linux/{architecture}/{program}"
    return Release(address, f"{address}.sha256", (program,))


def _etcd(architecture: str) -> Release:
    folder = f"github.com/etcd-io/etcd/releases/download/{ETCD}"
    name = f"etcd-{ETCD}-linux-{architecture}.tar.gz"
    return Release(f"{folder}/{name}", f"{folder}/SHA256SUMS", ("etcd",))


def _containerd(architecture: str) -> Release:
    folder = f"github.com/containerd/containerd/releases/download/v{CONTAINERD}"
    address = f"{folder}/containerd-{CONTAINERD}-linux-{architecture}.tar.gz"
    return Release(address, f"{address}.sha256sum", CONTAINERD_PROGRAMS)


def _cni(architecture: str) -> Release:
    folder = f"github.com/containernetworking/plugins/releases/download/{CNI}"
    address = f"{folder}/cni-plugins-linux-{architecture}-{CNI}.tgz"
    return Release(address, f"{address}.sha256", CNI_PROGRAMS)


def _runc(architecture: str) -> Release:
    folder = f"github.com/opencontainers/runc/releases/download/{RUNC}"
    return Release(f"{folder}/runc.{architecture}", f"{folder}/runc.sha256sum", ("runc",))
