from __future__ import annotations

import http.client
import socket
import threading

import pytest
from deadlines import LONG

from patient.bedside import LOCALHOST, Bed, ask, until
from patient.wristwatch import Wristwatch

pytestmark = pytest.mark.loopback


def headers(bed: Bed, path: str = "/health", **sent: str) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection(LOCALHOST, bed.main, timeout=LONG)
    connection.request("GET", path, headers=sent)
    answer = connection.getresponse()
    answer.read()
    return answer.status, dict(answer.getheaders())


def knock(bed: Bed, path: str = "/health") -> socket.socket:
    connection = socket.create_connection((LOCALHOST, bed.main), timeout=LONG)
    connection.sendall(f"GET {path} HTTP/1.1\r\n\r\n".encode())
    return connection


def nothing_comes(connection: socket.socket) -> bool:
    connection.settimeout(0.3)
    try:
        return connection.recv(1) == b"impossible"
    except TimeoutError:
        return True


def test_a_path_redirects_to_itself(bed: Bed) -> None:
    bed.order(do="health", manner="redirect", status=301)

    status, sent = headers(bed)

    assert (status, sent["Location"]) == (301, "/health")
    assert "Location" not in headers(bed, "/")[1]
    assert bed.report()["health_status"] == 301


@pytest.mark.parametrize("location", ["/ready", "http://elsewhere.invalid/"])
def test_a_path_redirects_to_another_place(bed: Bed, location: str) -> None:
    bed.order(do="health", manner="redirect", location=location, times=1)

    assert bed.report()["health_status"] == 302
    status, sent = headers(bed)
    assert (status, sent["Location"]) == (302, location)
    assert bed.get("/health") == 200


def test_a_connection_is_reset(bed: Bed) -> None:
    bed.order(do="health", manner="reset")

    with knock(bed) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)

    assert bed.get("/") == 200
    report = bed.report()
    assert (report["health_status"], report["health_manner"]) == (None, "reset")


def test_headers_never_come_until_it_is_healed(bed: Bed) -> None:
    bed.order(do="health", manner="silent", times=1)

    with knock(bed) as connection:
        assert nothing_comes(connection)
        assert bed.get("/health") == 200
        bed.order(do="heal")
        assert connection.recv(1) == b""


def test_a_body_never_comes_after_its_headers(bed: Bed) -> None:
    bed.order(do="health", manner="headers_only", status=204)

    with knock(bed) as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 204")
        assert nothing_comes(connection)

    assert bed.report()["health_manner"] == "headers_only"


def test_a_manner_is_healed(bed: Bed) -> None:
    for manner in ("redirect", "reset", "silent", "headers_only"):
        bed.order(do="health", manner=manner)
        bed.order(do="heal")

        assert bed.get("/health") == 200
    assert bed.report()["health_manner"] is None


def test_a_password_is_demanded_of_whoever_sends_none(bed: Bed) -> None:
    bed.order(do="demand_password")

    status, sent = headers(bed)

    assert (status, sent["WWW-Authenticate"]) == (401, "Basic")
    assert headers(bed, Authorization="Basic bm9ib2R5")[0] == 200
    assert headers(bed, "/", **{"X-Authorization": "no"})[0] == 200
    assert bed.report()["demands_password"]
    bed.order(do="heal")
    assert headers(bed)[0] == 200


def test_a_password_does_not_make_an_ill_patient_well(bed: Bed) -> None:
    bed.order(do="demand_password")
    bed.order(do="deadlock")

    assert until(lambda: headers(bed, Authorization="Basic bm9ib2R5")[0] == 500)
    assert headers(bed)[0] == 401


def test_a_main_port_that_refuses_leaves_the_report_port_open(bed: Bed) -> None:
    for _ in range(2):
        status, _ = bed.order(do="refuse")

        assert status == 200
        with pytest.raises(ConnectionRefusedError):
            bed.get()
        assert bed.report()["refuses"]

    bed.order(do="heal")
    assert bed.get() == 200
    assert not bed.report()["refuses"]


def test_a_port_that_accepts_nothing_lets_clients_connect_all_the_same(bed: Bed) -> None:
    bed.order(do="hang", accepts=False)

    with knock(bed) as waiting:
        assert nothing_comes(waiting)
        report = bed.report()
        assert (report["hung"], report["accepts"], report["requests"]) == (True, False, {})

        bed.order(do="heal")
        waiting.settimeout(LONG)
        assert waiting.recv(12) == b"HTTP/1.1 200"
    assert bed.report()["accepts"]


def test_a_hang_that_accepts_counts_its_requests(bed: Bed) -> None:
    bed.order(do="hang")

    with knock(bed):
        assert until(lambda: bed.report()["requests"] == {"/health": 1})
    assert bed.report()["accepts"]


def test_a_hang_may_be_for_later(bed: Bed, watch: Wristwatch) -> None:
    bed.order(do="hang", after_seconds=1)

    watch.pass_time(0.9)
    report = bed.report()
    assert (report["hung"], report["planned"]) == (False, "Hang(after_seconds=1.0)")
    assert bed.get() == 200
    watch.pass_time(0.1)
    report = bed.report()
    assert (report["hung"], report["planned"]) == (True, None)


def test_what_is_for_later_comes_by_the_real_clock(bed: Bed) -> None:
    bed.order(do="hang", after_seconds=0.2)

    assert until(lambda: bool(bed.report()["hung"]))


def test_what_was_to_come_does_not_come_to_a_healed_patient(
    bed: Bed, left: list[int], watch: Wristwatch
) -> None:
    bed.order(do="hang", after_seconds=1)
    bed.order(do="crash", after_seconds=1)
    bed.order(do="heal")

    assert bed.report()["planned"] is None
    watch.pass_time(60)
    assert left == []
    assert not bed.report()["hung"]


def test_a_crash_may_be_for_later(bed: Bed, left: list[int], watch: Wristwatch) -> None:
    bed.order(do="crash", code=4, after_seconds=1)

    watch.pass_time(0.9)
    assert bed.get() == 200
    assert left == []
    watch.pass_time(0.1)
    assert left == [4]


def test_a_crash_may_be_of_a_signal(bed: Bed, left: list[int]) -> None:
    bed.order(do="crash", signal=9)

    assert until(lambda: left == [-9])


def test_a_path_depends_on_another_server(bed: Bed) -> None:
    url = f"http://{LOCALHOST}:{bed.main}/backend"
    bed.order(do="depends_on", url=url, path="/front")
    assert bed.get("/front") == 200

    bed.order(do="health", path="/backend", status=500)
    assert bed.get("/front") == 500
    bed.order(do="health", path="/backend", manner="silent")
    assert bed.get("/front") == 500
    assert bed.get("/health") == 200

    bed.order(do="heal")
    assert bed.get("/front") == 200
    assert bed.report()["depends_on"] is True


def test_a_server_that_is_not_there_is_noticed_within_a_probes_second(
    bed: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKEND", "127.0.0.1")
    bed.order(do="depends_on", url=f"http://$BACKEND:{bed.main}")
    assert bed.get("/health") == 200

    bed.order(do="depends_on", url="http://127.0.0.1:1/")

    assert ask(bed.main, "GET", "/health")[0] == 500
    assert bed.get("/") == 200


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        ({"do": "kill_child"}, "this patient has no child"),
        ({"do": "grpc_says", "status": "serving"}, "this patient speaks no gRPC"),
        ({"do": "grpc"}, "Grpc() is for PATIENT_ORDERS"),
        ({"do": "marks", "folders": ["/tmp"]}, "is for PATIENT_ORDERS"),
        ({"do": "crash", "starts": 1, "folder": "/tmp"}, "is for PATIENT_ORDERS"),
    ],
)
def test_an_order_that_does_not_fit_is_refused(
    bed: Bed, left: list[int], order: dict[str, object], complaint: str
) -> None:
    status, said = bed.order(**order)

    assert status == 400
    assert complaint in said
    assert left == []


ROW = b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I" + b"T\0\0\0\x06\0\0" + b"D\0\0\0\x0b\0\1\0\0\0\1\x31"
REFUSAL = b"R\0\0\0\x08\0\0\0\0" + b"E\0\0\0\x09SFATAL\0"


@pytest.mark.parametrize(
    ("said", "status"), [(ROW, 200), (REFUSAL, 500), (b"R\0\0\0\x08\0\0\0\0", 500), (b"", 500)]
)
def test_a_path_depends_on_a_database_that_gives_a_row(
    bed: Bed, said: bytes, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server((LOCALHOST, 0)) as door:
        monkeypatch.setenv("DB_PORT", str(door.getsockname()[1]))
        bed.order(do="depends_on", url=f"postgres://{LOCALHOST}:$DB_PORT", path="/deep")

        def serve() -> None:
            call, _ = door.accept()
            with call:
                heard.append(call.recv(4096))
                call.sendall(said)

        heard: list[bytes] = []
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert bed.get("/deep") == status
        thread.join(LONG)

    (asked,) = heard
    hello = int.from_bytes(asked[:4], "big")
    assert asked[4:8] == b"\0\3\0\0"
    assert asked[hello:] == b"Q" + (len(asked) - hello - 1).to_bytes(4, "big") + b"SELECT 1\0"
