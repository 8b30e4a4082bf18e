"""What is lost on a node's cable: the rules, what is written down, and what a boot takes up."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from chaos.ports.cluster import OneWay, Peer
from chaos.providers.embedded import partition
from chaos.providers.embedded.partition import Partition

INIT = 4711
OUT, IN = "hook postrouting", "hook prerouting"
CALLS_THE_API = "ip daddr 198.18.0.1 tcp dport 6443 drop"
ANSWERS_IT = "ip daddr 198.18.0.1 tcp sport 10250 drop"
HEARS_ANSWERS = "ip saddr 198.18.0.1 tcp sport 6443 drop"
IS_CALLED = "ip saddr 198.18.0.1 tcp dport 10250 drop"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What nft was told, in which node."""
    said: list[str] = []
    monkeypatch.setattr(partition, "run", lambda words: said.append(" ".join(map(str, words))))
    return said


@pytest.fixture
def node(tmp_path: Path, told: list[str]) -> Partition:
    return Partition(tmp_path / "cuts", IPv4Address("198.18.0.1"), 6443)


def rules(node: Partition, peer: Peer, one_way: OneWay) -> str:
    node.cut(peer, one_way, init=None)
    (file,) = node.folder.iterdir()
    return file.read_text()


@pytest.mark.parametrize(
    ("peer", "one_way", "lost", "not_lost"),
    [
        ("everything", "", [OUT, 'oifname "eth0" drop', IN, 'iifname "eth0" drop'], ["addr"]),
        ("everything", "sent", [OUT, 'oifname "eth0" drop'], [IN, "iifname"]),
        ("everything", "received", [IN, 'iifname "eth0" drop'], [OUT, "oifname"]),
        (
            "control plane",
            "",
            [CALLS_THE_API, ANSWERS_IT, HEARS_ANSWERS, IS_CALLED],
            ['"eth0" drop'],
        ),
        ("control plane", "sent", [CALLS_THE_API, ANSWERS_IT], [IN, '"eth0" drop']),
        ("control plane", "received", [HEARS_ANSWERS, IS_CALLED], [OUT, '"eth0" drop']),
    ],
)
def test_only_what_is_to_be_lost_is(
    node: Partition, peer: Peer, one_way: OneWay, lost: list[str], not_lost: list[str]
) -> None:
    text = rules(node, peer, one_way)

    assert [part for part in lost if part not in text] == []
    assert [part for part in not_lost if part in text] == []


def test_a_cut_is_in_force_in_the_node_s_own_network(node: Partition, told: list[str]) -> None:
    node.cut("everything", "", init=INIT)

    (file,) = node.folder.iterdir()
    assert told == [f"nsenter -t {INIT} -n -- nft -f {file}"]


def test_each_cut_has_a_table_of_its_own_and_a_join_leaves_the_others(
    node: Partition, told: list[str]
) -> None:
    node.cut("everything", "", init=INIT)
    node.cut("control plane", "sent", init=INIT)
    node.join("everything", "", init=INIT)

    assert [file.name for file in node.folder.iterdir()] == ["chaos_lost_control_plane_sent"]
    assert told[-1].endswith("delete table inet chaos_lost_everything_both")


def test_a_node_that_is_off_is_cut_when_it_boots_unless_it_was_joined_meanwhile(
    node: Partition, told: list[str]
) -> None:
    node.cut("everything", "", init=None)
    node.cut("control plane", "", init=None)
    node.join("everything", "", init=None)
    assert told == []

    node.renew(INIT)

    assert told == [f"nsenter -t {INIT} -n -- nft -f {node.folder}/chaos_lost_control_plane_both"]


def test_what_was_never_cut_needs_no_joining(node: Partition, told: list[str]) -> None:
    node.join("everything", "sent", init=None)
    node.renew(INIT)

    assert told == []
