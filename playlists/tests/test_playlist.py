"""Playlists over HTTP, as players fetch them."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package, make_tariff
from channels.models import GuideSource
from channels.tests.factories import make_channel, make_channels
from playlists.apps import check_logos
from subscribers.buffer import flush_all
from subscribers.models import PlaylistVersion, Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 3, 12, 0, 0, 500_000, tzinfo=UTC)


def get(subscriber: Subscriber, **headers: str) -> Any:
    return Client(headers=headers).get(f"/playlist/{subscriber.token}.m3u8")


def body(response: Any) -> str:
    return b"".join(response).decode()


def test_a_player_gets_the_channels_with_its_token() -> None:
    channel = make_channel(stream_name="OTR", display_name="ОТР", tvg_name="ОТР", tvg_id="otr")

    assert body(get(make_subscriber(channels=[channel], token="QeHUZDtsuc56bX69kLWk9Q"))) == (
        "#EXTM3U\n"
        '#EXTINF:-1 tvg-name="ОТР" tvg-id="otr",ОТР\n'
        "http://stream.example.com:8085/OTR/video.m3u8?token=QeHUZDtsuc56bX69kLWk9Q\n"
    )


@pytest.mark.parametrize(("active", "header"), [(True, True), (False, False)])
def test_a_playlist_names_its_guide_while_there_is_one(settings: Settings, active: bool, header: bool) -> None:
    settings.PUBLIC_URL = "https://tv.example.com"
    subscriber = make_subscriber()
    assert body(get(subscriber)) == "#EXTM3U\n"
    GuideSource.objects.create(name="Guide", is_active=active)
    address = f"https://tv.example.com/epg/{subscriber.token}.xml.gz"

    assert (body(get(subscriber)) == f'#EXTM3U x-tvg-url="{address}" url-tvg="{address}"\n') is header


def test_the_headers_are_those_that_players_need() -> None:
    with time_machine.travel(NOW, tick=False):
        subscriber = make_subscriber(last_name="Ivanova", first_name="Anna", agreement_number="A-1")
        get(subscriber)
        flush_all()
        response = get(subscriber)
    (version,) = PlaylistVersion.objects.all()

    assert {name: response[name] for name in response.headers if name != "Content-Security-Policy"} == {
        "Content-Type": "audio/x-mpegurl",
        "Content-Length": "8",
        "Content-Disposition": "attachment; filename=\"Ivanova_Anna_A-1.m3u8\"; filename*=UTF-8''Ivanova_Anna_A-1.m3u8",
        "Cache-Control": "private, no-cache",
        "ETag": f'"{version.etag}"',
        "Last-Modified": "Tue, 03 Mar 2026 12:00:00 GMT",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def test_the_length_is_that_of_the_body() -> None:
    response = get(make_subscriber(channels=make_channels(3, display_name="Канал")))

    assert int(response["Content-Length"]) == len(body(response).encode())


def test_a_subscriber_without_channels_gets_a_valid_empty_playlist() -> None:
    assert body(get(make_subscriber())) == "#EXTM3U\n"


def test_a_head_request_is_answered_like_a_get_without_the_body() -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    Client().head(f"/playlist/{subscriber.token}.m3u8")
    flush_all()
    head = Client().head(f"/playlist/{subscriber.token}.m3u8")

    assert "Last-Modified" in head
    assert head.headers == get(subscriber).headers
    assert (head.content, head.streaming) == (b"", False)


def test_a_player_that_asks_by_post_is_always_sent_it() -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    get(subscriber)
    flush_all()
    first = get(subscriber)
    known = {"if-none-match": first["ETag"], "if-modified-since": first["Last-Modified"]}
    client = Client(enforce_csrf_checks=True, headers=known)
    answer = client.post(f"/playlist/{subscriber.token}.m3u8")

    assert client.get(f"/playlist/{subscriber.token}.m3u8").status_code == 304
    assert (answer.status_code, body(answer)) == (200, body(first))
    assert not answer.cookies


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_not_allowed(method: str) -> None:
    client = Client(enforce_csrf_checks=True)

    assert getattr(client, method)(f"/playlist/{make_subscriber().token}.m3u8").status_code == 405


def test_players_get_no_cookie_and_no_session() -> None:
    response = get(make_subscriber())

    assert not response.cookies
    assert response["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"status": Subscriber.Status.DISABLED}, id="disabled"),
        pytest.param({"valid_until": NOW}, id="lapsed"),
        pytest.param({"valid_from": NOW + timedelta(seconds=1)}, id="not yet valid"),
    ],
)
def test_who_may_not_watch_is_answered_like_somebody_unknown(fields: dict[str, Any]) -> None:
    with time_machine.travel(NOW, tick=False):
        known = get(make_subscriber(channels=[make_channel()], **fields))
        unknown = Client().get("/playlist/unknown-token.m3u8")

    assert known.status_code == unknown.status_code == 404
    assert known["Content-Type"] == "text/plain; charset=utf-8"
    assert (known.headers, known.content) == (unknown.headers, unknown.content)


@pytest.mark.parametrize("token", ["a", "%00" * 8, "a" * 256, "%D1%8F" * 9, "%27%20OR%201=1", "12345678%0A"])
def test_what_can_be_no_token_is_unknown_too(token: str) -> None:
    assert Client().get(f"/playlist/{token}.m3u8").content == b"There is no such playlist.\n"


def test_who_is_enabled_and_within_the_dates_may_watch() -> None:
    with time_machine.travel(NOW, tick=False):
        assert get(make_subscriber(valid_from=NOW, valid_until=NOW + timedelta(seconds=1))).status_code == 200


@pytest.mark.parametrize("weak", ["", "W/"], ids=["strong", "weak, as a proxy that compresses makes it"])
def test_a_player_that_names_the_version_it_has_is_not_sent_it_again(weak: str) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    get(subscriber)
    flush_all()
    first = get(subscriber)

    response = get(subscriber, if_none_match=weak + first["ETag"])

    assert (response.status_code, response.content) == (304, b"")
    assert {name: response[name] for name in ("ETag", "Last-Modified", "Cache-Control")} == {
        name: first[name] for name in ("ETag", "Last-Modified", "Cache-Control")
    }


def test_a_player_that_names_the_time_of_its_version_is_not_sent_it_again() -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    get(subscriber)
    flush_all()

    assert get(subscriber, if_modified_since=get(subscriber)["Last-Modified"]).status_code == 304


def test_a_changed_playlist_is_sent_again_even_within_the_same_second() -> None:
    channel = make_channel()
    subscriber = make_subscriber(channels=[channel])
    with time_machine.travel(NOW, tick=False):
        get(subscriber)
        flush_all()
        first = get(subscriber)
        channel.display_name = "Another name"
        channel.save()

        assert get(subscriber, if_none_match=first["ETag"]).status_code == 200
        assert get(subscriber, if_modified_since=first["Last-Modified"]).status_code == 200
        flush_all()
        assert get(subscriber, if_modified_since=first["Last-Modified"]).status_code == 200


def test_no_time_is_told_before_it_is_on_record_as_a_later_version_might_have_the_same() -> None:
    channel = make_channel()
    subscriber = make_subscriber(channels=[channel])
    with time_machine.travel(NOW, tick=False) as clock:
        get(subscriber)
        clock.shift(timedelta(seconds=3))
        old = get(subscriber)
        flush_all()  # from the first of the two requests on
        channel.display_name = "Another name"
        channel.save()
        get(subscriber)
        flush_all()
        known = {"if_modified_since": old["Last-Modified"]} if "Last-Modified" in old else {}

        assert get(subscriber, **known).status_code == 200
        assert "Last-Modified" not in old


def test_the_time_of_change_stays_while_nothing_changes() -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    with time_machine.travel(NOW, tick=False) as clock:
        get(subscriber)
        flush_all()
        first = get(subscriber)
        clock.shift(timedelta(days=1))

        assert get(subscriber)["Last-Modified"] == first["Last-Modified"]


def queries_of(subscriber: Subscriber) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert get(subscriber).status_code == 200
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("amount", [2, 20])
def test_a_playlist_of_any_size_takes_three_queries_and_one_while_nothing_changes(amount: int) -> None:
    package = make_package(channels=make_channels(amount))
    subscriber = make_subscriber(tariffs=[make_tariff(packages=[package])], channels=make_channels(amount))

    assert len([query for query in queries_of(subscriber) if query.startswith(("SELECT", "DECLARE", "\n"))]) == 3
    assert len(queries_of(subscriber)) == 1


def test_a_request_writes_nothing_itself() -> None:
    assert not [query for query in queries_of(make_subscriber()) if "INSERT" in query or "UPDATE" in query]


@pytest.mark.parametrize("accepted", ["gzip", "GZIP;q=0.5, identity", "deflate, x-gzip", "*", "br;q=1.0, *;q=0.1"])
def test_a_player_that_takes_gzip_gets_the_same_compressed(accepted: str) -> None:
    subscriber = make_subscriber(channels=make_channels(20))
    plain = get(subscriber)

    response = get(subscriber, accept_encoding=accepted)

    assert (response["Content-Encoding"], response["ETag"]) == ("gzip", f"W/{plain['ETag']}")
    assert int(response["Content-Length"]) == len(response.content) < int(plain["Content-Length"])
    assert gzip.decompress(response.content).decode() == body(plain)


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "*;q=0", "gzip;q=no", "br"])
def test_a_player_that_takes_no_gzip_gets_none(accepted: str) -> None:
    response = get(make_subscriber(), accept_encoding=accepted)

    assert "Content-Encoding" not in response
    assert body(response) == "#EXTM3U\n"


def test_a_compressed_playlist_is_not_sent_again_either() -> None:
    subscriber = make_subscriber()
    first = get(subscriber, accept_encoding="gzip")

    assert get(subscriber, accept_encoding="gzip", if_none_match=first["ETag"]).status_code == 304


@pytest.mark.parametrize(
    ("names", "ascii_name", "full_name"),
    [
        pytest.param(("Müller", "Zoé", "1"), "Muller_Zoe_1", "M%C3%BCller_Zo%C3%A9_1", id="accents"),
        pytest.param(
            ("Иванова", "Анна", "А-17"),
            "-17",
            "%D0%98%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2%D0%B0_%D0%90%D0%BD%D0%BD%D0%B0_%D0%90-17",
            id="Cyrillic",
        ),
        pytest.param(("林", "明", "№"), "No", "%E6%9E%97_%E6%98%8E_%E2%84%96", id="hardly anything in ASCII"),
        pytest.param(("林", "明", "合"), "playlist", "%E6%9E%97_%E6%98%8E_%E5%90%88", id="nothing in ASCII"),
        pytest.param(('a"; x="b', "c\\d", "e%f"), "a_ x_b_c_d_e_f", "a_%3B%20x%3D_b_c_d_e_f", id="quotes"),
        pytest.param(("a\r\nSet-Cookie: b=c", "d", "e"), "a_Set-Cookie_ b_c_d_e", None, id="header injection"),
        pytest.param(("../..", "/etc", "passwd"), "etc_passwd", ".._..__etc_passwd", id="path"),
        pytest.param(("O'Neil", "a\u2044b", "c\uff0fd"), "O_Neil_ab_c_d", None, id="letters that become slashes"),
    ],
)
def test_the_file_is_called_like_the_subscriber(
    names: tuple[str, str, str], ascii_name: str, full_name: str | None
) -> None:
    header = get(make_subscriber(last_name=names[0], first_name=names[1], agreement_number=names[2]))[
        "Content-Disposition"
    ]
    plain, _, full = header.removeprefix('attachment; filename="').partition("\"; filename*=UTF-8''")

    assert plain == f"{ascii_name}.m3u8"
    assert full == f"{full_name}.m3u8" or full_name is None
    assert header.isascii()
    assert header.isprintable()


def test_an_unknown_form_of_logos_is_reported_at_the_start(settings: Settings) -> None:
    settings.PLAYLIST_LOGOS = "svg"

    assert [message.id for message in check_logos()] == ["playlists.E001"]
