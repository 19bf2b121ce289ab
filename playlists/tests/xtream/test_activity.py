"""What is noted of players, and what is not."""

from typing import Any

import pytest
from django.test import Client

from channels.models import Channel
from channels.tests.factories import make_channel
from playlists.tests.xtream.players import PASSWORD, make_player
from subscribers.activity import flush
from subscribers.models import Activity, Subscriber

pytestmark = pytest.mark.django_db
QUERY = f"username=anna&password={PASSWORD}"


@pytest.fixture
def channel() -> Channel:
    channel = make_channel(catchup_days=7)
    make_player(channels=[channel])
    return channel


def noted(address: str, method: str = "get", **headers: str) -> list[Any]:
    """Return what is written down of a request: kind, channel, address and player."""
    client = Client(headers={"user-agent": "VLC/3.0.18", **headers}, REMOTE_ADDR="192.0.2.7")
    getattr(client, method)(address)
    flush()
    return list(Activity.objects.values_list("kind", "channel", "address", "user_agent"))


@pytest.mark.parametrize(
    ("address", "kind", "of_channel"),
    [
        (f"/player_api.php?{QUERY}", "account", False),
        (f"/panel_api.php?{QUERY}", "account", False),
        (f"/get.php?{QUERY}&type=m3u", "playlist", False),
        (f"/xmltv.php?{QUERY}", "guide", False),
        (f"/live/anna/{PASSWORD}/{{id}}.m3u8", "live", True),
        (f"/live/anna/{PASSWORD}/{{id}}-timeshift_rel-60.m3u8", "archive", True),
    ],
)
def test_what_a_player_does_is_noted(channel: Channel, address: str, kind: str, of_channel: bool) -> None:
    number = channel.pk if of_channel else None

    assert noted(address.format(id=channel.pk)) == [(kind, number, "192.0.2.7", "VLC/3.0.18")]


def test_a_post_is_noted_like_a_get(channel: Channel) -> None:
    assert len(noted(f"/get.php?{QUERY}&type=m3u", method="post")) == 1


@pytest.mark.parametrize(
    "address", [f"/player_api.php?{QUERY}", f"/get.php?{QUERY}&type=m3u", f"/live/anna/{PASSWORD}/{{id}}.ts"]
)
def test_a_head_request_counts_for_nothing(channel: Channel, address: str) -> None:
    assert noted(address.format(id=channel.pk), method="head") == []


@pytest.mark.parametrize(("piece", "counts"), [("bytes=0-", True), ("bytes=0-1", False), ("bytes=0-1023", False)])
def test_a_player_that_only_looks_whether_there_is_a_stream_counts_for_nothing(
    channel: Channel, piece: str, counts: bool
) -> None:
    assert bool(noted(f"/live/anna/{PASSWORD}/{channel.pk}.ts", range=piece)) is counts


@pytest.mark.parametrize(
    "address",
    [
        f"/player_api.php?{QUERY}&action=get_live_streams",
        "/player_api.php?username=anna&password=wrong",
        f"/live/anna/{PASSWORD}/1999999999.ts",
        "/live/anna/wrong/{id}.ts",
    ],
)
def test_lists_and_what_is_refused_are_not_noted(channel: Channel, address: str) -> None:
    assert noted(address.format(id=channel.pk)) == []


@pytest.mark.parametrize(("address", "kind"), [("/playlist/{}.m3u8", "playlist"), ("/epg/{}.xml.gz", "guide")])
def test_what_is_fetched_by_the_token_alone_is_noted_too(channel: Channel, address: str, kind: str) -> None:
    token = Subscriber.objects.get().token

    assert noted(address.format(token)) == [(kind, None, "192.0.2.7", "VLC/3.0.18")]
