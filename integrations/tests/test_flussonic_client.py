import json
import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import ANY

import hypothesis
import pytest
import responses
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from demo.catalogue import DAY, HOUR, NOW, demo_streams, many_streams
from demo.flussonic import FlussonicStandIn
from demo.flussonic_pages import SECRET
from integrations import http
from integrations.flussonic.client import PATHS, FlussonicClient, Stream
from integrations.flussonic.listing import SELECT, SHORT_SELECT
from integrations.flussonic.shapes import fault_in_name, flattened, read_stream
from integrations.http import (
    NotConfigured,
    RemoteGarbage,
    RemoteNotFound,
    RemoteRejected,
    RemoteUnauthorized,
    RemoteUnavailable,
)

LOGIN = "sync:s3cret-word"


@pytest.fixture(autouse=True)
def short_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BACK_OFF", 0.01)


@pytest.fixture
def server(settings: Settings) -> Iterator[FlussonicStandIn]:
    with FlussonicStandIn(login=LOGIN) as standin:
        settings.FLUSSONIC_URL = standin.url
        settings.FLUSSONIC_API_KEY = LOGIN
        yield standin


def serve(server: FlussonicStandIn, *streams: dict[str, Any]) -> None:
    server.streams = {stream["name"]: stream for stream in streams}


def read() -> list[Stream]:
    with FlussonicClient.from_settings() as client:
        return client.streams()


def read_skipped() -> list[tuple[str, str]]:
    with FlussonicClient.from_settings() as client:
        client.streams()
        return client.skipped


def read_one(server: FlussonicStandIn, **fields: Any) -> Stream:
    serve(server, {"name": "news", **fields})
    (stream,) = read()
    return stream


@pytest.fixture
def mocked(settings: Settings) -> Iterator[responses.RequestsMock]:
    """A server of which only /streamer/api/v3/streams is asked."""
    settings.FLUSSONIC_URL = "http://flussonic.example"
    settings.FLUSSONIC_API = "v3"
    with responses.RequestsMock() as mock:
        yield mock


def answer(mocked: responses.RequestsMock, body: Any) -> None:
    mocked.get("http://flussonic.example/streamer/api/v3/streams", body=json.dumps(body))


# Pages.


def test_all_pages_are_read_in_order_of_name(server: FlussonicStandIn) -> None:
    serve(server, *reversed(many_streams(1200)))

    assert [stream.name for stream in read()] == [f"ch{number:05}" for number in range(1, 1201)]
    assert len(server.requests) == 3


def test_every_page_is_asked_for_with_the_same_selection_order_and_limit(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(1200))
    read()

    assert {(r.query["select"], r.query["sort"], r.query["limit"]) for r in server.requests} == {
        (SELECT, "name", "500")
    }


@pytest.mark.parametrize("faulty", [False, True], ids=["long select", "short select"])
def test_full_objects_with_their_secrets_are_never_asked_for(server: FlussonicStandIn, faulty: bool) -> None:
    serve(server, *many_streams(2))
    server.faults.fail_on_select = faulty

    assert SECRET not in repr(read())
    assert all(request.query.get("select") for request in server.requests)


def test_a_cursor_is_opaque_and_sent_back_url_encoded(mocked: responses.RequestsMock) -> None:
    answer(mocked, {"streams": [{"name": "a"}], "next": "x+y/z==&limit=1"})
    answer(mocked, {"streams": [{"name": "b"}]})
    read()

    assert str(mocked.calls[1].request.url).endswith("&limit=500&cursor=x%2By%2Fz%3D%3D%26limit%3D1")


def test_a_missing_second_page_fails_the_whole_run(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(1200))
    server.faults.drop_page = 2

    with pytest.raises(RemoteUnavailable, match="answered 500"):
        read()


def test_a_page_that_is_not_found_later_on_does_not_lead_to_another_list(mocked: responses.RequestsMock) -> None:
    answer(mocked, {"streams": [{"name": "news"}], "next": "more"})
    mocked.get("http://flussonic.example/streamer/api/v3/streams", status=404)

    with pytest.raises(RemoteNotFound, match="answered 404"):
        read()


def test_a_repeated_cursor_is_noticed(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(1200))
    server.faults.repeat_cursor = True

    with pytest.raises(RemoteGarbage, match="in a circle: after 1000 streams the same cursor came again"):
        read()
    assert len(server.requests) == 2


@pytest.mark.parametrize("second", [[], [{"name": "news"}]], ids=["empty", "known names only"])
def test_a_page_without_progress_is_noticed(mocked: responses.RequestsMock, second: list[Any]) -> None:
    answer(mocked, {"streams": [{"name": "news"}], "next": "a"})
    answer(mocked, {"streams": second, "next": "b"})

    with pytest.raises(RemoteGarbage, match="a page held nothing new"):
        read()


def test_a_page_of_transient_streams_is_progress(mocked: responses.RequestsMock) -> None:
    answer(mocked, {"streams": [{"name": "copy", "named_by": "remote"}], "next": "a"})
    answer(mocked, {"streams": [{"name": "news"}], "next": None})

    assert [stream.name for stream in read()] == ["news"]


def test_a_name_on_two_pages_is_kept_once(mocked: responses.RequestsMock) -> None:
    answer(mocked, {"streams": [{"name": "a"}, {"name": "b", "title": "First"}], "next": "2"})
    answer(mocked, {"streams": [{"name": "b", "title": "Second"}, {"name": "c"}]})

    assert [(stream.name, stream.title) for stream in read()] == [("a", "a"), ("b", "First"), ("c", "c")]


def test_a_connection_cut_in_the_middle_of_a_page_fails_the_run(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(700))
    server.faults.cut_on_page = 2

    with pytest.raises(RemoteUnavailable, match="cut the connection"):
        read()


def test_an_empty_list_is_an_answer(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(3))
    server.faults.empty = True

    assert read() == []


def test_half_a_list_that_looks_complete_is_an_answer(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(1200))
    server.faults.half = True

    assert len(read()) == 600


def test_progress_tells_how_many_of_how_many(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(1200))
    seen: list[tuple[int, int | None]] = []

    with FlussonicClient.from_settings() as client:
        client.streams(lambda entries, estimated: seen.append((entries, estimated)))
    assert seen == [(500, 1200), (1000, 1200), (1200, 1200)]


@pytest.mark.parametrize(
    "body",
    [{"error": "x"}, {"streams": None}, {"streams": {"a": {}}}, 7, "streams", None, {"streams": [], "next": 5},
     {"streams": [], "next": "\ud800"}],
    ids=["no streams", "null", "object", "number", "text", "nothing", "cursor is a number", "cursor is not UTF-8"],
)  # fmt: skip
def test_a_page_of_another_shape_is_garbage(mocked: responses.RequestsMock, body: Any) -> None:
    answer(mocked, body)

    with pytest.raises(RemoteGarbage, match="answered with a page with"):
        read()


# Selection, compression, retries, limits.


def test_a_server_that_fails_on_the_selection_gets_the_short_one_for_the_rest(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(1200))
    server.faults.fail_on_select = True

    assert len(read()) == 1200
    assert [request.query["select"] for request in server.requests] == [SELECT] * 3 + [SHORT_SELECT] * 3


def test_both_selections_give_the_same_streams(server: FlussonicStandIn) -> None:
    serve(server, *demo_streams())
    long = read()
    server.faults.fail_on_select = True

    assert read() == long


def test_a_server_that_fails_on_both_selections_is_unavailable(server: FlussonicStandIn) -> None:
    server.faults.fail_next, server.faults.fail_status = 99, 500

    with pytest.raises(RemoteUnavailable, match="answered 500"):
        read()


def test_other_server_errors_do_not_change_the_selection(server: FlussonicStandIn) -> None:
    server.faults.fail_next, server.faults.fail_status = 99, 502

    with pytest.raises(RemoteUnavailable, match="answered 502"):
        read()
    assert {request.query["select"] for request in server.requests} == {SELECT}


def test_a_single_500_is_tried_again_as_it_was(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(2))
    server.faults.fail_next, server.faults.fail_status = 1, 500

    assert len(read()) == 2
    assert [request.query["select"] for request in server.requests] == [SELECT, SELECT]


def test_compressed_pages_are_read(server: FlussonicStandIn) -> None:
    serve(server, *many_streams(700))
    server.faults.gzip = True

    assert len(read()) == 700
    assert "gzip" in server.requests[0].headers["Accept-Encoding"]


def test_the_total_deadline_counts_over_all_pages(server: FlussonicStandIn, settings: Settings) -> None:
    serve(server, *many_streams(5000))
    settings.FLUSSONIC_DEADLINE, server.faults.delay = 0.5, 0.2
    started = time.monotonic()

    with pytest.raises(RemoteUnavailable, match="time"):
        read()
    assert time.monotonic() - started < 2


def test_the_size_cap_counts_over_all_pages(server: FlussonicStandIn, settings: Settings) -> None:
    serve(server, *[{"name": f"{number:04}", "title": "x" * 1200} for number in range(1000)])
    settings.FLUSSONIC_MAX_MEGABYTES = 1

    with pytest.raises(RemoteGarbage, match="more than the size allowed"):
        read()
    assert len(server.requests) == 2


# Credentials and errors.


@pytest.mark.parametrize(
    ("key", "header"),
    [
        ("sync:слово", "Basic c3luYzrRgdC70L7QstC+"),
        ("c3luYzpwYXNz", "Bearer c3luYzpwYXNz"),
        (" named-token\n", "Bearer named-token"),
        ("", ANY),
    ],
    ids=["login and password", "the same base64", "named token", "none"],
)
def test_a_key_with_a_colon_is_a_login_and_any_other_a_token(
    server: FlussonicStandIn, settings: Settings, key: str, header: str
) -> None:
    settings.FLUSSONIC_API_KEY = key
    server.login = None
    read()

    assert server.requests[0].headers.get("Authorization") == (header if key else None)


@pytest.mark.parametrize("dialect", ["error", "errors"])
@pytest.mark.parametrize("key", ["sync:wrong-word", "wrong-token", ""])
def test_wrong_credentials_are_told_apart_in_either_dialect(
    server: FlussonicStandIn, settings: Settings, dialect: Any, key: str
) -> None:
    settings.FLUSSONIC_API_KEY = key
    server.faults.dialect = dialect

    with pytest.raises(RemoteUnauthorized, match=r"answered 40[13]: authorization_(failed|required)"):
        read()
    assert len(server.requests) == 1


def test_a_rejected_selection_is_not_tried_again(server: FlussonicStandIn) -> None:
    server.faults.fail_next, server.faults.fail_status = 1, 400

    with pytest.raises(RemoteRejected, match="answered 400"):
        read()
    assert len(server.requests) == 1


def test_a_server_that_refuses_is_told_about_in_a_sentence(server: FlussonicStandIn) -> None:
    with (
        server.refuse(),
        pytest.raises(RemoteUnavailable, match=r"^Flussonic \(.*\) cannot be reached: connection refused\.$"),
    ):
        read()


def test_an_html_error_page_is_understood(server: FlussonicStandIn) -> None:
    server.faults.html_error, server.faults.fail_next, server.faults.fail_status = True, 99, 502

    with pytest.raises(RemoteUnavailable, match="answered 502: 502 502 nginx"):
        read()


def test_a_web_page_instead_of_the_list_is_garbage(mocked: responses.RequestsMock) -> None:
    mocked.get("http://flussonic.example/streamer/api/v3/streams", body="<html>Welcome to nginx!</html>")

    with pytest.raises(RemoteGarbage, match="not JSON"):
        read()


@pytest.mark.parametrize("quoted", [LOGIN, "s3cret-word", "c3luYzpzM2NyZXQtd29yZA=="])
def test_no_error_holds_the_key_in_any_form(mocked: responses.RequestsMock, settings: Settings, quoted: str) -> None:
    settings.FLUSSONIC_API_KEY = LOGIN
    mocked.get("http://flussonic.example/streamer/api/v3/streams", status=403, json={"error": f"bad key {quoted}"})

    with pytest.raises(RemoteUnauthorized) as caught:
        read()
    assert str(caught.value) == "Flussonic (flussonic.example) answered 403: bad key ***."
    assert caught.value.detail == "bad key ***"


def test_without_an_address_there_is_nothing_to_ask(settings: Settings) -> None:
    settings.FLUSSONIC_URL = ""

    with pytest.raises(NotConfigured, match="FLUSSONIC_URL is not set"):
        FlussonicClient.from_settings()


def test_an_unknown_api_is_a_fault_of_the_settings(settings: Settings) -> None:
    settings.FLUSSONIC_URL, settings.FLUSSONIC_API = "http://flussonic.example", "v4"

    with pytest.raises(NotConfigured, match="FLUSSONIC_API must be one of auto, v3, api_v3, central, streams"):
        FlussonicClient.from_settings()


# Names and titles.


@pytest.mark.parametrize(
    "name",
    [
        "regional/north/news",
        "polka.dot.tv",
        "market bell",
        "белая-вежа",
        "café+crème",
        "a%2Fb",
        " spaced ",
        "🔴",
        "n" * 255,
    ],
)
def test_a_name_is_kept_exactly(server: FlussonicStandIn, name: str) -> None:
    serve(server, {"name": name})

    assert [stream.name for stream in read()] == [name]


@pytest.mark.parametrize(
    ("name", "shown", "reason"),
    [
        ("n" * 256, "n" * 255, "has a name of more than 255 letters"),
        ("a\nb", "a b", "has a control character in its name"),
        ("a\x00", "a", "has a control character in its name"),
        ("a\u2028b", "a b", "has a control character in its name"),
        ("a\ud800", "a", "has a control character in its name"),
        ("", "", "has no name"),
        (None, "", "has no name"),
        (7, "", "has no name"),
    ],
    ids=["256 letters", "line break", "NUL", "line separator", "half a surrogate pair", "empty", "null", "number"],
)
def test_a_name_that_cannot_be_taken_over_is_skipped_and_reported(
    mocked: responses.RequestsMock, name: Any, shown: str, reason: str
) -> None:
    answer(mocked, {"streams": [{"name": name}, {"name": "news"}]})

    assert read_skipped() == [(shown, reason)]


@pytest.mark.parametrize("entry", [None, 7, "news", [], {}, {"entry": "stream", "value": 7}])
def test_an_entry_that_is_no_stream_is_skipped_and_reported(mocked: responses.RequestsMock, entry: Any) -> None:
    answer(mocked, {"streams": [entry, {"name": "news"}]})

    assert read_skipped() == [("", "has no name")]


def test_what_was_skipped_is_that_of_the_last_run(server: FlussonicStandIn) -> None:
    serve(server, {"name": "n" * 256})
    with FlussonicClient.from_settings() as client:
        client.streams()
        assert len(client.skipped) == 1
        serve(server)
        client.streams()
    assert client.skipped == []


@pytest.mark.parametrize(
    ("title", "media", "expected"),
    [
        ("News 24", {"title": "from the stream"}, "News 24"),
        (None, {"title": "from the stream"}, "from the stream"),
        ("  ", {"title": "from the stream"}, "from the stream"),
        (None, {"title": "\x00"}, "news"),
        (None, None, "news"),
        (7, {"title": []}, "news"),
        (" Late\r\nNews\x00\ud800\u2028!\t", None, "Late  News   !"),
        ("т" * 254 + "  x", None, "т" * 254),
    ],
    ids=["title", "media title", "blank", "only NUL", "none", "not text", "control characters", "too long"],
)
def test_a_title_falls_back_to_that_of_the_media_and_then_to_the_name(
    mocked: responses.RequestsMock, title: Any, media: Any, expected: str
) -> None:
    answer(mocked, {"streams": [{"name": "news", "title": title, "stats": {"media_info": media}}]})

    assert [stream.title for stream in read()] == [expected]


def test_a_missing_title_falls_back_to_the_name(server: FlussonicStandIn) -> None:
    assert read_one(server).title == "news"


# What is listed.


@pytest.mark.parametrize(
    "fields",
    [
        {"disabled": True},
        {"static": False, "stats": {"status": "waiting", "alive": False}},
        {"stats": {"status": "error", "alive": False}},
        {"named_by": "config"},
        {"named_by": "external"},
        {"named_by": None},
        {"named_by": []},
    ],
    ids=["disabled", "waiting for a viewer", "in error", "config", "external", "named by null", "named by a list"],
)
def test_a_stream_is_listed_whatever_its_state(server: FlussonicStandIn, fields: dict[str, Any]) -> None:
    assert read_one(server, **fields).name == "news"


@pytest.mark.parametrize("named_by", ["user", "remote"])
def test_transient_streams_are_left_out_unless_wanted(
    server: FlussonicStandIn, settings: Settings, named_by: str
) -> None:
    serve(server, {"name": "news", "named_by": named_by})

    assert (read(), read_skipped()) == ([], [])
    settings.FLUSSONIC_INCLUDE_TRANSIENT = True
    assert [stream.name for stream in read()] == ["news"]


# The depth of the archive.

DEPTHS: dict[str, tuple[dict[str, Any], int | None]] = {
    "no dvr": ({}, None),
    "dvr is null": ({"dvr": None}, None),
    "no dvr, but recorded": ({"stats": {"dvr_info": {"depth": 2 * DAY}}}, 2),
    "dvr is null, but recorded": ({"dvr": None, "stats": {"dvr_info": {"depth": 2 * DAY}}}, 2),
    "dvr_enabled proves nothing": ({"stats": {"dvr_enabled": True}}, None),
    "expiration": ({"dvr": {"expiration": 7 * DAY}}, 7),
    "expiration before storage and recorded": (
        {"dvr": {"expiration": 3 * DAY, "reference": "week"}, "stats": {"dvr_info": {"depth": DAY}}},
        3,
    ),
    "expiration 0, storage": ({"dvr": {"expiration": 0, "reference": "week"}}, 7),
    "expiration null, storage": ({"dvr": {"expiration": None, "reference": "week"}}, 7),
    "no expiration, storage": ({"dvr": {"reference": "week"}}, 7),
    "storage before recorded": ({"dvr": {"reference": "week"}, "stats": {"dvr_info": {"depth": DAY}}}, 7),
    "storage without limit, recorded": (
        {"dvr": {"reference": "endless"}, "stats": {"dvr_info": {"depth": 45 * DAY}}},
        45,
    ),
    "storage unknown, recorded": ({"dvr": {"reference": "gone"}, "stats": {"dvr_info": {"depth": 4 * DAY}}}, 4),
    "storage unknown, not recorded": ({"dvr": {"reference": "gone"}}, None),
    "storage with awkward name": ({"dvr": {"reference": "s3/Архив"}}, 9),
    "reference is no text": ({"dvr": {"reference": 7}, "stats": {"dvr_info": {"depth": DAY}}}, 1),
    "no limit, recorded": ({"dvr": {"expiration": 0}, "stats": {"dvr_info": {"depth": 5 * DAY}}}, 5),
    "no limit, recorded since": ({"dvr": {"expiration": 0}, "stats": {"dvr_info": {"from": NOW - 6 * DAY - 60}}}, 6),
    "depth before since": ({"dvr": {}, "stats": {"dvr_info": {"from": NOW - 6 * DAY, "depth": 2 * DAY}}}, 2),
    "since the future": ({"dvr": {}, "stats": {"dvr_info": {"from": NOW + DAY}}}, None),
    "days are rounded down": ({"dvr": {"expiration": 2 * DAY - 1}}, 1),
    "an hour is a day": ({"dvr": {"expiration": HOUR}}, 1),
    "less than an hour is none": ({"dvr": {"expiration": HOUR - 1}}, None),
    "expiration with a fraction": ({"dvr": {"expiration": 7.5 * DAY}}, 7),
    "expiration is negative": ({"dvr": {"expiration": -DAY}}, None),
    "expiration is negative, recorded": ({"dvr": {"expiration": -DAY}, "stats": {"dvr_info": {"depth": DAY}}}, 1),
    "expiration is true": ({"dvr": {"expiration": True}}, None),
    "expiration is text": ({"dvr": {"expiration": "604800"}}, None),
    "expiration is endless": ({"dvr": {"expiration": float("inf")}, "stats": {"dvr_info": {"depth": DAY}}}, 1),
    "expiration is beyond all clocks": (
        {"dvr": {"expiration": 10**30}, "stats": {"dvr_info": {"from": 10**400}}},
        None,
    ),
    "dvr is a directive": ({"dvr": "/storage 3d 97%"}, 3),
    "dvr is a directive with a storage": ({"dvr": "@week 97%"}, 7),
    "dvr is a path": ({"dvr": "/storage", "stats": {"dvr_info": {"depth": 2 * DAY}}}, 2),
    "dvr is true": ({"dvr": True}, None),
    "dvr_info is null": ({"dvr": {}, "stats": {"dvr_info": None}}, None),
    "stats is null": ({"dvr": {"expiration": DAY}, "stats": None}, 1),
}


@pytest.mark.parametrize(("fields", "expected"), DEPTHS.values(), ids=DEPTHS)
def test_the_days_of_catch_up_follow_the_archive(
    server: FlussonicStandIn, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], expected: int | None
) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)
    server.dvrs = {"week": {"expiration": 7 * DAY}, "endless": {"expiration": 0}, "s3/Архив": {"expiration": 9 * DAY}}

    assert read_one(server, **fields).catchup_days == expected


def test_a_storage_is_asked_about_once(server: FlussonicStandIn) -> None:
    server.dvrs = {"week": {"expiration": 7 * DAY}}
    references = ["week", "gone"] * 5
    serve(server, *[{"name": f"{n}", "dvr": {"reference": reference}} for n, reference in enumerate(references)])
    read()

    asked = [request.path for request in server.requests if "/dvrs/" in request.path]
    assert asked == ["/streamer/api/v3/dvrs/week", "/streamer/api/v3/dvrs/gone"]


def test_a_storage_that_cannot_be_asked_about_for_now_fails_the_run(mocked: responses.RequestsMock) -> None:
    answer(mocked, {"streams": [{"name": "news", "dvr": {"reference": "week"}}]})
    mocked.get("http://flussonic.example/streamer/api/v3/dvrs/week", status=503)

    with pytest.raises(RemoteUnavailable):
        read()


# The height of the picture.


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        ([], ""),
        ([0], ""),
        ([1], "SD"),
        ([699], "SD"),
        ([700], "HD"),
        ([999], "HD"),
        ([1000], "FHD"),
        ([1999], "FHD"),
        ([2000], "4K"),
        ([360, 1080, 720], "FHD"),
        (["1080", None, True], ""),
    ],
)
def test_quality_is_told_by_the_height_of_the_picture(
    server: FlussonicStandIn, heights: list[Any], expected: str
) -> None:
    tracks = [{"content": "video", "height": height} for height in heights]

    assert read_one(server, stats={"media_info": {"tracks": [{"content": "audio"}, *tracks]}}).quality == expected


@pytest.mark.parametrize("media", [None, {"tracks": None}, {"tracks": 7}, {"tracks": [7]}, []])
def test_quality_is_open_where_nothing_is_known_of_the_picture(server: FlussonicStandIn, media: Any) -> None:
    assert read_one(server, stats={"media_info": media}).quality == ""


# Older servers.


@pytest.mark.parametrize("api", PATHS)
@pytest.mark.parametrize("chosen", ["auto", "itself"])
def test_every_api_is_found_by_probing_or_by_setting(
    server: FlussonicStandIn, settings: Settings, api: str, chosen: str
) -> None:
    settings.FLUSSONIC_API = api if chosen == "itself" else "auto"
    with FlussonicStandIn(many_streams(3), login=LOGIN, apis=[api]) as other:
        settings.FLUSSONIC_URL = other.url
        titles = [stream.title for stream in read()]
        asked = [request.path for request in other.requests]

    assert titles == ["Channel 1", "Channel 2", "Channel 3"]
    paths = list(PATHS.values())
    assert asked == (paths[: paths.index(PATHS[api]) + 1] if chosen == "auto" else [PATHS[api]])


def test_html_pages_with_404_count_as_not_found(settings: Settings) -> None:
    with FlussonicStandIn(many_streams(1), apis=["media"]) as server:
        settings.FLUSSONIC_URL = server.url
        server.faults.html_error = True
        assert len(read()) == 1


def test_a_server_without_any_list_is_told_so(settings: Settings) -> None:
    with FlussonicStandIn(apis=[]) as server:
        settings.FLUSSONIC_URL = server.url
        with pytest.raises(RemoteNotFound, match=r"no list of streams at /streamer/api/v3/streams or .*FLUSSONIC_API"):
            read()


def test_probing_stops_at_wrong_credentials(server: FlussonicStandIn, settings: Settings) -> None:
    settings.FLUSSONIC_API_KEY = "wrong"
    with pytest.raises(RemoteUnauthorized):
        read()
    assert [request.path for request in server.requests] == [PATHS["v3"]]


def test_a_chosen_api_that_is_not_there_is_not_replaced(server: FlussonicStandIn, settings: Settings) -> None:
    settings.FLUSSONIC_API = "media"
    with pytest.raises(RemoteNotFound, match="no list of streams at /flussonic/api/media:"):
        read()


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            {"entry": "stream", "value": {"name": "news", "options": {"title": "News", "dvr": {"dvr_limit": 3 * DAY}}}},
            Stream("news", "News", 3, ""),
        ),
        (
            {"entry": "stream", "value": {"name": "news", "options": {"dvr": "/storage 2d", "disabled": True}}},
            Stream("news", "news", 2, ""),
        ),
        (
            {"name": "news", "options": {"title": "News", "dvr": {"expiration": DAY}}, "stats": None},
            Stream("news", "News", 1, ""),
        ),
        (
            {"name": "news", "options": None, "stats": {"media_info": {"title": "N", "streams": [{"height": 576}]}}},
            Stream("news", "N", None, "SD"),
        ),
        ({"name": "news", "options": {"dvr": {"reference": "week"}}}, Stream("news", "news", None, "")),
    ],
    ids=["media", "dvr as text, disabled", "flat with options", "old media_info", "no storages to ask about"],
)
def test_entries_of_older_lists_are_understood(settings: Settings, entry: Any, expected: Stream) -> None:
    settings.FLUSSONIC_URL, settings.FLUSSONIC_API = "http://flussonic.example", "media"
    with responses.RequestsMock() as mock:
        mock.get("http://flussonic.example/flussonic/api/media", json=[entry, {"entry": "vod", "value": {"name": "v"}}])

        assert read() == [expected]
        assert read_skipped() == []


# Anything at all.

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=5,
)
FIELDS = ("entry", "value", "title", "dvr", "expiration", "dvr_limit", "reference", "stats", "media_info", "tracks",
          "height", "dvr_info", "depth", "from", "options")  # fmt: skip
entries = st.recursive(
    json_values,
    lambda below: st.dictionaries(st.sampled_from(FIELDS), below, max_size=5) | st.lists(below, max_size=2),
    max_leaves=20,
)


@hypothesis.settings(deadline=None)
@hypothesis.given(entry=entries)
def test_no_entry_whatever_is_in_it_breaks_the_reading(entry: Any) -> None:
    fields = flattened(entry)
    if fields is not None:
        stream = read_stream("news", fields, expiration_of=lambda reference: None, now=NOW)
        assert stream.title
        assert stream.title.encode()
        assert stream.catchup_days is None or 1 <= stream.catchup_days < 2**31
        assert fault_in_name(stream.title) is None
