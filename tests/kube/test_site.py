"""What a run's scenarios share of a cluster: its timers, its ledger, and who holds its nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from chaos import seconds
from chaos.kube.client import Client
from chaos.kube.site import Site
from chaos.ports.provider import Provided
from chaos.providers.existing import Existing
from chaos.recording.ports import Lost, Refused
from chaos.values import Json

KUBELET = {"kubeletconfig": {"nodeLeaseDurationSeconds": 8}}
WORDS = ("--node-monitor-period=1s", "--node-monitor-grace-period=8s", "--node-eviction-rate=100")
AWAY = Refused(503, "ServiceUnavailable", "no route to its kubelet")
FORBIDDEN = Refused(403, "Forbidden", "nodes/proxy")


@dataclass
class Api:
    """An API server with nodes whose kubelets answer, or do not."""

    kubelets: dict[str, Json | Exception]
    asked: list[str] = field(default_factory=list)

    def get(self, path: str) -> Json:
        if path == "/api/v1/nodes":
            return {"items": [{"metadata": {"name": name}} for name in self.kubelets]}
        if path.endswith("/kube-system"):
            return {"metadata": {"uid": "u-1"}}
        if "/pods?" in path:
            return {"items": []}
        node = path.split("/")[4]
        self.asked.append(node)
        answer = self.kubelets[node]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Ours:
    """A cluster of this machine's own, whose provider knows its controllers' command line."""

    name: str = "ours"
    ledger: Path = Path("ledger")

    def controllers(self) -> Sequence[str]:
        return ("kube-controller-manager", *WORDS)


def ours(**kubelets: Json | Exception) -> tuple[Site, Api]:
    api = Api(kubelets)
    return Site(cast(Provided, Ours()), cast(Client, api)), api


@pytest.mark.parametrize("away", [Lost("no answer"), AWAY])
def test_a_node_that_does_not_answer_is_passed_over(away: Exception) -> None:
    site, api = ours(a=away, b=KUBELET, c=KUBELET)

    assert (site.timers.lease, site.timers.monitor_grace) == (seconds(8), seconds(8))
    assert site.timers.eviction_rate == 100
    assert api.asked == ["a", "b"]


def test_when_no_node_answers_the_last_says_why() -> None:
    site, api = ours(a=Lost("no answer"), b=AWAY)

    with pytest.raises(Refused, match="no route"):
        _ = site.timers
    assert api.asked == ["a", "b"]


def test_who_may_not_ask_one_node_does_not_ask_them_all() -> None:
    site, api = ours(a=FORBIDDEN, b=FORBIDDEN, c=FORBIDDEN)

    with pytest.raises(Refused, match="nodes/proxy"):
        _ = site.timers
    assert api.asked == ["a"]


def test_of_thousands_of_nodes_that_are_away_few_are_asked() -> None:
    site, api = ours(**{f"n{number}": AWAY for number in range(5000)})

    with pytest.raises(Refused, match="no route"):
        _ = site.timers
    assert len(api.asked) == 30


def test_where_the_provider_knows_no_command_line_a_pod_says_it_or_the_defaults_hold() -> None:
    site = Site(Existing("theirs"), cast(Client, Api({"a": KUBELET})))

    assert (site.timers.monitor_period, site.timers.monitor_grace) == (seconds(5), seconds(50))


def test_a_cluster_of_ours_goes_by_its_name() -> None:
    site, _ = ours()

    assert (site.holder, site.ledger) == ("ours", Path("ledger"))


def test_one_of_others_goes_by_this_machine_and_by_itself_whatever_its_context_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    one, same = (Site(Existing(name), cast(Client, Api({}))) for name in ("theirs", "alias"))

    assert one.ledger == same.ledger == Path("/cache/pytest-chaos/existing/u-1/ledger")
    assert one.holder == same.holder
    assert one.holder != "theirs"
