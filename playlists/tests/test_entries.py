"""Which channels are in a playlist, in which order, and what is read for it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package, make_tariff
from channels.m3u import Entry
from channels.models import Channel
from channels.tests.factories import make_channel, make_channels, make_group
from playlists.entries import listed, playlist_columns, playlist_entries
from playlists.links import token_query
from subscribers.entitlements import entitled_channels
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db

IMAGE = "data:image/png;base64,iVBORw0KGgo="


def entries(subscriber: Subscriber, *, limit: int | None = None) -> list[Entry]:
    rows = listed(entitled_channels(subscriber)).values_list(*playlist_columns())[:limit]
    return [Entry(*values) for values in playlist_entries(rows, token_query(subscriber.token))]


def logos(*channels: Channel) -> list[str | None]:
    return [entry.tvg_logo for entry in entries(make_subscriber(channels=list(channels)))]


def test_an_entry_says_all_that_is_known_of_the_channel(settings: Settings) -> None:
    settings.FLUSSONIC_TOKEN_KEY = "token"
    channel = make_channel(
        stream_name="radio/ОТР",
        display_name="ОТР HD",
        tvg_name="ОТР",
        tvg_id="otr",
        catchup_days=14,
        group=make_group(name="News"),
        tvg_logo="https://e.com/otr.png",
    )

    assert entries(make_subscriber(channels=[channel], token="secret-token")) == [
        Entry(
            number=channel.pk,
            title="ОТР HD",
            url="http://stream.example.com:8085/radio/%D0%9E%D0%A2%D0%A0/video.m3u8?token=secret-token",
            tvg_name="ОТР",
            tvg_id="otr",
            catchup_days=14,
            group_title="News",
            tvg_logo="https://e.com/otr.png",
        )
    ]


def test_a_channel_without_a_name_is_called_like_its_stream() -> None:
    channel = make_channel(stream_name="otr", display_name=None, tvg_name=None)

    assert [(e.title, e.tvg_name) for e in entries(make_subscriber(channels=[channel]))] == [("otr", None)]


def test_channels_of_all_three_ways_come_once_by_group_then_position_and_those_without_a_group_last() -> None:
    late, early = make_group(sort_order=20), make_group(sort_order=10)
    last = make_channel(sort_order=1)
    third, second = make_channel(group=late, sort_order=1), make_channel(group=early, sort_order=9)
    first = make_channel(group=early, sort_order=2)
    package = make_package(channels=[third, last])
    subscriber = make_subscriber(
        channels=[first, third], packages=[package], tariffs=[make_tariff(packages=[make_package(channels=[second])])]
    )
    make_channel()

    assert [entry.number for entry in entries(subscriber)] == [c.pk for c in (first, second, third, last)]


def test_only_the_first_are_read_when_there_is_a_limit() -> None:
    channels = make_channels(5)

    assert [entry.number for entry in entries(make_subscriber(channels=channels), limit=2)] == [
        channel.pk for channel in channels[:2]
    ]


@pytest.mark.parametrize(("hide", "count"), [(False, 2), (True, 1)])
def test_orphans_are_hidden_only_where_the_setting_says_so(settings: Settings, hide: bool, count: int) -> None:
    settings.PLAYLIST_HIDE_ORPHANS = hide
    channels = [make_channel(), make_channel(sync_status=Channel.SyncStatus.ORPHANED)]

    assert len(entries(make_subscriber(channels=channels))) == count


def test_logos_are_addresses_and_images_are_served_here(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://tv.example.com"
    image = make_channel(tvg_logo=IMAGE)
    image.refresh_from_db()

    assert logos(make_channel(tvg_logo="http://e.com/a.png"), image, make_channel(), make_channel(tvg_logo="")) == [
        f"https://tv.example.com/logos/{image.pk}.png?v={image.logo_ref}",
        "http://e.com/a.png",
        None,
        None,
    ]


def test_logos_can_be_the_images_themselves(settings: Settings) -> None:
    settings.PLAYLIST_LOGOS = "data"

    assert logos(make_channel(tvg_logo="http://e.com/a.png"), make_channel(tvg_logo=IMAGE)) == [
        "http://e.com/a.png",
        IMAGE,
    ]


def test_logos_can_be_left_out(settings: Settings) -> None:
    settings.PLAYLIST_LOGOS = "none"

    assert logos(make_channel(tvg_logo="http://e.com/a.png")) == [None]


@pytest.mark.parametrize("form", ["url", "none"])
def test_images_are_not_read_where_no_playlist_holds_them(settings: Settings, form: str) -> None:
    settings.PLAYLIST_LOGOS = form

    subscriber = make_subscriber(channels=[make_channel()])
    with CaptureQueriesContext(connection) as queries:
        entries(subscriber)

    assert ['"tvg_logo"' in query["sql"] for query in queries] == [False]
