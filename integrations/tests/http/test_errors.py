"""What went wrong is told in words for people, without a secret."""

import json
import socket
import time
import traceback
from collections.abc import Callable

import pytest
import responses

from demo.flussonic import FlussonicStandIn
from integrations.http import RemoteError, RemoteNotFound, RemoteRejected
from integrations.remote_errors import error_detail
from integrations.tests.http.remote import KEY, MOCKED, get, raw_server


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
