import gzip
import json
import socket
import socketserver
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import responses

from demo.flussonic import FlussonicStandIn
from integrations import http
from integrations.http import (
    Allowance,
    Deadline,
    NotConfigured,
    RemoteClient,
    RemoteError,
    RemoteGarbage,
    RemoteNotFound,
    RemoteRejected,
    RemoteUnauthorized,
    RemoteUnavailable,
)
from integrations.remote_errors import error_detail

KEY = "s3cret-key"
LIST = "/streamer/api/v3/streams"
MOCKED = "http://remote.example:8080"


@pytest.fixture(autouse=True)
def short_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BACK_OFF", 0.01)


@pytest.fixture
def server() -> Iterator[FlussonicStandIn]:
    with FlussonicStandIn([{"name": "news"}], tokens=[KEY]) as standin:
        yield standin


def make_client(url: str, **options: Any) -> RemoteClient:
    options = {"headers": {"Authorization": f"Bearer {KEY}"}, "timeout": 5.0, **options}
    return RemoteClient("Flussonic", url, **options)


def get(url: str, path: str = LIST, *, seconds: float = 10, allowance: Allowance | None = None, **options: Any) -> Any:
    with make_client(url, **options) as client:
        return client.request("GET", path, deadline=Deadline.after(seconds), allowance=allowance)


class RawServer(socketserver.ThreadingTCPServer):
    """Hands each request's connection to a function, and counts the connections."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.serve = serve
        self.connections = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        try:
            while request.recv(65_536):
                self.serve(request)
        except OSError:
            return


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[RawServer]:
    with RawServer(serve) as raw:
        threading.Thread(target=raw.serve_forever, args=(0.02,), daemon=True).start()
        yield raw
        raw.shutdown()


def test_an_answer_is_decoded(server: FlussonicStandIn) -> None:
    assert get(server.url)["streams"][0]["name"] == "news"


def test_an_answer_without_a_body_is_none(server: FlussonicStandIn) -> None:
    with make_client(server.url) as client:
        assert client.request("DELETE", f"{LIST}/news", deadline=Deadline.after(5)) is None


@pytest.mark.parametrize("sent", [{"json": {"title": "Новости"}}, {"body": '{"title": "Новости"}'.encode()}])
def test_a_body_is_sent_as_json_whether_encoded_already_or_not(server: FlussonicStandIn, sent: dict[str, Any]) -> None:
    with make_client(server.url) as client:
        client.request("PUT", f"{LIST}/news", deadline=Deadline.after(5), **sent)

    assert server.streams["news"]["title"] == "Новости"
    assert server.requests[-1].headers["Content-Type"] == "application/json"


# Retries.


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


# Time.


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
    assert 0.3 < time.monotonic() - started < 0.8


def test_headers_that_drip_are_given_up_after_the_timeout() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        drip(connection, b"x" * 200)

    started = time.monotonic()
    with raw_server(serve) as raw, pytest.raises(RemoteUnavailable, match="gave no answer in time"):
        get(raw.url, seconds=60, timeout=0.3, retries=0)
    assert time.monotonic() - started < 0.8


def test_a_slow_answer_that_keeps_coming_is_read_to_its_end() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n")
        drip(connection, b"[1, 2, 3, 4]")

    with raw_server(serve) as raw:
        assert get(raw.url, timeout=0.3) == [1, 2, 3, 4]


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
    assert 0.3 < time.monotonic() - started < 0.8


def test_connecting_and_the_tls_handshake_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def slow_look_up(*args: Any, **options: Any) -> Any:
        time.sleep(0.2)
        return look_up(*args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow_look_up)
    started = time.monotonic()
    with raw_server(lambda connection: None) as raw, pytest.raises(RemoteUnavailable, match="gave no answer in time"):
        get(raw.url.replace("http", "https"), seconds=0.6, retries=0)
    assert time.monotonic() - started < 0.8


def test_a_kept_connection_starts_each_request_with_its_own_time() -> None:
    def serve(connection: socket.socket) -> None:
        time.sleep(0.2)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    with raw_server(serve) as raw, make_client(raw.url, timeout=0.35) as client:
        for _ in range(4):
            assert client.request("GET", "/", deadline=Deadline.after(5)) == []
    assert raw.connections == 1


def test_a_body_that_stalls_is_given_up_at_the_deadline_even_if_the_timeout_is_longer() -> None:
    def serve(connection: socket.socket) -> None:
        time.sleep(0.4)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[")

    started = time.monotonic()
    with raw_server(serve) as raw, pytest.raises(RemoteUnavailable):
        get(raw.url, seconds=0.5, timeout=60)
    assert time.monotonic() - started < 0.8


def test_nothing_is_sent_after_the_deadline(server: FlussonicStandIn) -> None:
    with pytest.raises(RemoteUnavailable, match="within the time allowed"):
        get(server.url, seconds=0)
    assert not server.requests


def test_a_deadline_tells_what_is_left() -> None:
    assert 59 < Deadline.after(60).left() <= 60
    Deadline.after(60).check()
    with pytest.raises(RemoteUnavailable):
        Deadline.after(-1).check()


# Size.


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


# Errors in words.


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"error": "not_found"}', "not_found"),
        (
            '{"errors": [{"code": "stream_not_found", "status": "404", "title": "Stream not found"}]}',
            "stream_not_found: Stream not found",
        ),
        ('{"detail": "Token already exists"}', "Token already exists"),
        (
            '{"detail": [{"loc": ["body", "max_sessions"], "msg": "Input should be less than 9", "input": "s3cret"}]}',
            "max_sessions: Input should be less than 9",
        ),
        ("<html><style>b{}</style><body><h1>Not &amp; found</h1><hr>nginx</body></html>", "Not & found nginx"),
        ("Not\r\n found\x00", "Not found"),
        ('{"errors": {"a": 1}}', ""),
        ('{"error": {"a": 1}}', ""),
        ('{"detail": [1, {"loc": 7}]}', ""),
        ('{"detail": [{"input": "s3cr', ""),
        ("[" * 50_000, ""),
        ("<" * 60_000, "<" * 4096),
        ("", ""),
    ],
    ids=[
        "error", "errors", "detail", "FastAPI", "HTML", "plain text", "other errors", "other error", "other detail",
        "half JSON", "too deep", "only brackets", "nothing",
    ],
)  # fmt: skip
def test_the_detail_of_an_error_is_one_line_for_people(body: str, expected: str) -> None:
    assert error_detail(body.encode()) == expected


@responses.activate
def test_a_detail_is_cut_at_200_letters() -> None:
    responses.get(f"{MOCKED}/", status=400, body="far too long " * 100)

    with pytest.raises(RemoteRejected) as caught:
        get(MOCKED, "/")
    assert len(caught.value.detail) == 200


def test_an_error_page_without_end_is_not_read_to_its_end() -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 404 Not Found\r\n\r\n")
        while True:
            connection.sendall(b"<p>" * 10_000)

    started = time.monotonic()
    with raw_server(serve) as raw, pytest.raises(RemoteNotFound):
        get(raw.url, seconds=30)
    assert time.monotonic() - started < 10


def failing_calls() -> dict[str, Callable[[FlussonicStandIn], object]]:
    credentials = f"http://sync:{KEY}@127.0.0.1:1"
    return {
        "refused": lambda server: get(credentials),
        "no such host": lambda server: get(f"http://sync:{KEY}@host.invalid"),
        "not TLS": lambda server: get(server.url.replace("http", "https")),
        "slow": lambda server: get(server.url, f"/slow?token={KEY}", timeout=0.1, seconds=0.2),
        "bad host": lambda server: get(f"http://sync:{KEY}@a..b"),
        "rejected": lambda server: get(server.url, "/nowhere"),
        "echo": lambda server: get(MOCKED, "/echo"),
        "echo of a secret": lambda server: get(MOCKED, "/echo", headers={}, secrets=[KEY]),
    }


@pytest.mark.parametrize("case", failing_calls())
def test_no_secret_is_in_the_text_or_the_traceback_of_an_error(server: FlussonicStandIn, case: str) -> None:
    server.faults.delay = 0.3 if case == "slow" else 0
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add_passthru("http://")
        mock.add_passthru("https://")
        mock.get(f"{MOCKED}/echo", status=400, json={"error": f"got Authorization: Bearer {KEY} from you"})
        with pytest.raises(RemoteError) as caught:
            failing_calls()[case](server)

    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert json.dumps(str(caught.value)).startswith('"Flussonic (')
