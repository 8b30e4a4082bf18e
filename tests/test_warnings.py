"""The one warning that is let pass, and its near misses."""

from __future__ import annotations

import gc
import select
import socket
import ssl
import struct
import warnings

import pytest
from deadlines import LONG

RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s
NO_PEER = "unclosed <ssl.SSLSocket fd=9, family=2, type=1, proto=6, laddr=('198.18.0.9', 41)>"


@pytest.mark.loopback
def test_a_call_that_is_reset_before_its_tls_begins_is_no_leak_of_ours() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        call = socket.create_connection(server.getsockname(), timeout=LONG)
        other, _ = server.accept()
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        other.close()
        assert select.select([call], [], [], LONG)[0]

        with pytest.raises(ConnectionResetError):
            ssl.create_default_context().wrap_socket(call, server_hostname="localhost")
        gc.collect()


def test_a_socket_without_a_peer_is_let_pass() -> None:
    warnings.warn(NO_PEER, ResourceWarning, stacklevel=1)


@pytest.mark.parametrize(
    "leak",
    [
        NO_PEER.replace(")>", "), raddr=('198.18.0.1', 6443)>"),
        NO_PEER.replace("ssl.SSLSocket", "socket.socket"),
        NO_PEER.replace("unclosed", "open"),
    ],
)
def test_any_other_leak_is_an_error(leak: str) -> None:
    with pytest.raises(ResourceWarning):
        warnings.warn(leak, ResourceWarning, stacklevel=1)
