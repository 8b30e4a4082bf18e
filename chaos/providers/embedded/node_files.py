"""What lies on a node's disk before its first boot: the settings of its programs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from chaos.options import MOST_NODES
from chaos.providers.embedded import bounded, snapshots, userns
from chaos.providers.embedded.plan import Plan

PAUSE = "localhost/chaos/pause:1"
SOCKET = "/run/containerd/containerd.sock"
STATIC = "static"  # the folder of the static pods' manifests

# The node's pid 1. /run is a tmpfs and the boot id is new: as on a machine that was switched off,
# containerd's running state, the pods' addresses and their namespaces are gone, the disks are not.
# Names are the node's own: a host may have no /etc/hosts, which containerd gives every pod.
INIT = """set -e
mount --make-rprivate /
mount --rbind {disk}/lib /var/lib
mount --bind {disk}/log /var/log
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/cgroup
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/cgroup /sys/fs/cgroup
umount -l /run/cgroup
cat /proc/sys/kernel/random/uuid >/run/boot_id
mount --bind /run/boot_id /proc/sys/kernel/random/boot_id
mkdir -p /run/etc/own /run/etc/work
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/own,workdir=/run/etc/work overlay /etc
rm -f /etc/hosts /etc/resolv.conf
cp {disk}/hosts {disk}/resolv.conf /etc
hostname {node}
for filter in all default; do echo 0 >/proc/sys/net/ipv4/conf/$filter/rp_filter; done
echo 1 >/proc/sys/net/ipv4/ip_forward
ip link set lo up
until ip link set eth0 up 2>/dev/null; do sleep 0.01; done
ip -batch {disk}/routes
touch /run/booted
set +e
while :; do sleep 1000000 & wait; done
"""


def write(plan: Plan, *, number: int, node: str, disk: Path) -> None:
    """Lay out a node's disk; its keys and its images come from elsewhere."""
    for folder in (bounded.HOME, "log/pods", "log/containers", "cni", STATIC):
        (disk / folder).mkdir(parents=True)
    bounded.lay(disk)
    (disk / "init").write_text(INIT.format(disk=disk, node=node))
    (disk / "routes").write_text("\n".join(routes(plan, number=number)) + "\n")
    (disk / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    (disk / "hosts").write_text(f"127.0.0.1 localhost\n{plan.block.node(number)} {node}\n")
    (disk / "containerd.toml").write_text(containerd(plan, disk=disk))
    (disk / "kubelet.json").write_text(json.dumps(kubelet(plan, node=node, disk=disk)))
    (disk / "proxy.json").write_text(json.dumps(proxy(plan, number=number, node=node)))
    (disk / "cni" / "10-chaos.conflist").write_text(json.dumps(pod_network(plan, number=number)))


def routes(plan: Plan, *, number: int) -> list[str]:
    """To the pods of every node there may ever be, so that a new node changes no old one."""
    block = plan.block
    others = [n for n in range(1, MOST_NODES + 1) if n != number]
    return [
        f"addr add {block.node(number)}/{block.nodes.prefixlen} dev eth0",
        f"route add default via {block.gateway}",
        *(f"route add {block.pods(n)} via {block.node(n)}" for n in others),
    ]


def kubelet(plan: Plan, *, node: str, disk: Path) -> dict[str, object]:
    """The kubelet's configuration."""
    profile, keys = plan.profile, plan.pki
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        # Asking the API server who may come in would hang the kubelet while the API is away;
        # only the API server's own certificate is of this authority and comes here.
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": False},
            "x509": {"clientCAFile": f"{keys}/ca.crt"},
        },
        "authorization": {"mode": "AlwaysAllow"},
        "tlsCertFile": f"{keys}/{node}-serving.crt",
        "tlsPrivateKeyFile": f"{keys}/{node}-serving.key",
        "address": str(plan.block.node(int(node.removeprefix("worker")))),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": plan.group.child(node).path,
        "failCgroupV1": False,
        "failSwapOn": False,
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "oomScoreAdj": 0,  # lower needs CAP_SYS_RESOURCE, which containers of CI do not have
        "makeIPTablesUtilChains": False,
        # The host's memory and disk are not ours to judge; the kubelet's own disk is.
        "evictionHard": {
            "memory.available": "0%",
            "imagefs.available": "0%",
            "nodefs.available": "5%" if bounded.is_laid(disk) else "0%",
        },
        "evictionPressureTransitionPeriod": f"{profile.relief:g}s",
        "imageGCHighThresholdPercent": 100,
        "resolvConf": f"{disk}/resolv.conf",
        "staticPodPath": f"{disk}/{STATIC}",
        "serializeImagePulls": False,
        "volumePluginDir": "/var/lib/kubelet/volume-plugins",
        "nodeLeaseDurationSeconds": int(profile.lease),
        "nodeStatusUpdateFrequency": f"{profile.status:g}s",
        "featureGates": {"KubeletInUserNamespace": userns.is_here()},
        "crashLoopBackOff": {"maxContainerRestartPeriod": f"{profile.longest_backoff:g}s"},
    }


def proxy(plan: Plan, *, number: int, node: str) -> dict[str, object]:
    """kube-proxy's configuration."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": str(plan.kubeconfig("kube-proxy"))},
        "hostnameOverride": node,
        "clusterCIDR": str(plan.block.subnet),
        "bindAddress": str(plan.block.node(number)),
        # Nobody asks; an empty address means the usual one, which is every address of the node.
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        # The host's connection tracking is not ours to resize.
        "conntrack": {
            "maxPerCore": 0,
            "min": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
        "nftables": {"minSyncPeriod": "0s", "syncPeriod": "30s"},
    }


def pod_network(plan: Plan, *, number: int) -> dict[str, object]:
    """How a pod gets its address; the leases are in /run, so that a power cut forgets them."""
    addresses = {
        "type": "host-local",
        "dataDir": "/run/pod-addresses",
        "ranges": [[{"subnet": str(plan.block.pods(number))}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    return {
        "cniVersion": "1.0.0",
        "name": "chaos",
        "plugins": [
            {"type": "ptp", "ipMasq": False, "mtu": 1500, "ipam": addresses},
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def containerd(plan: Plan, *, disk: Path) -> str:
    """The configuration of containerd."""
    runc = shutil.which("runc", path=plan.assets) or shutil.which("runc") or "runc"
    return f"""version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
oom_score = 0
[grpc]
  address = "{SOCKET}"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "{PAUSE}"
[plugins.'io.containerd.cri.v1.images']
  snapshotter = "{plan.snapshotter}"
[plugins.'io.containerd.metadata.v1.bolt']
  no_sync = true
[plugins.'io.containerd.internal.v1.opt']
  path = "/run/opt"
[plugins.'io.containerd.nri.v1.nri']
  disable = true
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["{plan.assets}"]
    conf_dir = "{disk}/cni"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = "{runc}"
{snapshots.UNPACKING.format(way=plan.snapshotter)}"""
