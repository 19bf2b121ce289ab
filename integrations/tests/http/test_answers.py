"""What an answer may be, and how large."""

import gzip
import socket

import pytest
import responses

from demo.flussonic import FlussonicStandIn
from integrations.http import Allowance, Deadline, RemoteGarbage, RemoteRejected
from integrations.tests.http.remote import KEY, LIST, MOCKED, get, make_client, raw_server


def test_an_answer_is_decoded(server: FlussonicStandIn) -> None:
    assert get(server.url)["streams"][0]["name"] == "news"


def test_an_answer_without_a_body_is_none(server: FlussonicStandIn) -> None:
    with make_client(server.url) as client:
        assert client.request("DELETE", f"{LIST}/news", deadline=Deadline.after(5)) is None


@pytest.mark.parametrize("compressed", [False, True])
def test_a_body_without_end_is_cut_off_at_the_size_that_comes_out(server: FlussonicStandIn, compressed: bool) -> None:
    server.faults.huge = True
    server.faults.gzip = compressed

    with pytest.raises(RemoteGarbage, match="more than the size allowed"):
        get(server.url, max_bytes=1_000_000)


def test_several_requests_can_share_one_allowance(server: FlussonicStandIn) -> None:
    allowance = Allowance(600)
    get(server.url, allowance=allowance)

    with pytest.raises(RemoteGarbage):
        get(server.url, allowance=allowance)


# Garbage.


@responses.activate
@pytest.mark.parametrize(
    "body",
    [b"<html>Welcome</html>", b'{"streams": [', b"\xff\xfe\x00\xd8", b"[" * 100_000, b"1" * 10_000],
    ids=["HTML", "half JSON", "not UTF-8", "too deep", "too long a number"],
)
def test_what_is_not_json_is_garbage(body: bytes) -> None:
    responses.get(f"{MOCKED}/", body=body)

    with pytest.raises(RemoteGarbage, match="not JSON"):
        get(MOCKED, "/")


@responses.activate
def test_what_cannot_be_decompressed_is_garbage() -> None:
    responses.get(f"{MOCKED}/", body=b"not gzip", headers={"Content-Encoding": "gzip"})

    with pytest.raises(RemoteGarbage, match="cannot be decompressed"):
        get(MOCKED, "/")


@responses.activate
def test_a_compressed_answer_is_understood() -> None:
    responses.get(f"{MOCKED}/", body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})

    assert get(MOCKED, "/") == {"a": 1}


def test_an_answer_that_comes_in_chunks_is_understood() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n")

    with raw_server(serve) as raw:
        assert get(raw.url) == [1, 2]


# What is left alone.


def test_a_redirect_is_not_followed_nor_read() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/{KEY}\r\n\r\n".encode())
        while True:
            connection.sendall(b" " * 65_536)

    with raw_server(serve) as raw, pytest.raises(RemoteRejected, match="redirects") as caught:
        get(raw.url)
    assert caught.value.status == 302
    assert KEY not in str(caught.value)
