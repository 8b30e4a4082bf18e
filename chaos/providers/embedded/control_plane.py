"""The four programs of the control plane, as processes of the host in the cluster's own network.

etcd listens on socket files in a private folder and nowhere else; the API server on the address
of the cluster's own switch; the other two on nothing.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chaos.clock import poll, seconds
from chaos.errors import NoCluster, NoSuchTarget
from chaos.providers.embedded.api import Api
from chaos.providers.embedded.blocks import PORT
from chaos.providers.embedded.patience import STEP
from chaos.providers.embedded.pki import Identity, Pki
from chaos.providers.embedded.plan import Plan
from chaos.providers.embedded.program import Program
from chaos.providers.embedded.service import Service, opens
from chaos.providers.embedded.switch import Switch
from chaos.providers.embedded.wanted import Wanted

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
# Without an API server that is healthy within 10 s of its start it ends, and no kubelet of ours
# starts it again (v1.37: cmd/kube-controller-manager/app/controllermanager.go, WaitForAPIServer).
QUITTERS = ("kube-controller-manager",)
EAGER = seconds(0.02)
CLIENTS = {
    "kube-controller-manager": Identity("system:kube-controller-manager"),
    "kube-scheduler": Identity("system:kube-scheduler"),
    "kube-proxy": Identity("system:kube-proxy"),
}
ADMINISTRATOR = Identity("chaos-admin", ["system:masters"])
WELL_KNOWN = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")


@dataclass(frozen=True)
class ControlPlane:
    """etcd, the API server, the controllers and the scheduler of one cluster."""

    plan: Plan

    def prepare(self) -> None:
        """Make their group."""
        self.plan.group.child("control-plane").leaf()

    def certify(self) -> None:
        """Write what the API server needs before it can start."""
        pki, block = Pki(self.plan.pki), self.plan.block
        pki.create()
        reached = ("127.0.0.1", str(block.gateway), str(block.services[1]), *WELL_KNOWN)
        pki.issue("apiserver", Identity("kube-apiserver", reached_as=reached))
        pki.issue("kubelet-client", Identity("kube-apiserver-kubelet-client"))

    def invite(self) -> None:
        """Write the ways in for the API server's clients."""
        pki, name, api = Pki(self.plan.pki), self.plan.name, self.plan.api
        for who, identity in CLIENTS.items():
            pki.kubeconfig(self.plan.kubeconfig(who), identity, cluster=name, api=api)
        pki.kubeconfig(self.plan.home.kubeconfig, ADMINISTRATOR, cluster=name, api=api)

    def program(self, name: str) -> Program:
        """One of the four."""
        group = self.plan.group.child("control-plane")
        return Program(name, group, self.plan.home.log / f"{name}.log")

    def programs(self, *names: str) -> list[Program]:
        """Some of the four."""
        return [self.program(name) for name in names]

    def service(self, name: str) -> Service:
        """One of the four, to be ended and started; NoSuchTarget names them."""
        if name not in PROGRAMS:
            raise NoSuchTarget(f"the control plane has no {name}: it has {', '.join(PROGRAMS)}")
        settled = self._is_read if name == "etcd" else None
        launch, answers = partial(self._launch, name), partial(self._answers, name)
        then, forgo = self.start_wanted, partial(self._wanted.strike, name)
        return Service(self.program(name), launch, answers, settled, then, forgo)

    def start_wanted(self) -> None:
        """Start what could not be started before; it may have to wait on."""
        for name in self._wanted.names():
            with contextlib.suppress(NoSuchTarget):
                self.service(name).start()

    @property
    def _wanted(self) -> Wanted:
        return Wanted(self.plan.home.path)

    def _launch(self, name: str) -> None:
        """Start one of the four, once what it would end without does its work."""
        if name in QUITTERS and not self.is_running(name):
            self._await_api(name)
        self._wanted.strike(name)
        self.start(name)

    def _await_api(self, needed_by: str) -> None:
        api = Api(self.plan)
        came = poll(lambda: bool(self._hindrance()) or api.is_healthy(), within=STEP, every=EAGER)
        if why := self._hindrance():
            self._wanted.note(needed_by)
            raise NoSuchTarget(f"{needed_by} is started later: {why}")
        if not came:
            words = self.program("kube-apiserver").last_words()
            raise NoCluster(f"no API server for {needed_by} is healthy in {STEP:g} s; {words}")

    def _hindrance(self) -> str:
        """Why the API server is not about to be healthy; empty if it may be."""
        for server in self.programs("etcd", "kube-apiserver"):
            if not server.pids():
                return f"{server.name} is down"
            if why := server.stillness():
                return f"of {server.name}, {why}"
        return ""

    def _is_read(self) -> bool:
        """Whether the API server, if it works, has found etcd again: 2.5 s after etcd is back."""
        reader = self.program("kube-apiserver")
        idle = not reader.pids() or bool(reader.stillness())
        return self._answers("etcd") and (idle or Api(self.plan).takes_work())

    def _answers(self, name: str) -> bool:
        """Whether it serves; the two that serve nobody are well when they run."""
        match name:
            case "etcd":
                return opens(str(self.plan.home.socket("etcd.sock")))
            case "kube-apiserver":
                return Api(self.plan).takes_work()
            case _:
                return self.is_running(name)

    def start(self, name: str) -> None:
        """Start one of the four, unless it runs."""
        words, home = Switch(self.plan.name).enter(*command(self.plan, name)), self.plan.home.path
        self.program(name).start(words, assets=self.plan.assets, folder=home)

    def stop(self, name: str) -> None:
        """Let one of the four end in its own way."""
        self.program(name).stop()

    def kill(self, name: str) -> None:
        """End one of the four as a crash would."""
        self.program(name).kill()

    def is_running(self, name: str) -> bool:
        """Whether one of the four is there."""
        return bool(self.program(name).pids())


def command(plan: Plan, name: str) -> list[str | Path]:
    """The command line of one of the four."""
    flags = {
        "etcd": _etcd,
        "kube-apiserver": _apiserver,
        "kube-controller-manager": _controllers,
        "kube-scheduler": _scheduler,
    }[name](plan)
    return [plan.assets / name, *(f"--{flag}={value}" for flag, value in flags.items())]


def _etcd(plan: Plan) -> dict[str, object]:
    clients = f"unix://{plan.home.socket('etcd.sock')}"
    # Of an address for peers etcd takes the host and drops the path: with unix:///folder/peer.sock
    # it would listen on a socket without a name, which every user of this machine may enter.
    peers = "unix://peer.sock"  # in its folder, where it is started
    return {
        "data-dir": plan.home.path / "etcd",
        "listen-client-urls": clients,
        "advertise-client-urls": clients,
        "listen-peer-urls": peers,
        "initial-advertise-peer-urls": peers,
        "initial-cluster": f"default={peers}",
        "unsafe-no-fsync": "true",  # the data dies with the cluster
        # As kubeadm has it. Without, an API server that has not seen a pod yet sends no bookmarks,
        # and a watch that is merely quiet cannot be told from one that is dead.
        "watch-progress-notify-interval": "5s",
        "log-level": "warn",
    }


def _apiserver(plan: Plan) -> dict[str, object]:
    pki = plan.pki
    toleration = f"{plan.profile.toleration:.0f}"
    return {
        "anonymous-auth": "false",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "bind-address": plan.block.gateway,
        "advertise-address": plan.block.gateway,
        "secure-port": PORT,
        "etcd-servers": f"unix://{plan.home.socket('etcd.sock')}",
        "service-cluster-ip-range": plan.block.services,
        "client-ca-file": pki / "ca.crt",
        "tls-cert-file": pki / "apiserver.crt",
        "tls-private-key-file": pki / "apiserver.key",
        "kubelet-certificate-authority": pki / "ca.crt",
        "kubelet-client-certificate": pki / "kubelet-client.crt",
        "kubelet-client-key": pki / "kubelet-client.key",
        # Not by name: exec and logs would look the nodes' names up in the host's DNS.
        "kubelet-preferred-address-types": "InternalIP",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": pki / "sa.pub",
        "service-account-signing-key-file": pki / "sa.key",
        "default-not-ready-toleration-seconds": toleration,
        "default-unreachable-toleration-seconds": toleration,
        "enable-priority-and-fairness": "false",  # one tenant; saves a controller at the start
    }


def _controllers(plan: Plan) -> dict[str, object]:
    profile = plan.profile
    return {
        "kubeconfig": plan.kubeconfig("kube-controller-manager"),
        "leader-elect": "false",
        "secure-port": "0",
        "use-service-account-credentials": "true",
        # Its own limit (20 a second) brings the default ServiceAccount 5 s later.
        "kube-api-qps": "500",
        "kube-api-burst": "1000",
        "service-account-private-key-file": plan.pki / "sa.key",
        "root-ca-file": plan.pki / "ca.crt",
        "node-monitor-period": f"{profile.monitor_period:g}s",
        "node-monitor-grace-period": f"{profile.monitor_grace:g}s",
        "node-eviction-rate": f"{profile.evictions_per_second:g}",
    }


def _scheduler(plan: Plan) -> dict[str, object]:
    return {
        "kubeconfig": plan.kubeconfig("kube-scheduler"),
        "leader-elect": "false",
        "secure-port": "0",
    }
