from __future__ import annotations

import copy
import math
from typing import cast

import pytest

from chaos.clock import Seconds, minutes, seconds
from chaos.errors import ChaosError
from chaos.kube.client import Client
from chaos.kube.leases import LEASES, Leases
from chaos.ports.fault import TERM
from chaos.recording.ports import Lost, Refused
from chaos.values import Json


class Api:
    """Keeps leases as the API server does: it stamps them, to the second, by its own clock."""

    def __init__(self) -> None:
        self.kept: dict[str, Json] = {}
        self.now = 0
        self.away = False
        self.asked = 0

    def create(self, path: str, body: Json) -> Json:
        made = self._stamped(path, body)
        if made["metadata"]["name"] in self.kept:
            raise Refused(409, "AlreadyExists", "there is one")
        self.kept[made["metadata"]["name"]] = made
        return made

    def attempt(self, path: str, body: Json) -> Json:
        return self._stamped(path, body)

    def get(self, path: str) -> Json:
        self._answers()
        name = path.removeprefix(f"{LEASES}/")
        if name not in self.kept:
            raise Refused(404, "NotFound", "there is none")
        return self.kept[name]

    def patch(self, path: str, change: Json) -> Json:
        found = self.get(path)
        if found["metadata"]["uid"] != change["metadata"]["uid"]:
            raise Refused(409, "Conflict", "it is another")
        found["spec"].update(change["spec"])
        return found

    def request(self, method: str, path: str, body: Json) -> None:
        assert method == "DELETE"
        found = self.get(path)
        if found["metadata"]["uid"] != body["preconditions"]["uid"]:
            raise Refused(409, "Conflict", "it is another")
        del self.kept[found["metadata"]["name"]]

    def _stamped(self, path: str, body: Json) -> Json:
        self._answers()
        assert path == LEASES
        self.asked += 1
        at = f"2026-11-25T10:{self.now // 60:02}:{self.now % 60:02}Z"
        meta = {"creationTimestamp": at, "uid": f"u{self.asked}"}
        return body | {"metadata": body["metadata"] | meta}

    def _answers(self) -> None:
        if self.away:
            raise Lost("no answer")


@pytest.fixture
def api() -> Api:
    return Api()


def leases(api: Api, holder: str) -> Leases:
    return Leases(cast(Client, api), holder)


def holders(api: Api) -> dict[str, str]:
    return {name: kept["spec"]["holderIdentity"] for name, kept in api.kept.items()}


def test_a_node_is_taken_once_and_given_back(api: Api) -> None:
    ours = leases(api, "ours")

    ours.take("worker1", TERM)
    ours.take("worker1", TERM)
    ours.take("worker2", TERM)
    assert holders(api) == {"pytest-chaos-worker1": "ours", "pytest-chaos-worker2": "ours"}

    ours.give_back("worker1")
    ours.give_back("worker1")
    assert holders(api) == {"pytest-chaos-worker2": "ours"}


def test_a_node_of_another_run_is_refused_and_stays_its(api: Api) -> None:
    leases(api, "theirs").take("worker1", TERM)
    api.now += 60

    with pytest.raises(ChaosError, match=r"worker1 is another run's \(theirs, for 60 s\): wait"):
        leases(api, "ours").take("worker1", TERM)
    leases(api, "ours").give_back("worker1")

    assert holders(api) == {"pytest-chaos-worker1": "theirs"}


@pytest.mark.parametrize(("age", "taken"), [(TERM - 1, False), (TERM, True)])
def test_a_lease_past_its_term_was_left_behind(api: Api, age: float, *, taken: bool) -> None:
    leases(api, "lost").take("worker1", TERM)
    api.now += int(age)

    if taken:
        leases(api, "ours").take("worker1", TERM)
    else:
        with pytest.raises(ChaosError, match="lost, for 899 s"):
            leases(api, "ours").take("worker1", TERM)

    assert holders(api) == {"pytest-chaos-worker1": "ours" if taken else "lost"}


LONG = minutes(40)


@pytest.mark.parametrize(
    ("lasting", "age", "taken"),
    [
        (LONG, TERM, False),  # as long as any other would have lasted
        (LONG, LONG - 1, False),
        (LONG, LONG, True),
        (seconds(89.5), 89, False),
        (seconds(89.5), 90, True),
    ],
)
def test_a_lease_lasts_as_long_as_it_was_taken_for(
    api: Api, lasting: Seconds, age: float, *, taken: bool
) -> None:
    leases(api, "lost").take("worker1", lasting)
    api.now += int(age)

    if taken:
        leases(api, "ours").take("worker1", TERM)
    else:
        with pytest.raises(ChaosError, match=f"until {math.ceil(lasting)} s are over"):
            leases(api, "ours").take("worker1", TERM)

    assert holders(api) == {"pytest-chaos-worker1": "ours" if taken else "lost"}


@pytest.mark.parametrize(("second", "until"), [(LONG, 60 + LONG), (seconds(60), TERM)])
def test_a_second_fault_on_a_node_prolongs_its_lease_and_never_shortens_it(
    api: Api, second: Seconds, until: float
) -> None:
    leases(api, "ours").take("worker1", TERM)
    api.now += 60
    leases(api, "ours").take("worker1", second)

    assert api.kept["pytest-chaos-worker1"]["spec"]["leaseDurationSeconds"] == until
    api.now += int(until) - 61
    with pytest.raises(ChaosError, match="worker1 is another run's"):
        leases(api, "theirs").take("worker1", TERM)
    api.now += 1
    leases(api, "theirs").take("worker1", TERM)


def test_a_lease_that_became_another_s_is_not_prolonged(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ended between our two looks at it, and somebody else was faster."""
    ours = leases(api, "ours")
    ours.take("worker1", seconds(60))
    stale = copy.deepcopy(api.get(f"{LEASES}/pytest-chaos-worker1"))
    api.now += 60
    leases(api, "theirs").take("worker1", TERM)
    patch = api.patch
    monkeypatch.setattr(api, "get", lambda _: stale)

    def real(path: str, change: Json) -> Json:
        monkeypatch.undo()
        return patch(path, change)

    monkeypatch.setattr(api, "patch", real)
    with pytest.raises(ChaosError, match="could not be taken: 409 Conflict"):
        ours.take("worker1", TERM)

    assert api.kept["pytest-chaos-worker1"]["spec"]["holderIdentity"] == "theirs"
    assert api.kept["pytest-chaos-worker1"]["spec"]["leaseDurationSeconds"] == TERM


def test_no_lease_lasts_longer_than_the_api_can_say(api: Api) -> None:
    leases(api, "ours").take("worker1", Seconds(math.inf))

    assert api.kept["pytest-chaos-worker1"]["spec"]["leaseDurationSeconds"] == 2**31 - 1


def test_without_an_answer_nothing_is_taken(api: Api) -> None:
    api.away = True

    with pytest.raises(ChaosError, match="the lease of worker1 could not be taken: no answer"):
        leases(api, "ours").take("worker1", TERM)


def test_what_cannot_be_given_back_now_ends_by_its_term(api: Api) -> None:
    leases(api, "ours").take("worker1", TERM)
    api.away = True

    leases(api, "ours").give_back("worker1")

    assert holders(api) == {"pytest-chaos-worker1": "ours"}


def test_whoever_may_not_make_leases_is_told_so(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> Json:
        raise Refused(403, "Forbidden", "leases are not for you")

    monkeypatch.setattr(api, "create", forbidden)

    with pytest.raises(ChaosError, match="could not be taken: 403 Forbidden: leases are not for"):
        leases(api, "ours").take("worker1", TERM)
