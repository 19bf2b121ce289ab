"""The guide as players get it: only what they are entitled to, valid, compressed, conditional."""

import gzip
import io
import shutil
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import etree
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, GuidePiece, GuideSource
from channels.tests.factories import make_channel, make_channels
from channels.tests.feeds import day_of, feed, imported, make_guide_source, programme
from playlists.account import account_by_token
from playlists.links import guide_url
from playlists.versions import versions
from playlists.xtream import xmltv
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
DTD = Path("/usr/share/xmltv/xmltv.dtd")


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]


def file_of(client: Client, subscriber: Subscriber, **headers: str) -> Any:
    return client.get(f"/epg/{subscriber.token}.xml.gz", headers=headers)


def guide_of(client: Client, subscriber: Subscriber) -> Any:
    return etree.fromstring(gzip.decompress(body(file_of(client, subscriber))))


def ids(tree: Any) -> list[str]:
    return [channel.get("id") for channel in tree.findall("channel")]


def test_only_entitled_channels_are_in_it_however_they_are_held(client: Client) -> None:
    channels = [make_channel(tvg_id=name) for name in ("a", "b", "c", "d", "e")]
    Channel.objects.filter(tvg_id="e").update(is_active=False)
    imported(make_guide_source(), day_of("a", "b", "c", "d", "e"))
    subscriber = make_subscriber(
        channels=[channels[0], channels[4]],
        packages=[make_package(channels=[channels[1]])],
        tariffs=[make_tariff(packages=[make_package(channels=[channels[2]])])],
    )

    tree = guide_of(client, subscriber)

    assert ids(tree) == ["a", "b", "c"]
    assert {row.get("channel") for row in tree.findall("programme")} == {"a", "b", "c"}
    assert len(tree.findall("programme")) == 72


def test_without_entitlements_or_programmes_it_is_empty_and_valid(client: Client) -> None:
    assert len(guide_of(client, make_subscriber(channels=[make_channel(tvg_id="a")]))) == 0
    assert len(guide_of(client, make_subscriber())) == 0


def test_kodi_needs_the_declaration_as_the_first_bytes_and_all_channels_before_all_programmes(client: Client) -> None:
    subscriber = make_subscriber(channels=[make_channel(tvg_id="a"), make_channel(tvg_id="b")])
    imported(make_guide_source(), day_of("a", "b"))

    content = gzip.decompress(body(file_of(client, subscriber)))

    assert content.startswith(b"<?xml")
    tags = [element.tag for element in etree.fromstring(content)]
    assert tags == ["channel"] * 2 + ["programme"] * 48
    assert all(row.get("stop") for row in etree.fromstring(content).findall("programme"))


def test_channels_that_share_an_id_are_one_channel_with_all_their_names(client: Client) -> None:
    channels = [make_channel(tvg_id="a", display_name=name) for name in ("First", "First HD")]
    imported(make_guide_source(), day_of("a"))

    tree = guide_of(client, make_subscriber(channels=channels))

    assert [name.text for name in tree.findall("channel/display-name")] == ["First", "First HD"]
    assert len(tree.findall("programme")) == 24


def test_the_id_is_letter_by_letter_the_one_in_playlists(client: Client) -> None:
    channels = [make_channel(tvg_id=name) for name in ("One.RU", "one.ru", "a,b")]
    imported(make_guide_source(), day_of("one.ru", "a,b"))
    subscriber = make_subscriber(channels=channels)

    tree = guide_of(client, subscriber)

    playlist = body(client.get(f"/playlist/{subscriber.token}.m3u8")).decode()
    assert ids(tree) == ["One.RU", "one.ru", "a b"]
    assert all(f'tvg-id="{key}"' in playlist for key in ids(tree))
    assert {row.get("channel") for row in tree.findall("programme")} == set(ids(tree))


def test_logos_are_addresses_of_this_service(client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://tv.example.net"
    channel = make_channel(tvg_id="a", tvg_logo="data:image/png;base64,AAAA")
    imported(make_guide_source(), day_of("a"))
    subscriber = make_subscriber(channels=[channel])

    icon = guide_of(client, subscriber).find("channel/icon").get("src")

    assert icon.startswith(f"https://tv.example.net/logos/{channel.pk}.png?v=")
    settings.PLAYLIST_LOGOS = "none"
    assert guide_of(client, subscriber).find("channel/icon") is None


def test_orphans_are_left_out_where_playlists_leave_them_out(client: Client, settings: Settings) -> None:
    subscriber = make_subscriber(channels=[make_channel(tvg_id="a", sync_status="orphaned")])
    imported(make_guide_source(), day_of("a"))
    assert ids(guide_of(client, subscriber)) == ["a"]

    settings.PLAYLIST_HIDE_ORPHANS = True
    assert ids(guide_of(client, subscriber)) == []


def test_the_first_source_by_priority_counts_and_an_inactive_one_does_not(client: Client) -> None:
    subscriber = make_subscriber(channels=[make_channel(tvg_id="a")])
    imported(make_guide_source(sort_order=2), feed(programme("a", 1, 2, "low")))
    high = make_guide_source(sort_order=1)
    imported(high, feed(programme("a", 1, 2, "high")))

    assert guide_of(client, subscriber).find("programme/title").text == "high"
    GuideSource.objects.filter(pk=high.pk).update(is_active=False)
    assert guide_of(client, subscriber).find("programme/title").text == "low"


def test_the_file_is_one_member_of_gzip_without_an_encoding_on_the_way(client: Client) -> None:
    subscriber = make_subscriber(channels=[make_channel(tvg_id="a")])
    imported(make_guide_source(), day_of("a"))

    response = file_of(client, subscriber, accept_encoding="gzip")
    content = body(response)

    assert response["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in response
    assert int(response["Content-Length"]) == len(content)
    unpacker = zlib.decompressobj(31)
    unpacker.decompress(content)
    assert unpacker.eof
    assert unpacker.unused_data == b""


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("deflate, gzip;q=0.5", "gzip"),
        ("*", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0, *", None),
        ("", None),
        ("br", None),
    ],
)
def test_xml_is_compressed_for_who_takes_it(client: Client, accepted: str, encoding: str | None) -> None:
    subscriber = make_subscriber(channels=[make_channel(tvg_id="a")])
    imported(make_guide_source(), day_of("a"))

    response: Any = client.get(f"/epg/{subscriber.token}.xml", headers={"accept-encoding": accepted})
    content = body(response)

    assert response["Content-Type"] == "application/xml"
    assert response.get("Content-Encoding") == encoding
    assert response["Vary"] == "Accept-Encoding"
    assert int(response["Content-Length"]) == len(content)
    plain = gzip.decompress(content) if encoding else content
    assert plain == gzip.decompress(body(file_of(client, subscriber)))


@pytest.mark.parametrize("ending", ["xml", "xml.gz"])
def test_who_has_it_already_is_told_so_without_reading_it(client: Client, ending: str) -> None:
    subscriber = make_subscriber(channels=[make_channel(tvg_id="a")])
    source = make_guide_source()
    imported(source, day_of("a"))
    url = f"/epg/{subscriber.token}.{ending}"
    first = client.get(url)
    versions.flush()

    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304
    modified = client.get(url)["Last-Modified"]
    assert client.get(url, headers={"if-modified-since": modified}).status_code == 304
    imported(source, day_of("a"))  # the same again
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304

    imported(source, day_of("a", title="Other"))
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 200
    assert client.get(url, headers={"if-modified-since": modified}).status_code == 200


def test_a_guide_tells_no_time_before_it_is_on_record_and_to_a_head_request_too_from_then_on(client: Client) -> None:
    subscriber = make_subscriber(channels=[make_channel(tvg_id="a")])
    imported(make_guide_source(), day_of("a"))
    url = f"/epg/{subscriber.token}.xml.gz"

    assert "Last-Modified" not in client.head(url)
    versions.flush()
    assert client.head(url)["Last-Modified"] == client.get(url)["Last-Modified"]


@pytest.mark.parametrize("ending", ["xml", "xml.gz"])
def test_a_head_request_is_told_the_length_and_gets_no_body(client: Client, ending: str) -> None:
    subscriber = make_subscriber(channels=[make_channel(tvg_id="a")])
    imported(make_guide_source(), day_of("a"))
    url = f"/epg/{subscriber.token}.{ending}"

    response = client.head(url)

    assert int(response["Content-Length"]) == len(body(client.get(url)))
    assert response.content == b""


@pytest.mark.parametrize("state", ["disabled", "lapsed", "unknown", "no token"])
def test_who_may_not_watch_gets_the_same_answer_as_who_is_not_known(client: Client, state: str) -> None:
    states: dict[str, dict[str, Any]] = {
        "disabled": {"status": "disabled"},
        "lapsed": {"valid_until": timezone.now()},
    }
    fields = states.get(state, {})
    subscriber = make_subscriber(**fields)
    token = {"unknown": "x" * 22, "no token": "%00%00%00%00%00%00%00%00"}.get(state, subscriber.token)

    for ending in ("xml", "xml.gz"):
        response = client.get(f"/epg/{token}.{ending}")
        assert (response.status_code, response.content) == (404, b"There is no such guide.\n")
        assert not response.cookies


@pytest.mark.parametrize("ending", ["xml", "xml.gz"])
def test_a_player_may_ask_by_post_without_what_forms_of_staff_have(client: Client, ending: str) -> None:
    address = f"/epg/{make_subscriber().token}.{ending}"
    answer = Client(enforce_csrf_checks=True).post(address)

    assert answer.status_code == 200
    assert b"".join(answer) == b"".join(client.get(address))


def test_it_takes_as_many_queries_for_2_channels_as_for_20(client: Client) -> None:
    imported(make_guide_source(), day_of("x"))
    counts = []
    for amount in (2, 20):
        channels = make_channels(amount)
        for channel in channels:
            Channel.objects.filter(pk=channel.pk).update(tvg_id=f"c{channel.pk}")
        imported(make_guide_source(), day_of(*(f"c{channel.pk}" for channel in channels)))
        subscriber = make_subscriber(channels=channels)
        with CaptureQueriesContext(connection) as queries:
            assert len(ids(guide_of(client, subscriber))) == amount
        counts.append(len(queries))

    assert counts == [4, 4]  # the account's among them


@pytest.mark.parametrize("at_once", [xmltv.BYTES_AT_ONCE, 1], ids=["small", "too large to read at once"])
def test_a_refresh_between_two_reads_does_not_mix_guides(
    monkeypatch: pytest.MonkeyPatch, client: Client, at_once: int
) -> None:
    monkeypatch.setattr(xmltv, "BYTES_AT_ONCE", at_once)
    subscriber = make_subscriber(channels=[make_channel(tvg_id="a"), make_channel(tvg_id="b")])
    imported(make_guide_source(), day_of("a", title="same"))
    source = make_guide_source()
    imported(source, day_of("b", title="old"))
    read = xmltv._batches
    refreshed: list[int] = []

    def after_a_refresh(pieces: Any) -> Any:
        if not refreshed:
            refreshed.append(imported(source, day_of("b", title="new")).programmes_kept)
        return read(pieces)

    monkeypatch.setattr(xmltv, "_batches", after_a_refresh)

    assert {title.text for title in guide_of(client, subscriber).findall("programme/title")} == {"same", "new"}


def test_the_address_that_playlists_tell_is_the_one_that_answers(client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://tv.example.net"
    subscriber = make_subscriber()

    address = guide_url(subscriber.token)

    assert address == f"https://tv.example.net/epg/{subscriber.token}.xml.gz"
    assert client.get(address.removeprefix("https://tv.example.net")).status_code == 200


@pytest.mark.skipif(
    not (DTD.exists() and shutil.which("tv_validate_file") and shutil.which("xmllint")),
    reason="the XMLTV DTD is missing: apt-get install xmltv-util libxml2-utils",
)
def test_it_is_valid_by_the_dtd_of_xmltv(client: Client, tmp_path: Path) -> None:
    channels = [
        make_channel(tvg_id="a.example", display_name="A & <B>", tvg_logo="https://logos.example.com/a.png?x=1&y=2"),
        make_channel(tvg_id="b.example", display_name="Ё"),
    ]
    rich = (
        '<title lang="ru">Т &amp; Т</title><sub-title>S</sub-title><desc>D &lt;</desc><date>2020</date>'
        '<category>Film</category><icon src="http://x.example/1.png?a=1&amp;b=2"/>'
        '<episode-num system="onscreen">S1E2</episode-num>'
    )
    content = feed(
        programme("a.example", 1, 2, rich),
        programme("a.example", 2, None, "<desc>Only this</desc>"),
        programme("b.example", 1, 2),
    )
    imported(make_guide_source(), content)
    path = tmp_path / "guide.xml"
    path.write_bytes(gzip.decompress(body(file_of(client, make_subscriber(channels=channels)))))

    for command in (
        ["xmllint", "--noout", "--dtdvalid", str(DTD), str(path)],
        ["tv_validate_file", f"--dtd-file={DTD}", str(path)],
    ):
        checked = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    assert path.read_bytes().count(b"<programme ") == 3


def test_pieces_are_read_by_account_alone(client: Client) -> None:
    """Another subscriber of the same channels gets the same bytes, whatever the token."""
    channel = make_channel(tvg_id="a")
    imported(make_guide_source(), day_of("a"))
    first, second = make_subscriber(channels=[channel]), make_subscriber(channels=[channel])

    assert body(file_of(client, first)) == body(file_of(client, second))
    assert GuidePiece.objects.count() == 1
    assert account_by_token(first.token, now=timezone.now()) is not None
    assert io.BytesIO(body(file_of(client, first))).read(2) == b"\x1f\x8b"
