"""Downloads from addresses that people typed in: where they lead, how large and how long they may be."""

import gzip
import io
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django.fixtures import Settings
from requests_hardened.ip_filter import get_ip_address

from demo.http_server import Reply
from integrations.addresses import VettedConnection
from integrations.deadlines import Deadline
from integrations.downloads import Downloaded, Validators, download
from integrations.remote_errors import (
    NotConfigured,
    RemoteError,
    RemoteNotFound,
    RemoteRejected,
    RemoteTooLarge,
    RemoteUnavailable,
)
from integrations.tests.guide.feed_server import FeedHost
from integrations.tests.http.remote import raw_server

SECRET = "s3cret"


def fetch(
    url: str,
    file: io.BytesIO | None = None,
    *,
    known: Validators | None = None,
    most: int = 1_000_000,
    seconds: float = 10,
) -> Downloaded | None:
    return download(
        url,
        file or io.BytesIO(),
        known=known or Validators(),
        most_bytes=most,
        timeout=5,
        deadline=Deadline.after(seconds),
    )


def test_a_file_comes_with_what_tells_its_version(host: FeedHost) -> None:
    host.feed = b"content"
    file = io.BytesIO()

    got = fetch(f"{host.url}/guide.xml.gz?key=1", file)

    assert got is not None
    assert (file.getvalue(), got.size) == (b"content", 7)
    assert fetch(f"{host.url}/guide.xml.gz", known=got.validators) is None


def test_the_time_at_which_a_file_was_compressed_is_no_change(host: FeedHost) -> None:
    hashes = []
    for moment in (1, 2):
        host.feed = gzip.compress(b"content", mtime=moment)
        got = fetch(host.url)
        hashes.append(got and got.content_hash)

    assert hashes[0] == hashes[1]


def test_a_name_and_password_in_the_address_are_sent(host: FeedHost) -> None:
    fetch(host.url.replace("http://", f"http://anna:{SECRET}@"))

    assert host.requests[0].headers["Authorization"].startswith("Basic ")


def test_redirects_are_followed_but_not_for_ever(host: FeedHost) -> None:
    host.feed = b"content"
    host.replies = {
        "/old": Reply(status=302, headers={"Location": "/new"}),
        "/loop": Reply(status=301, headers={"Location": "/loop"}),
    }

    assert fetch(f"{host.url}/old") is not None
    with pytest.raises(RemoteError, match="again and again"):
        fetch(f"{host.url}/loop")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[::ffff:127.0.0.1]", "0"],
)
def test_no_address_of_a_private_network_is_called(address: str, settings: Settings) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False

    with pytest.raises(NotConfigured, match="private network"):
        fetch(f"http://{address}:9/guide.xml")


def test_a_redirect_into_a_private_network_is_not_followed(
    host: FeedHost, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first host counts as public here; the one that it redirects to is looked at as any."""
    host.replies = {"/": Reply(status=302, headers={"Location": host.url.replace("127.0.0.1", "localhost")})}
    settings.ALLOW_PRIVATE_ADDRESSES = False

    def public(name: str, port: int, allow_loopback: bool) -> Any:
        return get_ip_address(name, port, name == "127.0.0.1")

    monkeypatch.setattr("integrations.addresses.get_ip_address", public)

    with pytest.raises(NotConfigured, match="localhost"):
        fetch(f"{host.url}/")
    assert len(host.requests) == 1


def test_the_host_is_still_told_its_name(host: FeedHost, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False
    looked_up: list[str] = []

    def public(name: str, port: int, allow_loopback: bool) -> Any:
        looked_up.append(name)
        return get_ip_address(name, port, True)

    monkeypatch.setattr("integrations.addresses.get_ip_address", public)

    fetch(host.url.replace("127.0.0.1", "localhost"))

    assert looked_up == ["localhost"]
    assert host.requests[0].headers["Host"].startswith("localhost:")
    # Certificates are compared with this once the connection is there.
    connection = VettedConnection("localhost", urlsplit(host.url).port, timeout=5)
    connection.connect()
    connection.close()
    assert connection.host == "localhost"


@pytest.mark.parametrize("url", ["ftp://example.com/x", "file:///etc/passwd", "nonsense", "http://", "http://[::1", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(NotConfigured):
        fetch(url)


def test_an_endless_answer_ends_at_the_size_allowed(host: FeedHost) -> None:
    host.replies = {"/": Reply(endless=b"x" * 10_000)}

    with pytest.raises(RemoteTooLarge):
        fetch(f"{host.url}/", most=100_000)


def test_what_is_compressed_on_the_way_counts_by_its_size_after(host: FeedHost) -> None:
    packed = gzip.compress(bytes(5_000_000))
    host.replies = {"/": Reply(body=packed, headers={"Content-Encoding": "gzip"})}

    with pytest.raises(RemoteTooLarge):
        fetch(f"{host.url}/")


def test_an_answer_that_trickles_ends_at_the_deadline(host: FeedHost) -> None:
    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    with raw_server(trickle) as raw:
        began = time.monotonic()
        with pytest.raises(RemoteUnavailable):
            fetch(raw.url, seconds=0.5)

    assert time.monotonic() - began < 2


def test_errors_hold_no_address(host: FeedHost) -> None:
    host.replies = {f"/{SECRET}": Reply(status=404, body=SECRET.encode())}

    with pytest.raises(RemoteNotFound) as refused:
        fetch(f"{host.url.replace('http://', f'http://anna:{SECRET}@')}/{SECRET}?key={SECRET}")

    assert SECRET not in str(refused.value)
    assert "404" in str(refused.value)


def test_a_redirect_to_what_is_no_address_is_a_refusal(host: FeedHost) -> None:
    host.replies["/go"] = Reply(302, headers={"Location": "http://[bad/"})

    with pytest.raises(RemoteRejected, match="redirects to what is no address"):
        fetch(f"{host.url}/go")


def named(host: FeedHost, path: str, disposition: str) -> str:
    """Return the name of a file that is fetched from there."""
    headers = {"Content-Disposition": disposition} if disposition else {}
    host.replies[path.partition("?")[0]] = Reply(body=b"content", content_type="text/plain", headers=headers)
    got = fetch(f"{host.url}{path}")
    assert got is not None
    return got.file_name


def test_the_end_of_an_address_is_no_name_as_it_may_be_a_key(host: FeedHost) -> None:
    assert named(host, f"/playlist/{SECRET}.m3u8", "") == ""


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="partner.xml.gz"', "partner.xml.gz"),
        ("attachment; filename*=UTF-8''partner%20two.xml", "partner two.xml"),
        ('attachment; filename="../../etc/partner.xml"', "partner.xml"),
        ('attachment; filename="C:\\partner.xml"', "partner.xml"),
        ("attachment; filename*=UTF-8''partner%00%0A.xml", ""),
        ("attachment; filename*=klingon''partner.xml", ""),
        ("inline", ""),
        (f'attachment; filename="tv_channels_{SECRET}_plus.m3u"', ""),
    ],
)
def test_a_file_is_called_what_the_server_calls_it_unless_that_tells_the_login(
    host: FeedHost, disposition: str, name: str
) -> None:
    assert named(host, f"/get.php?username={SECRET}", disposition) == name


def test_nor_does_a_name_tell_the_login_of_an_address_that_redirects(host: FeedHost) -> None:
    disposition = {"Content-Disposition": f'attachment; filename="{SECRET}.m3u"'}
    host.replies["/get.php"] = Reply(302, headers={"Location": "/kept"})
    host.replies["/kept"] = Reply(body=b"content", content_type="text/plain", headers=disposition)

    got = fetch(f"{host.url}/get.php?username={SECRET}")

    assert got is not None
    assert got.file_name == ""
