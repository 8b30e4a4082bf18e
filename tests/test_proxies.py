from __future__ import annotations

import pytest

from chaos.proxies.server import BadWire, NoWire, Server, Wire
from chaos.testing.toxiproxy import FakeToxiproxy
from chaos.workloads.wires import Toxic


@pytest.fixture
def there() -> FakeToxiproxy:
    return FakeToxiproxy().has("db", "10.0.0.1:5432").has("api", "10.0.0.2:80")


@pytest.fixture
def wire(there: FakeToxiproxy) -> Wire:
    return Server("the toxiproxy of web-1", there.send).wire("db")


def test_a_toxic_is_in_force_when_it_was_put_on_and_is_on_no_other_wire(
    there: FakeToxiproxy, wire: Wire
) -> None:
    wire.poison("latency", latency=300)

    assert wire.ailments == ("latency",)
    assert there.proxies["db"]["toxics"][0]["attributes"] == {"latency": 300}
    assert Server("it", there.send).wire("api").ailments == ()
    assert (wire.upstream, wire.listen) == ("10.0.0.1:5432", "[::]:20001")


@pytest.mark.parametrize("kind", ["latency", "down"])
def test_one_toxic_is_cured_and_the_others_stay(wire: Wire, kind: Toxic) -> None:
    wire.poison("timeout", timeout=0)
    wire.poison("timeout", stream="upstream", timeout=0)
    wire.poison(kind)

    wire.cure(kind)
    wire.cure(kind)

    assert [*wire.ailments] == ["timeout"]
    wire.cure("timeout")
    assert not [*wire.ailments]


def test_what_is_down_stays_down_when_another_toxic_is_cured(wire: Wire) -> None:
    wire.poison("down")
    wire.poison("latency", latency=1)

    wire.cure("latency")

    assert wire.ailments == ("down",)


@pytest.mark.parametrize("kind", ["latency", "down"])
def test_a_server_that_takes_an_order_and_does_nothing_is_found_out(
    there: FakeToxiproxy, wire: Wire, kind: Toxic
) -> None:
    there.deaf = True

    with pytest.raises(BadWire, match=r"has it not|did not switch"):
        wire.poison(kind)


@pytest.mark.parametrize("kind", ["latency", "down"])
def test_a_server_that_keeps_a_toxic_is_found_out(
    there: FakeToxiproxy, wire: Wire, kind: Toxic
) -> None:
    wire.poison(kind)
    there.deaf = True

    with pytest.raises(BadWire, match=r"keeps chaos-latency|did not switch"):
        wire.cure(kind)


def test_a_wire_that_is_not_there_names_those_that_are(there: FakeToxiproxy) -> None:
    with pytest.raises(NoWire, match="the toxiproxy of web-1 has no wire 'dB'; there are: api, db"):
        Server("the toxiproxy of web-1", there.send).wire("dB")


def test_each_wire_asks_its_own_server(there: FakeToxiproxy, wire: Wire) -> None:
    other = FakeToxiproxy().has("db", "10.0.0.9:1")

    Server("another", other.send).wire("db").poison("down")

    assert (wire.ailments, wire.upstream) == ((), "10.0.0.1:5432")


def test_what_a_server_refuses_is_said_once_and_by_whom(wire: Wire) -> None:
    wire.poison("latency")

    with pytest.raises(BadWire, match=r"the toxiproxy of web-1: 409: .*toxic already exists"):
        wire.poison("latency")
