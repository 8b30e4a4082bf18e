"""What `chaos.ports.provider` promises: held by the embedded provider, and by one of paper."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from project import named
from providers import NOT_ROOT
from recorder import Recorder

from chaos.errors import NoCluster, NoSuchTarget
from chaos.kube.client import Client, configuration
from chaos.kube.site import Site
from chaos.options import Options
from chaos.ports.inventory import Owner
from chaos.ports.provider import Made, Maker
from chaos.providers.embedded.provider import EmbeddedClusters

pytestmark = pytest.mark.loopback

NAME = named("port")
CHOSEN = Options(cluster=NAME, nodes=1)
EMBEDDED = pytest.param("embedded", marks=(pytest.mark.cluster, NOT_ROOT))


@pytest.fixture(scope="module", params=["recorder", EMBEDDED])
def maker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Maker:
    if request.param == "recorder":
        return Recorder(tmp_path_factory.mktemp("recorder"))
    return EmbeddedClusters()


@pytest.fixture(scope="module")
def made(maker: Maker) -> Iterator[Made]:
    one = maker.make(NAME, CHOSEN, print)
    yield one
    one.down()


@pytest.fixture
def site(made: Made) -> Site:
    return Site(made, Client(configuration(made.kubeconfig, made.context)))


def owners(maker: Maker) -> list[Owner]:
    return [one.owner for one in maker.standing() if one.name == NAME]


def test_what_is_made_stands_and_is_its_harness_s(maker: Maker, made: Made) -> None:
    assert made.name == NAME
    assert owners(maker) == [Owner.HARNESS]


def test_it_is_reached_by_its_context_and_has_the_nodes_that_were_asked_for(
    maker: Maker, site: Site
) -> None:
    assert tuple(site.nodes) == maker.blueprint(CHOSEN).nodes
    assert site.provided.made_with["nodes"] == 1


def test_what_it_was_made_with_are_options_by_their_names(made: Made) -> None:
    names = {field.name for field in dataclasses.fields(Options)}

    assert made.made_with.keys() <= names


def test_another_process_would_find_it_by_its_name(maker: Maker, made: Made) -> None:
    found = maker.find(CHOSEN)

    assert (found.name, found.context, found.kubeconfig) == (NAME, made.context, made.kubeconfig)
    assert (found.ledger, found.made_with) == (made.ledger, made.made_with)


def test_there_is_no_second_of_one_name(maker: Maker, made: Made) -> None:
    with pytest.raises(NoCluster, match=made.name):
        maker.make(NAME, CHOSEN, print)

    assert owners(maker) == [Owner.HARNESS]


def test_nobody_takes_it_down_while_its_harness_lives(maker: Maker, made: Made) -> None:
    with pytest.raises(NoCluster, match=f"cluster {made.name} belongs to a harness"):
        maker.take_down(NAME)

    assert owners(maker) == [Owner.HARNESS]


def test_what_is_not_there_is_told_with_what_is(maker: Maker, made: Made) -> None:
    with pytest.raises(NoCluster, match=f"no cluster nix; there are: .*{made.name}"):
        maker.find(Options(cluster="nix"))
    maker.take_down("nix")


def test_hands_name_what_there_is(made: Made, maker: Maker) -> None:
    would = maker.blueprint(CHOSEN)
    for node in would.nodes:
        made.hands.machine(node)
    for program in would.programs:
        made.hands.control_plane(program)

    with pytest.raises(NoSuchTarget, match=would.nodes[0]):
        made.hands.machine("nix")
    with pytest.raises(NoSuchTarget, match=would.programs[0]):
        made.hands.control_plane("nix")


def test_what_was_never_there_is_taken_away_without_a_word(made: Made) -> None:
    made.hands.displace("no-such-namespace")
    made.hands.remove_node("no-such-node")


def test_one_that_is_kept_is_nobody_s_until_it_is_taken_down_and_twice_is_once(
    maker: Maker,
) -> None:
    kept = maker.make(named("kept"), CHOSEN, print)
    try:
        kept.keep()
        assert [one.owner for one in maker.standing() if one.name == kept.name] == [Owner.KEPT]
    finally:
        maker.take_down(kept.name)
    maker.take_down(kept.name)

    assert kept.name not in {one.name for one in maker.standing()}
