"""What an Xtream player learns of its account: the type of every field, and its status."""

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from channels.tests.factories import make_channels
from playlists.contents import cache
from playlists.tests.xtream.players import PASSWORD, ask, make_player
from subscribers.models import Activity

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 22, 54, 18, tzinfo=UTC)
NEVER = "2145916800"


def document(**asked: Any) -> Any:
    response = ask(**asked)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    return response.json()


def panel(username: str | None, encoding: str) -> Any:
    """Return what ``panel_api.php`` tells, which is one member of gzip where it is compressed."""
    client = Client(headers={"accept-encoding": encoding})
    response = client.get(f"/panel_api.php?username={username}&password={PASSWORD}")
    if "Content-Encoding" not in response:
        return response.json()
    unpacker = zlib.decompressobj(31)
    told = orjson.loads(unpacker.decompress(response.content))
    assert (unpacker.eof, unpacker.unused_data) == (True, b"")
    return told


@pytest.mark.parametrize("action", [None, "", "get_profile", "get_server_info", "get_account_info", "get_user_info"])
def test_without_an_action_that_is_known_a_player_is_told_of_its_account(
    settings: Settings, action: str | None
) -> None:
    settings.PUBLIC_URL = "http://tv.example.net"
    with time_machine.travel(NOW, tick=False):
        make_player(valid_until=datetime(2026, 12, 21, 23, 0, 8, tzinfo=UTC), max_sessions=2)

        assert document(**({} if action is None else {"action": action})) == {
            "user_info": {
                "username": "anna",
                "password": PASSWORD,
                "message": "",
                "auth": 1,
                "status": "Active",
                "exp_date": "1797894008",
                "is_trial": "0",
                "active_cons": "0",
                "created_at": "1795301658",
                "max_connections": "2",
                "allowed_output_formats": ["m3u8", "ts"],
            },
            "server_info": {
                "url": "tv.example.net",
                "port": "80",
                "https_port": "443",
                "server_protocol": "http",
                "rtmp_port": "0",
                "timezone": "UTC",
                "timestamp_now": 1795301658,
                "time_now": "2026-11-21 22:54:18",
                "process": True,
            },
        }


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        *(("username", str), ("password", str), ("message", str), ("auth", int), ("status", str), ("exp_date", str)),
        *(("is_trial", str), ("active_cons", str), ("created_at", str), ("max_connections", str)),
        ("allowed_output_formats", list),
    ],
)
def test_every_field_of_the_user_has_the_type_that_players_expect(field: str, kind: type) -> None:
    make_player()

    assert type(document()["user_info"][field]) is kind


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        *(("url", str), ("port", str), ("https_port", str), ("server_protocol", str), ("rtmp_port", str)),
        *(("timezone", str), ("timestamp_now", int), ("time_now", str), ("process", bool)),
    ],
)
def test_every_field_of_the_server_has_the_type_that_players_expect(field: str, kind: type) -> None:
    make_player()

    assert type(document()["server_info"][field]) is kind


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({}, "Active", id="enabled"),
        pytest.param({"status": "disabled"}, "Disabled", id="disabled"),
        pytest.param({"valid_until": NOW}, "Expired", id="lapsed"),
        pytest.param({"valid_until": NOW, "status": "disabled"}, "Disabled", id="lapsed and disabled"),
        pytest.param({"valid_from": NOW + timedelta(days=1)}, "Disabled", id="not yet valid"),
    ],
)
def test_who_may_not_watch_is_told_why_with_a_login_that_counts(fields: dict[str, Any], status: str) -> None:
    make_player(**fields)
    with time_machine.travel(NOW, tick=False):
        told = document()["user_info"]

    assert (told["auth"], told["status"]) == (1, status)


@pytest.mark.parametrize(
    ("valid_until", "told"),
    [
        pytest.param(None, NEVER, id="without end"),
        pytest.param(datetime(2026, 11, 20, tzinfo=UTC), "1795132800", id="past"),
        pytest.param(datetime(2099, 1, 1, tzinfo=UTC), NEVER, id="past 32 bits"),
    ],
)
def test_there_is_always_an_end_that_players_can_read(valid_until: datetime | None, told: str) -> None:
    make_player(valid_until=valid_until)

    assert document()["user_info"]["exp_date"] == told


def test_streams_that_are_being_watched_are_counted() -> None:
    subscriber = make_player()
    now = datetime.now(UTC)
    Activity.objects.create(key="a", subscriber=subscriber, kind="session", started_at=now, last_at=now)

    assert document()["user_info"]["active_cons"] == "1"


@pytest.mark.parametrize(
    ("public_url", "parts"),
    [
        ("http://tv.example.net", ("tv.example.net", "80", "443", "http")),
        ("http://tv.example.net:8080", ("tv.example.net", "8080", "443", "http")),
        ("https://tv.example.net", ("tv.example.net", "443", "443", "https")),
        ("https://tv.example.net:8443", ("tv.example.net", "8443", "8443", "https")),
        ("http://[2001:db8::1]:8080", ("[2001:db8::1]", "8080", "443", "http")),
    ],
)
def test_players_can_put_the_address_together_from_its_parts(
    settings: Settings, public_url: str, parts: tuple[str, ...]
) -> None:
    settings.PUBLIC_URL = public_url
    make_player()
    told = document()["server_info"]

    assert (told["url"], told["port"], told["https_port"], told["server_protocol"]) == parts


def test_the_account_takes_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_player(channels=make_channels(3))
    with django_assert_num_queries(1):
        document()


def test_credentials_with_blanks_around_them_are_taken_without() -> None:
    make_player()
    told = document(username=" anna", password=f"{PASSWORD} ")["user_info"]

    assert (told["username"], told["password"]) == ("anna", PASSWORD)


def test_the_old_panel_tells_everything_at_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    cache.forget()
    first, second = make_channels(2)
    make_player(channels=[first, second])
    with django_assert_num_queries(2):
        told = document(script="panel_api.php")

    assert told["user_info"]["auth"] == 1
    assert told["categories"] == {
        "movie": [],
        "series": [],
        "live": [{"category_id": "2147483647", "category_name": "Other", "parent_id": 0}],
    }
    assert {number: stream["stream_id"] for number, stream in told["available_channels"].items()} == {
        str(first.pk): first.pk,
        str(second.pk): second.pk,
    }


@pytest.mark.parametrize("encoding", ["", "gzip"], ids=["plain", "compressed"])
def test_what_the_old_panel_lists_is_made_once_for_all_who_hold_the_same(
    django_assert_num_queries: DjangoAssertNumQueries, encoding: str
) -> None:
    channels = make_channels(20)
    players = [make_player(username=name, channels=channels) for name in ("anna", "boris")]
    first, second = (panel(player.username, encoding) for player in players)
    with django_assert_num_queries(1):
        assert panel("boris", encoding)["available_channels"] == second["available_channels"]

    assert [told["user_info"]["username"] for told in (first, second)] == ["anna", "boris"]
    assert first["available_channels"] == second["available_channels"]
    assert len(first["available_channels"]) == 20


def test_what_the_old_panel_lists_is_new_once_the_catalogue_has_changed() -> None:
    channels = make_channels(20)
    make_player(channels=channels)
    panel("anna", "gzip")
    channel = channels[0]

    channel.display_name = "After"
    channel.save()

    assert panel("anna", "gzip")["available_channels"][str(channel.pk)]["name"] == "After"


def test_the_old_panel_has_nothing_for_who_may_not_watch() -> None:
    make_player(channels=make_channels(1), status="disabled")
    told = document(script="panel_api.php")

    assert (told["categories"]["live"], told["available_channels"]) == ([], {})
