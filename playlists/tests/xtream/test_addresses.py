"""How the addresses of Xtream players can be asked, and what else they must not answer."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from pytest_django.fixtures import Settings

from channels.models import Channel
from channels.tests.factories import make_channel
from playlist_project.routes import urlpatterns as short_addresses
from playlists.tests.xtream.players import PASSWORD, make_player

pytestmark = pytest.mark.django_db
CREDENTIALS = {"username": "anna", "password": PASSWORD}
QUERY = f"username=anna&password={PASSWORD}"


@pytest.fixture
def channel() -> Channel:
    channel = make_channel(catchup_days=7)
    make_player(channels=[channel])
    return channel


def every_address(channel: Channel) -> list[tuple[str, int]]:
    """Return an address of each route, and the status that it answers with."""
    number = channel.pk
    return [
        (f"/get.php?{QUERY}&type=m3u_plus", 200),
        (f"/player_api.php?{QUERY}", 200),
        (f"/player_api.php?{QUERY}&action=get_live_streams", 200),
        (f"/panel_api.php?{QUERY}", 200),
        (f"/live/anna/{PASSWORD}/{number}.ts", 302),
        (f"/anna/{PASSWORD}/{number}", 302),
        (f"/timeshift/anna/{PASSWORD}/60/2020-11-21:18-00/{number}", 404),
        (f"/timeshift.php?{QUERY}", 404),
        (f"/streaming/timeshift.php?{QUERY}", 404),
        (f"/movie/anna/{PASSWORD}/1.mp4", 404),
        (f"/series/anna/{PASSWORD}/1.mp4", 404),
    ]


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_every_address_is_answered_by_get_head_and_post_without_a_cookie(channel: Channel, method: str) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "ru"})
    for address, status in every_address(channel):
        response = getattr(client, method)(address)

        assert (address, response.status_code) == (address, status)
        assert not response.cookies
        assert "Cookie" not in response.headers.get("Vary", "")
        assert method != "head" or response.content == b""


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_not_allowed(channel: Channel, method: str) -> None:
    answered = {getattr(Client(), method)(address).status_code for address, _ in every_address(channel)}

    assert answered == {405}


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"data": {}, "query": QUERY}, id="query and an empty form"),
        pytest.param({"data": "", "content_type": "application/json", "query": QUERY}, id="query and no JSON"),
        pytest.param({"data": "{}", "content_type": "application/json", "query": QUERY}, id="query and empty JSON"),
        pytest.param({"data": "[]", "content_type": "application/json", "query": QUERY}, id="query and a list"),
        pytest.param({"data": "{", "content_type": "application/json", "query": QUERY}, id="query and broken JSON"),
        pytest.param({"data": "{}", "content_type": "text/plain", "query": QUERY}, id="query and odd text"),
        pytest.param({"data": CREDENTIALS}, id="multipart form"),
        pytest.param({"data": QUERY, "content_type": "application/x-www-form-urlencoded"}, id="form"),
        pytest.param({"data": json.dumps(CREDENTIALS), "content_type": "application/json"}, id="JSON"),
    ],
)
def test_parameters_come_in_the_query_or_in_the_body(channel: Channel, sent: dict[str, Any]) -> None:
    response = Client().post(f"/player_api.php?{sent.pop('query', '')}", **sent)

    assert (response.status_code, response.json()["user_info"]["auth"]) == (200, 1)


@pytest.mark.parametrize(
    "first",
    [
        *("admin", "api", "static", "playlist", "logos", "epg", "flussonic"),
        *("live", "movie", "series", "timeshift", "streaming"),
    ],
)
def test_the_short_address_takes_nothing_that_is_somebody_elses(first: str) -> None:
    try:
        route = resolve(f"/{first}/x/7").route
    except Resolver404:
        route = "none"

    assert "player:username" not in route
    assert "player:username" in resolve("/livery/x/7").route


def test_staff_and_programs_keep_their_addresses() -> None:
    for pattern in short_addresses:
        assert "username" not in resolve(f"/{str(pattern.pattern).replace('<int:object_id>', '7')}").route
    assert Client().get("/api/v1/7").json()["error"]["code"] == "NOT_FOUND"
    assert Client().get("/admin/x/7").status_code == 302


@pytest.mark.parametrize("address", ["/anna/x/seven", "/anna/x/7/8", "/anna/7", "/anna/x/-7", "/anna/x/7.TS/"])
def test_the_short_address_has_a_number_at_its_end(address: str) -> None:
    with pytest.raises(Resolver404):
        resolve(address)


@pytest.mark.parametrize(
    "address",
    [
        *("/get.php", "/player_api.php", "/panel_api.php", "/timeshift.php", "/streaming/timeshift.php"),
        *("/live/a/b/7.ts", "/a/b/7", "/a/b/7.m3u8", "/timeshift/a/b/60/x/7.ts", "/movie/a/b/7.mp4"),
    ],
)
def test_players_without_tls_are_not_sent_to_https(settings: Settings, address: str) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert Client().get(address).headers.get("Location") is None
