"""No exchange lasts longer than it may, however slowly the other side goes about it."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from demo.flussonic import FlussonicStandIn
from integrations import http
from integrations.deadlines import PunctualConnection
from integrations.http import Deadline, RemoteError, RemoteUnavailable
from integrations.tests.http.remote import get, make_client, raw_server


def test_a_server_that_does_not_answer_is_given_up_after_the_timeout(server: FlussonicStandIn) -> None:
    server.faults.delay = 30
    started = time.monotonic()

    with pytest.raises(RemoteUnavailable, match="no answer in time"):
        get(server.url, timeout=0.1, retries=1)
    assert time.monotonic() - started < 2


def test_the_total_deadline_counts_over_all_retries(server: FlussonicStandIn) -> None:
    server.faults.delay = 30
    started = time.monotonic()

    with pytest.raises(RemoteUnavailable):
        get(server.url, timeout=0.2, retries=1000, seconds=0.5)
    assert time.monotonic() - started < 2


def test_no_retry_is_waited_for_that_would_come_after_the_deadline(
    server: FlussonicStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BACK_OFF", 60)
    server.faults.fail_next = 1

    with pytest.raises(RemoteUnavailable, match="answered 503"):
        get(server.url, seconds=5)


def test_a_body_that_drips_is_cut_off_at_the_deadline() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(200):
            connection.sendall(b" ")
            time.sleep(0.05)

    started = time.monotonic()
    with raw_server(serve) as raw, pytest.raises(RemoteUnavailable, match=r"in time|within the time"):
        get(raw.url, seconds=0.4)
    assert time.monotonic() - started < 2


def drip(connection: socket.socket, text: bytes) -> None:
    """Send one byte after the other, each long before a wait for it would be given up."""
    for byte in text:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


BEFORE_DRIPS = {
    "status line": (b"HTTP/1.1 200 OK", b" and more" * 20),
    "headers": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 200),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b" " * 200),
    "body up to the end of the connection": (b"HTTP/1.0 200 OK\r\n\r\n", b" " * 200),
    "length of a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2", b";x" * 100),
    "error page": (b"HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\n", b" " * 200),
}


@pytest.mark.parametrize(("before", "drops"), BEFORE_DRIPS.values(), ids=BEFORE_DRIPS)
def test_an_answer_that_drips_is_cut_off_at_the_deadline(before: bytes, drops: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(before)
        drip(connection, drops)

    started = time.monotonic()
    with raw_server(serve) as raw, pytest.raises(RemoteError):
        get(raw.url, seconds=0.4)
    assert 0.3 < time.monotonic() - started < 2


def test_an_answer_that_never_lets_us_wait_is_cut_off_at_the_deadline() -> None:
    connection = PunctualConnection("remote.example")
    ours, theirs = socket.socketpair()
    with ours, theirs, connection.response_class(ours) as response:
        theirs.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
        theirs.shutdown(socket.SHUT_WR)
        connection.timeout = 0

        with pytest.raises(TimeoutError):
            response.begin()
        assert ours.recv(8) == b"HTTP/1.1"


def test_a_server_that_takes_nothing_in_is_given_up_at_the_deadline() -> None:
    started = time.monotonic()
    with (
        raw_server(lambda connection: time.sleep(3)) as raw,
        make_client(raw.url) as client,
        pytest.raises(RemoteUnavailable, match="gave no answer in time"),
    ):
        client.request("PUT", "/", body=b" " * 32_000_000, deadline=Deadline.after(0.4), retries=0)
    assert 0.3 < time.monotonic() - started < 2


def test_sending_has_no_more_time_than_the_tls_handshake_left() -> None:
    connection = PunctualConnection("remote.example")
    connection.sock, theirs = socket.socketpair()
    started = time.monotonic()
    with connection.sock, theirs:
        connection.sock.settimeout(5)  # as it was for the handshake
        connection.timeout = 0.2

        with pytest.raises(TimeoutError):
            connection.send(b" " * 32_000_000)
    assert time.monotonic() - started < 2


def test_headers_that_drip_are_given_up_after_the_timeout() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        drip(connection, b"x" * 200)

    started = time.monotonic()
    with raw_server(serve) as raw, pytest.raises(RemoteUnavailable, match="gave no answer in time"):
        get(raw.url, seconds=60, timeout=0.3, retries=0)
    assert time.monotonic() - started < 2


def test_a_slow_answer_that_keeps_coming_is_read_to_its_end() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n")
        drip(connection, b"[1, 2, 3, 4]")

    with raw_server(serve) as raw:
        assert get(raw.url, timeout=0.5) == [1, 2, 3, 4]


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that lets nobody in: its queue is full."""
    with socket.socket() as deaf, socket.socket() as first:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        first.connect(deaf.getsockname())
        yield deaf.getsockname()[1]


def test_the_addresses_of_a_host_share_the_time_to_connect(deaf_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", deaf_port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: [address] * 4)
    started = time.monotonic()

    with pytest.raises(RemoteUnavailable, match="gave no answer in time"):
        get(f"http://127.0.0.1:{deaf_port}", seconds=0.4, retries=0)
    assert 0.3 < time.monotonic() - started < 1.2


def test_connecting_and_the_tls_handshake_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def slow_look_up(*args: Any, **options: Any) -> Any:
        time.sleep(0.4)
        return look_up(*args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow_look_up)
    started = time.monotonic()
    with raw_server(lambda connection: None) as raw, pytest.raises(RemoteUnavailable, match="gave no answer in time"):
        get(raw.url.replace("http", "https"), seconds=1, retries=0)
    assert time.monotonic() - started < 1.5


def test_a_kept_connection_starts_each_request_with_its_own_time() -> None:
    def serve(connection: socket.socket) -> None:
        time.sleep(0.2)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    with raw_server(serve) as raw, make_client(raw.url, timeout=0.7) as client:
        for _ in range(4):
            assert client.request("GET", "/", deadline=Deadline.after(5)) == []
    assert raw.connections == 1


def test_a_body_that_stalls_is_given_up_at_the_deadline_even_if_the_timeout_is_longer() -> None:
    def serve(connection: socket.socket) -> None:
        time.sleep(0.8)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[")

    started = time.monotonic()
    with raw_server(serve) as raw, pytest.raises(RemoteUnavailable):
        get(raw.url, seconds=1, timeout=60)
    assert time.monotonic() - started < 1.5


def test_nothing_is_sent_after_the_deadline(server: FlussonicStandIn) -> None:
    with pytest.raises(RemoteUnavailable, match="within the time allowed"):
        get(server.url, seconds=0)
    assert not server.requests


def test_a_deadline_tells_what_is_left() -> None:
    assert 59 < Deadline.after(60).left() <= 60
    Deadline.after(60).check("Flussonic")
    with pytest.raises(RemoteUnavailable):
        Deadline.after(-1).check("Flussonic")
