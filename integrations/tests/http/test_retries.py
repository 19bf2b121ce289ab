"""What is sent again, and what is not."""

import socket
import threading
import time

import pytest

from demo.flussonic import FlussonicStandIn
from integrations import http
from integrations.http import Deadline, RemoteNotFound, RemoteRejected, RemoteUnauthorized, RemoteUnavailable
from integrations.tests.http.remote import LIST, get, make_client, raw_server


def test_a_server_error_is_tried_again(server: FlussonicStandIn) -> None:
    server.faults.fail_next = 2

    assert get(server.url)["streams"]
    assert len(server.requests) == 3


def test_server_errors_for_ever_are_unavailability_with_the_last_status(server: FlussonicStandIn) -> None:
    server.faults.fail_next = 99

    with pytest.raises(RemoteUnavailable, match="answered 503: internal_error") as caught:
        get(server.url)
    assert caught.value.status == 503
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, RemoteRejected),
        (401, RemoteUnauthorized),
        (403, RemoteUnauthorized),
        (404, RemoteNotFound),
        (409, RemoteRejected),
        (422, RemoteRejected),
        (429, RemoteRejected),
    ],
)
def test_a_rejection_is_never_tried_again(server: FlussonicStandIn, status: int, expected: type) -> None:
    server.faults.fail_next, server.faults.fail_status = 1, status

    with pytest.raises(RemoteRejected) as caught:
        get(server.url)
    assert type(caught.value) is expected
    assert (caught.value.status, caught.value.detail) == (status, "not_found" if status == 404 else "internal_error")
    assert len(server.requests) == 1


def test_what_must_not_be_done_twice_is_sent_once(server: FlussonicStandIn) -> None:
    server.faults.fail_next = 1

    with make_client(server.url) as client, pytest.raises(RemoteUnavailable):
        client.request("PUT", f"{LIST}/new", json={}, deadline=Deadline.after(5), retries=0)
    assert len(server.requests) == 1


def test_a_refused_connection_is_tried_again(server: FlussonicStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BACK_OFF", 0.2)
    server.down()
    comes_back = threading.Timer(0.05, server.up)
    comes_back.start()

    assert get(server.url)["streams"]
    comes_back.join()


def test_a_connection_cut_in_the_middle_is_tried_again() -> None:
    broken = [True]

    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + (b"nu" if broken else b"null"))
        if broken:
            broken.pop()
            connection.shutdown(socket.SHUT_RDWR)

    with raw_server(serve) as raw:
        assert get(raw.url) is None
    assert raw.connections == 2


def test_a_connection_that_is_always_cut_is_unavailability(server: FlussonicStandIn) -> None:
    server.faults.cut_on_page = 1

    with pytest.raises(RemoteUnavailable, match="cut the connection"):
        get(server.url)
    assert len(server.requests) == 3


def test_retries_wait_longer_each_time(server: FlussonicStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    server.faults.fail_next = 99

    with pytest.raises(RemoteUnavailable):
        get(server.url, retries=3)
    assert all(0.005 * 2**n <= wait <= 0.01 * 2**n for n, wait in enumerate(waits))
    assert len(waits) == 3
