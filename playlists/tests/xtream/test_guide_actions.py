"""The guide of one channel, as Xtream players ask for it."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from channels.models import Channel
from channels.tests.factories import make_channel
from playlists.tests.xtream.players import ask, asked_for, make_player, make_programme

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
WHOLE = ["get_simple_data_table", "get_simple_date_table", "get_epg"]


@pytest.fixture
def channel() -> Channel:
    """A channel with an archive of two days and a programme for every hour of the days around now."""
    channel = make_channel(tvg_id="ch1.example", catchup_days=2)
    make_player(channels=[channel])
    for hours in range(-72, 72):
        start = datetime(2026, 11, 21, 18, tzinfo=UTC) + hours * HOUR
        make_programme(channel, start, start + HOUR, f"Новости {hours}?")
    return channel


def listings(action: str, **asked: Any) -> Any:
    with time_machine.travel(NOW, tick=False):
        return asked_for(action, **asked)["epg_listings"]


def title(listing: dict[str, Any]) -> str:
    return b64decode(listing["title"], validate=True).decode()


def test_a_programme_is_told_as_players_expect(channel: Channel) -> None:
    told = listings("get_short_epg", stream_id=channel.pk)[0]

    assert {**told, "id": "any"} == {
        "id": "any",
        "epg_id": str(channel.pk),
        "title": "0J3QvtCy0L7RgdGC0LggMD8=",
        "lang": "ru",
        "start": "2026-11-21 18:00:00",
        "end": "2026-11-21 19:00:00",
        "stop": "2026-11-21 19:00:00",
        "description": "",
        "channel_id": "ch1.example",
        "start_timestamp": "1795284000",
        "stop_timestamp": "1795287600",
        "now_playing": 1,
        "has_archive": 0,
        "stream_id": str(channel.pk),
    }
    assert 0 < int(told["id"]) < 2**31


@pytest.mark.parametrize(
    ("asked", "amount"),
    [({}, 4), ({"limit": "10"}, 10), ({"limit": "0"}, 4), ({"limit": "x"}, 4), ({"limit": "-1"}, 4)],
)
def test_the_short_guide_begins_with_what_is_on(channel: Channel, asked: dict[str, str], amount: int) -> None:
    told = listings("get_short_epg", stream_id=channel.pk, **asked)

    assert [title(one) for one in told] == [f"Новости {hours}?" for hours in range(amount)]
    assert [one["now_playing"] for one in told] == [1] + [0] * (amount - 1)


@pytest.mark.parametrize("action", WHOLE)
def test_the_whole_guide_begins_where_the_archive_does(channel: Channel, action: str) -> None:
    told = listings(action, stream_id=channel.pk)

    assert title(told[0]) == "Новости -48?"
    assert title(told[-1]) == "Новости 71?"
    assert [one["start"] for one in told] == sorted(one["start"] for one in told)


def test_only_what_has_ended_and_is_still_kept_is_in_the_archive(channel: Channel) -> None:
    told = listings("get_simple_data_table", stream_id=channel.pk)

    # The first one began before the oldest moment that is kept.
    assert [title(one) for one in told if one["has_archive"]] == [f"Новости {hours}?" for hours in range(-47, 0)]


def test_without_an_archive_nothing_is_told_to_be_in_it(channel: Channel) -> None:
    Channel.objects.update(catchup_days=None)
    told = listings("get_simple_data_table", stream_id=channel.pk)

    assert {one["has_archive"] for one in told} == {0}
    assert title(told[0]) == "Новости -24?"


@pytest.mark.parametrize("action", ["get_short_epg", *WHOLE])
@pytest.mark.parametrize("stream_id", [None, "", "0", "x", "-7", "1.5", "9" * 12, "9" * 40, "12345678"])
def test_of_a_channel_that_is_not_there_there_are_no_programmes(
    channel: Channel, action: str, stream_id: str | None
) -> None:
    asked = {} if stream_id is None else {"stream_id": stream_id}

    assert ask(action=action, **asked).content == b'{"epg_listings":[]}'


def test_of_a_channel_of_others_there_are_no_programmes(channel: Channel) -> None:
    foreign = make_channel(tvg_id="ch1.example")

    assert listings("get_short_epg", stream_id=foreign.pk) == []


@pytest.mark.parametrize("action", ["get_short_epg", "get_simple_data_table"])
def test_who_may_not_watch_gets_no_programmes(channel: Channel, action: str) -> None:
    channel.subscribers.update(status="disabled")

    assert listings(action, stream_id=channel.pk) == []


def test_the_old_panel_answers_for_the_guide_too(channel: Channel) -> None:
    with time_machine.travel(NOW, tick=False):
        response = ask("panel_api.php", action="get_epg", stream_id=channel.pk)

    assert len(response.json()["epg_listings"]) == 120


@pytest.mark.parametrize("action", ["get_short_epg", "get_simple_data_table"])
def test_the_guide_takes_three_queries(
    channel: Channel, action: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        listings(action, stream_id=channel.pk)


def test_an_archive_of_any_length_can_be_asked_for(channel: Channel) -> None:
    Channel.objects.update(catchup_days=2_000_000_000)

    assert title(listings("get_simple_data_table", stream_id=channel.pk)[0]) == "Новости -72?"
