"""The lists of an Xtream player: categories and channels, and those of films, which are empty."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channel, make_channels, make_group
from playlists.contents import cache
from playlists.held import held_rows
from playlists.tests.xtream.players import PASSWORD, ask, asked_for, make_player
from playlists.xtream import holdings
from playlists.xtream.payloads import STREAMS_AT_ONCE, live_streams_json

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
UNGROUPED = "2147483647"


def names(**asked: Any) -> list[str]:
    return [stream["name"] for stream in asked_for("get_live_streams", **asked)]


def test_a_channel_is_told_as_players_expect(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://tv.example.net"
    group = make_group()
    with time_machine.travel(NOW, tick=False):
        channel = make_channel(
            display_name="ОТР", tvg_id="otr", catchup_days=7, group=group, tvg_logo="https://logos.example.net/a b.png"
        )
    make_player(channels=[channel])

    assert asked_for("get_live_streams") == [
        {
            "num": 1,
            "name": "ОТР",
            "stream_type": "live",
            "stream_id": channel.pk,
            "stream_icon": "https://logos.example.net/a%20b.png",
            "epg_channel_id": "otr",
            "added": "1795284000",
            "is_adult": "0",
            "category_id": str(group.pk),
            "category_ids": [group.pk],
            "custom_sid": "",
            "tv_archive": 1,
            "tv_archive_duration": 7,
            "direct_source": "",
            "thumbnail": "",
        }
    ]


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        *(("num", int), ("name", str), ("stream_type", str), ("stream_id", int), ("stream_icon", str)),
        *(("epg_channel_id", str), ("added", str), ("is_adult", str), ("category_id", str), ("category_ids", list)),
        *(("custom_sid", str), ("tv_archive", int), ("tv_archive_duration", int), ("direct_source", str)),
        ("thumbnail", str),
    ],
)
def test_a_channel_of_which_nothing_is_known_has_every_field_with_its_type(field: str, kind: type) -> None:
    make_player(channels=[make_channel(display_name=None, tvg_name=None)])
    (stream,) = asked_for("get_live_streams")

    assert type(stream[field]) is kind


@pytest.mark.parametrize(
    ("title", "stream_name", "name"),
    [
        ('The "Best",\nTV', "best", "The 'Best' TV"),
        (None, "arena", "arena"),
        ('",\n', "arena", "'"),
        (",\n", "arena", "Channel {pk}"),
    ],
)
def test_a_name_is_never_empty_nor_odd(title: str | None, stream_name: str, name: str) -> None:
    channel = make_channel(display_name=title, stream_name=stream_name)
    make_player(channels=[channel])

    assert names() == [name.format(pk=channel.pk)]


@pytest.mark.parametrize(
    ("form", "logo", "icon"),
    [
        ("url", "data:image/png;base64,iVBORw0KGgo=", "https://tv.example.net/logos/{pk}.png?v="),
        ("data", "data:image/png;base64,iVBORw0KGgo=", "https://tv.example.net/logos/{pk}.png?v="),
        ("none", "https://logos.example.net/a.png", ""),
        ("url", None, ""),
    ],
)
def test_a_logo_is_an_address_or_nothing(settings: Settings, form: str, logo: str | None, icon: str) -> None:
    settings.PUBLIC_URL, settings.PLAYLIST_LOGOS = "https://tv.example.net", form
    channel = make_channel(tvg_logo=logo)
    make_player(channels=[channel])
    (stream,) = asked_for("get_live_streams")

    assert stream["stream_icon"].partition("=")[0] == icon.format(pk=channel.pk).partition("=")[0]
    assert not stream["stream_icon"].startswith("data:")


def test_channels_come_from_packages_tariffs_and_by_themselves_in_playlist_order() -> None:
    late, early = make_group(sort_order=9), make_group(sort_order=1)
    ungrouped = make_channel(display_name="Ungrouped")
    by_package = make_channel(display_name="Package", group=late)
    by_tariff = make_channel(display_name="Tariff", group=early)
    make_channel(display_name="Nobody's")
    make_player(
        channels=[ungrouped],
        packages=[make_package(channels=[by_package])],
        tariffs=[make_tariff(packages=[make_package(channels=[by_tariff, by_package])])],
    )

    assert names() == ["Tariff", "Package", "Ungrouped"]
    assert [stream["num"] for stream in asked_for("get_live_streams")] == [1, 2, 3]


def test_what_is_switched_off_is_not_listed() -> None:
    group = make_group()
    make_player(channels=[make_channel(is_active=False, group=group)])

    assert (names(), asked_for("get_live_categories")) == ([], [])


@pytest.mark.parametrize(("hide", "amount"), [(True, 0), (False, 1)])
def test_orphans_are_hidden_where_playlists_hide_them(settings: Settings, hide: bool, amount: int) -> None:
    settings.PLAYLIST_HIDE_ORPHANS = hide
    make_player(channels=[make_channel(sync_status="orphaned", group=make_group())])

    assert len(names()) == len(asked_for("get_live_categories")) == amount


def test_categories_are_the_groups_that_hold_something_for_the_subscriber() -> None:
    second, first, foreign = make_group(sort_order=2, name="News, World"), make_group(sort_order=1), make_group()
    make_channel(group=foreign)
    make_player(channels=[make_channel(group=second), *make_channels(2, group=first), make_channel()])

    assert asked_for("get_live_categories") == [
        {"category_id": str(first.pk), "category_name": first.name, "parent_id": 0},
        {"category_id": str(second.pk), "category_name": "News World", "parent_id": 0},
        {"category_id": UNGROUPED, "category_name": "Other", "parent_id": 0},
    ]


def test_a_category_without_a_readable_name_gets_one() -> None:
    group = make_group(name=",")
    make_player(channels=[make_channel(group=group)])

    assert asked_for("get_live_categories")[0]["category_name"] == f"Group {group.pk}"


@pytest.mark.parametrize(
    ("category", "listed"),
    [
        *(("{group}", ["Grouped"]), (UNGROUPED, ["Ungrouped"]), ("0", ["Grouped", "Ungrouped"])),
        *(("", ["Grouped", "Ungrouped"]), ("all", ["Grouped", "Ungrouped"]), ("*", ["Grouped", "Ungrouped"])),
        *(("999999", []), ("news", []), ("-1", []), ("1.5", []), ("9" * 30, []), ("{other}", [])),
    ],
)
def test_a_category_is_listed_by_its_id(category: str, listed: list[str]) -> None:
    group, other = make_group(), make_group()
    make_channel(group=other)
    make_player(channels=[make_channel(display_name="Grouped", group=group), make_channel(display_name="Ungrouped")])

    assert names(category_id=category.format(group=group.pk, other=other.pk)) == listed


@pytest.mark.parametrize("ungrouped", [False, True], ids=["a group", "without group"])
def test_of_a_category_no_other_channels_are_read(monkeypatch: pytest.MonkeyPatch, ungrouped: bool) -> None:
    cache.forget()
    group = make_group()
    channels = [*make_channels(3, group=group), *make_channels(3, group=make_group()), *make_channels(3)]
    make_player(channels=channels)
    read: list[Any] = []

    def counted(*asked: Any) -> Any:
        for row in held_rows(*asked):
            read.append(row)
            yield row

    monkeypatch.setattr(holdings, "held_rows", counted)

    assert len(names(category_id=UNGROUPED if ungrouped else str(group.pk))) == len(read) == 3


@pytest.mark.parametrize(
    "action",
    ["get_vod_categories", "get_vod_streams", "get_series_categories", "get_series"],
)
def test_lists_of_films_and_series_are_empty_arrays(action: str) -> None:
    make_player()

    assert ask(action=action).content == b"[]"


@pytest.mark.parametrize("asked", [{}, {"vod_id": "7"}, {"vod_id": "x"}, {"vod_id": "9" * 30}])
def test_a_film_is_told_to_be_unknown_in_a_form_that_players_understand(asked: dict[str, str]) -> None:
    make_player()
    told = asked_for("get_vod_info", **asked)

    assert told["info"] == []
    assert {name: type(value) for name, value in told["movie_data"].items()} == {
        "stream_id": int,
        "name": str,
        "added": str,
        "category_id": str,
        "category_ids": list,
        "container_extension": str,
        "custom_sid": str,
        "direct_source": str,
    }


@pytest.mark.parametrize("asked", [{}, {"series_id": "7"}, {"series_id": "x"}])
def test_a_series_is_told_to_be_unknown_in_a_form_that_players_understand(asked: dict[str, str]) -> None:
    make_player()

    assert asked_for("get_series_info", **asked) == {"seasons": [], "info": {"name": None}, "episodes": {}}


@pytest.mark.parametrize("action", ["get_live_categories", "get_live_streams", "get_vod_streams", "get_series"])
@pytest.mark.parametrize("fields", [{"status": "disabled"}, {"valid_until": NOW}], ids=["disabled", "lapsed"])
def test_who_may_not_watch_gets_empty_arrays(action: str, fields: dict[str, Any]) -> None:
    make_player(channels=[make_channel(group=make_group())], **fields)
    response = ask(action=action)

    assert (response.status_code, response.content) == (200, b"[]")


@pytest.mark.parametrize("action", ["get_live_categories", "get_live_streams"])
def test_who_has_nothing_gets_an_empty_array(action: str) -> None:
    make_player()

    assert ask(action=action).content == b"[]"


@pytest.mark.parametrize("amount", [2, 20])
@pytest.mark.parametrize("action", ["get_live_categories", "get_live_streams"])
def test_a_list_of_any_length_takes_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries, action: str, amount: int
) -> None:
    cache.forget()
    make_player(channels=[make_channel(group=make_group()) for _ in range(amount)])
    with django_assert_num_queries(2):
        assert len(asked_for(action)) == amount
    with django_assert_num_queries(1):  # it is shared by all who hold the same until something changes
        assert len(asked_for(action)) == amount


@pytest.mark.parametrize("amount", [2, 20])
@pytest.mark.parametrize("ungrouped", [False, True], ids=["a group", "without group"])
def test_a_category_of_any_length_takes_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries, ungrouped: bool, amount: int
) -> None:
    cache.forget()
    group = make_group()
    make_player(channels=[*make_channels(amount, group=group), *make_channels(amount)])
    with django_assert_num_queries(2):
        assert len(names(category_id=UNGROUPED if ungrouped else str(group.pk))) == amount


def test_a_list_that_is_kept_is_not_told_once_the_catalogue_has_changed() -> None:
    channel = make_channel(display_name="Before")
    make_player(channels=[channel])
    assert names() == ["Before"]

    channel.display_name = "After"
    channel.save()

    assert names() == ["After"]


def test_a_long_list_is_compressed_for_players_that_take_it() -> None:
    make_player(channels=make_channels(20))
    plain = ask(action="get_live_streams")
    address = f"/player_api.php?username=anna&password={PASSWORD}&action=get_live_streams"
    packed = Client(headers={"accept-encoding": "gzip"}).get(address)

    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert int(packed["Content-Length"]) == len(packed.content)
    assert plain["Vary"] == packed["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("amount", [1, STREAMS_AT_ONCE, STREAMS_AT_ONCE + 1, 2 * STREAMS_AT_ONCE])
def test_a_list_that_is_made_in_parts_is_one_list(amount: int) -> None:
    rows = [(pk, f"Channel {pk}", "stream", None, None, None, None, None, 0) for pk in range(amount)]
    listed = json.loads(live_streams_json(rows, public_url=""))

    assert [(stream["num"], stream["stream_id"]) for stream in listed] == [(pk + 1, pk) for pk in range(amount)]


def test_numbers_of_no_category_leave_nothing_in_memory() -> None:
    group = make_group()
    make_player(channels=[make_channel(group=group)])
    assert len(names(category_id=str(group.pk))) == 1
    before = cache.bytes

    for number in range(20):
        assert names(category_id=str(group.pk + 1 + number)) == []
    assert cache.bytes == before
