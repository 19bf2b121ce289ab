"""Older servers have other lists, and entries of other shapes."""

from typing import Any

import pytest
import responses
from pytest_django.fixtures import Settings

from demo.catalogue import DAY, many_streams
from demo.flussonic import FlussonicStandIn
from integrations.flussonic.client import PATHS, Stream
from integrations.http import RemoteNotFound, RemoteUnauthorized
from integrations.tests.flussonic.listing import LOGIN, read, read_skipped


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
