"""The visitor asks as users do: at its own pace, whatever comes of it."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from deadlines import LONG

from chaos.history import looked
from chaos.patient.orders import BadOrder, Visit
from chaos.patient.parsing import parse
from chaos.patient.visitor import NO_ANSWER, STALLED, Visitor, _all_of, answer, filled_in
from patient.bedside import LOCALHOST, Bed, ask, bed_of, until

pytestmark = pytest.mark.loopback
URL = "http://nowhere/"


def visiting(said: Callable[[int], int | str], **order: Any) -> Visitor:
    """A visitor on its way; what comes of its requests is `said`, by their number."""
    numbers = iter(range(10_000))
    visitor = Visitor(lambda _url, _within: said(next(numbers)))
    visitor.go(Visit(URL, "web", **{"every_seconds": 0.01, "at_most": 5, **order}))
    return visitor


def came(visitor: Visitor, position: int = 0) -> list[Any]:
    told = visitor.told(position)["came"]
    assert isinstance(told, list)
    return told


def test_it_sends_its_number_each_in_its_time_and_no_more() -> None:
    visitor = visiting(lambda _: 200, every_seconds=0.05)

    assert until(lambda: visitor.told(0)["next"] == 5)
    ages = [ago for ago, _, _ in came(visitor)]
    assert ages[0] - ages[-1] >= 0.15  # one may be late, and the next in its time
    time.sleep(0.1)
    assert visitor.sent == 5


def test_who_waits_keeps_nobody_away() -> None:
    """The first request hangs: the others are sent and told, and all is whole up to the first."""
    release = threading.Event()
    visitor = visiting(lambda number: 200 if number else release.wait(LONG) and 503)

    assert until(lambda: visitor.told(0)["next"] == 4)
    hanging = visitor.told(0)
    assert hanging["sent"] == 5
    assert hanging["whole"] == pytest.approx(hanging["born"], abs=0.5)
    release.set()
    assert until(lambda: visitor.told(0)["next"] == 5)
    assert came(visitor)[-1][2] == 503
    assert [said for _, _, said in came(visitor, 3)] == [200, 503]


def test_all_is_whole_up_to_now_while_it_goes_on_and_to_the_last_when_it_is_over() -> None:
    going = visiting(lambda _: 200, at_most=1000)
    assert until(lambda: going.sent > 3)
    assert until(lambda: float(str(going.told(0)["whole"])) < 0.01)

    over = visiting(lambda _: 200, at_most=1)
    assert until(lambda: over.told(0)["next"] == 1)
    time.sleep(0.1)
    assert float(str(over.told(0)["whole"])) >= 0.1


@pytest.mark.parametrize(
    ("said", "late", "kept"),
    [
        (NO_ANSWER, 0.0, NO_ANSWER),
        (NO_ANSWER, 0.7, STALLED),
        (200, 0.7, 200),
        ("refused", 0.7, "refused"),
    ],
)
def test_a_failure_long_after_its_timeout_is_our_own_stall(
    said: int | str, late: float, kept: int | str
) -> None:
    def slow(_: int) -> int | str:
        time.sleep(0.02 + late)
        return said

    visitor = visiting(slow, at_most=1, timeout_seconds=0.02)

    assert until(lambda: visitor.told(0)["next"] == 1)
    assert came(visitor)[0][2] == kept
    assert looked.STALLED == STALLED


def test_an_answer_that_came_in_time_counts_though_it_is_read_late() -> None:
    """As by a machine that was frozen meanwhile."""
    with socket.create_server((LOCALHOST, 0)) as server, socket.socket() as us:
        us.connect(server.getsockname())
        call, _ = server.accept()
        with call:
            call.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        time.sleep(0.1)
        assert _all_of(us, end=0.0).startswith(b"HTTP/1.1 200")


def test_it_visits_one_url_and_is_unanswered_until_one_answer_was_good() -> None:
    said = {"now": 500}
    visitor = visiting(lambda _: said["now"], at_most=1000)

    assert until(lambda: visitor.told(0)["next"] != 0)
    assert visitor.unanswered
    said["now"] = 302
    assert until(lambda: not visitor.unanswered)
    said["now"] = 500
    time.sleep(0.05)
    assert not visitor.unanswered
    assert not Visitor().unanswered
    with pytest.raises(BadOrder, match="one patient visits one URL"):
        visitor.go(Visit(URL, "web"))


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({}, 200),
        ({"do": "refuse"}, "refused"),
        ({"do": "hang"}, "no answer"),
        ({"do": "health", "path": "/", "status": 503}, 503),
        ({"do": "health", "path": "/", "manner": "reset"}, "reset"),
        ({"do": "health", "path": "/", "manner": "headers_only"}, "no answer"),
        ({"do": "health", "path": "/", "delay_seconds": 0.1}, 200),
        ({"do": "health", "path": "/", "delay_seconds": 0.6}, "no answer"),
    ],
)
def test_what_comes_of_a_request(bed: Bed, order: dict[str, Any], said: int | str) -> None:
    if order:
        bed.order(**order)

    assert answer(f"http://{LOCALHOST}:{bed.main}/", 0.4) == said


def test_an_answer_that_drips_has_no_more_time_than_one_that_does_not() -> None:
    with socket.create_server((LOCALHOST, 0)) as server:

        def drip() -> None:
            call, _ = server.accept()
            with call:
                for letter in b"HTTP/1.1 200 OK\r\n\r\n":
                    try:
                        call.sendall(bytes([letter]))
                    except OSError:
                        return
                    time.sleep(0.1)

        threading.Thread(target=drip, daemon=True).start()
        said = answer(f"http://{LOCALHOST}:{server.getsockname()[1]}/", 0.4)

    assert said == "no answer"


@pytest.mark.subprocess
def test_the_desk_tells_of_the_visits(
    admit: Callable[..., subprocess.Popen[str]], bed: Bed
) -> None:
    url = f"http://{LOCALHOST}:{bed.main}/"
    users = bed_of(admit({"do": "visit", "url": url, "of": "web", "every_seconds": 0.02}))

    def told(position: int) -> dict[str, Any]:
        status, text = ask(users.report_port, "GET", f"/visits/{position}")
        assert status == 200
        found: dict[str, Any] = json.loads(text)
        return found

    assert until(lambda: users.get("/health") == 200)
    assert until(lambda: len(told(0)["came"]) > 2)
    first = told(0)
    assert {said for _, _, said in first["came"]} == {200}
    assert (first["of"], first["next"]) == ("web", len(first["came"]))
    assert len(told(first["next"])["came"]) < len(told(0)["came"])
    assert users.report()["visits"] >= 3
    assert bed.report()["visits"] is None
    assert bed.report()["requests"]["/"] >= 3
    assert ask(users.report_port, "GET", "/visits/x")[0] == 404


@pytest.mark.subprocess
def test_health_fails_until_the_first_answer(
    admit: Callable[..., subprocess.Popen[str]],
) -> None:
    users = bed_of(admit({"do": "visit", "url": f"http://{LOCALHOST}:1/", "of": "web"}))

    assert users.get("/health") == 500
    assert users.get("/") == 200


def test_variables_are_filled_in_and_one_that_lacks_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WEB_SERVICE_HOST", "10.0.0.7")
    monkeypatch.delenv("WEB_SERVICE_PORT", raising=False)

    assert filled_in("http://$WEB_SERVICE_HOST:80/x") == "http://10.0.0.7:80/x"
    with pytest.raises(BadOrder, match="names WEB_SERVICE_PORT, and there is no such variable"):
        filled_in("http://$WEB_SERVICE_HOST:$WEB_SERVICE_PORT/")


@pytest.mark.subprocess
def test_a_visitor_without_its_variable_exits_with_one_line(
    admit: Callable[..., subprocess.Popen[str]],
) -> None:
    """So that the kubelet starts it again, with the variables of then."""
    visitor = admit({"do": "visit", "url": "http://$NO_SERVICE_HOST/", "of": "no"})
    _, said = visitor.communicate(timeout=LONG)

    assert visitor.returncode == 2
    assert (
        said
        == 'patient: "url" of "visit" names NO_SERVICE_HOST, and there is no such variable here\n'
    )


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"every_seconds": 0.001}, '"every_seconds" of "visit" must be from 0.01 to 86400'),
        ({"timeout_seconds": 31}, '"timeout_seconds" of "visit" must be from 0.01 to 30'),
        ({"at_most": 0}, '"at_most" of "visit" must be from 1 to 100000'),
        ({"every_seconds": 0.01, "timeout_seconds": 1.5}, "at most 100 requests under way"),
        ({"of": ""}, '"of" of "visit" must be one line of text'),
        ({"url": "https://x/"}, "a URL that starts with http://"),
    ],
)
def test_its_rate_and_its_number_are_bounded(more: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadOrder, match=complaint.replace("(", r"\(")):
        parse({"do": "visit", "url": URL, "of": "web", **more})


def test_it_is_for_the_start_only(bed: Bed) -> None:
    status, said = bed.order(do="visit", url=URL, of="web")

    assert status == 400
    assert "PATIENT_ORDERS" in said
