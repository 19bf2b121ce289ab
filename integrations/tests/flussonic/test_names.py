"""Which streams are listed, under which names and titles."""

from typing import Any

import pytest
import responses
from pytest_django.fixtures import Settings

from demo.flussonic import FlussonicStandIn
from integrations.flussonic.client import FlussonicClient
from integrations.tests.flussonic.listing import answer, read, read_one, read_skipped, serve


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
