"""What is sent, over which connections, and what is left alone."""

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import responses

from demo.flussonic import FlussonicStandIn
from integrations.http import Deadline, NotConfigured, RemoteNotFound
from integrations.tests.http.remote import KEY, LIST, MOCKED, get, make_client, raw_server


@pytest.mark.parametrize("sent", [{"json": {"title": "Новости"}}, {"body": '{"title": "Новости"}'.encode()}])
def test_a_body_is_sent_as_json_whether_encoded_already_or_not(server: FlussonicStandIn, sent: dict[str, Any]) -> None:
    with make_client(server.url) as client:
        client.request("PUT", f"{LIST}/news", deadline=Deadline.after(5), **sent)

    assert server.streams["news"]["title"] == "Новости"
    assert server.requests[-1].headers["Content-Type"] == "application/json"


def test_proxies_of_the_environment_are_not_used(server: FlussonicStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert get(server.url)["streams"]


@responses.activate
def test_cookies_are_not_kept() -> None:
    responses.get(f"{MOCKED}/", json={}, headers={"Set-Cookie": "session=1"})

    with make_client(MOCKED) as client:
        client.request("GET", "/", deadline=Deadline.after(5))
        client.request("GET", "/", deadline=Deadline.after(5))
    assert "Cookie" not in responses.calls[1].request.headers


# Connections.


@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "404 Not Found"])
def test_one_connection_serves_one_request_after_the_other(status: str) -> None:
    def serve(connection: socket.socket) -> None:
        body = b"" if status.startswith("204") else b"Content-Length: 2\r\n\r\n{}"
        connection.sendall(f"HTTP/1.1 {status}\r\n".encode() + (body or b"\r\n"))

    with raw_server(serve) as raw, make_client(raw.url) as client:
        for _ in range(5):
            try:
                client.request("GET", "/", deadline=Deadline.after(5))
            except RemoteNotFound:
                continue
    assert raw.connections == 1


def test_as_many_threads_as_connections_may_use_a_client_at_once(server: FlussonicStandIn) -> None:
    with make_client(server.url, connections=8) as client, ThreadPoolExecutor(8) as pool:

        def call(number: int) -> str:
            body = client.request("PUT", f"{LIST}/ch{number}", json={"title": f"{number}"}, deadline=Deadline.after(30))
            return str(body["title"])

        assert list(pool.map(call, range(200))) == [str(number) for number in range(200)]


# Configuration.


@pytest.mark.parametrize(
    "url",
    ["", "flussonic:8080", "ftp://flussonic", "http://", "http://host:99999", "http://[::1"],
    ids=["empty", "no scheme", "not http", "no host", "no such port", "broken IPv6"],
)
def test_an_address_that_cannot_work_is_a_fault_of_the_settings(url: str) -> None:
    with pytest.raises(NotConfigured, match="address of Flussonic"):
        make_client(url)


def test_a_key_with_a_line_break_is_a_fault_of_the_settings_and_not_quoted() -> None:
    with pytest.raises(NotConfigured, match="line break") as caught:
        make_client(MOCKED, headers={"X-API-Key": f"{KEY}\nX-Other: 1"})
    assert KEY not in str(caught.value)


def test_a_key_may_hold_any_letters_and_spaces_around_it() -> None:
    with FlussonicStandIn(tokens=["ключ".encode().decode("latin-1")]) as server:
        assert get(server.url, headers={"Authorization": "Bearer ключ "})["streams"] == []
