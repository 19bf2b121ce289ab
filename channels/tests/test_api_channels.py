"""Channels in the API."""

import base64
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from catalog.models import Package
from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel
from channels.tests.factories import make_channel, make_channels, make_group
from playlist_project.tests.api_client import ApiClient, by_token, data_of, error_of, make_staff
from subscribers.models import OutboxEntry
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
ORPHANED = Channel.SyncStatus.ORPHANED


@pytest.fixture
def client() -> ApiClient:
    return by_token(make_staff(is_superuser=True))


def listed(client: ApiClient, query: str = "") -> list[str]:
    """Return the stream names of a list, in its order."""
    return [row["stream_name"] for row in data_of(client.call("GET", f"channels?{query}"))["items"]]


def picture() -> str:
    buffer = BytesIO()
    Image.new("RGB", (900, 300), "red").save(buffer, "JPEG")
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def places() -> set[tuple[int, int]]:
    return set(Package.channels.through.objects.values_list("package", "channel"))


def test_a_channel_tells_all_of_itself(client: ApiClient, settings: Any) -> None:
    settings.PUBLIC_URL = "https://tv.example.com"
    group = make_group(name="News")
    channel = make_channel(stream_name="otr", group=group, tvg_logo="data:image/png;base64,AAAA", catchup_days=14)
    package = make_package(channels=[channel])

    row = data_of(client.call("GET", f"channels/{channel.pk}"))

    assert (row["stream_name"], row["catchup_days"], row["sync_status"]) == ("otr", 14, "synced")
    assert (row["group_id"], row["group_name"], row["package_ids"]) == (group.pk, "News", [package.pk])
    assert row["tvg_logo"] == "data:image/png;base64,AAAA"
    assert row["logo_url"].startswith(f"https://tv.example.com/logos/{channel.pk}.png?v=")


def test_a_list_carries_the_address_of_a_logo_and_never_reads_the_picture(client: ApiClient) -> None:
    make_channel(tvg_logo="data:image/png;base64,AAAA")
    make_channel(tvg_logo="https://example.com/logo.png")
    make_channel()

    with CaptureQueriesContext(connection) as queries:
        rows = data_of(client.call("GET", "channels"))["items"]

    assert [row["logo_url"] and row["logo_url"][:19] for row in rows] == [
        "http://localhost:80",
        "https://example.com",
        None,
    ]
    assert not any("tvg_logo" in row for row in rows)
    assert not any('"tvg_logo"' in query["sql"] for query in queries)


def test_channels_come_in_the_order_of_staff(client: ApiClient) -> None:
    for name, place in (("b", 2), ("c", 3), ("a", 1)):
        make_channel(stream_name=name, sort_order=place)

    assert listed(client) == ["a", "b", "c"]
    assert listed(client, "sort_dir=desc") == ["c", "b", "a"]


@pytest.mark.parametrize("column", ["id", "stream_name", "display_name", "tvg_name", "tvg_id", "catchup_days"])
def test_channels_are_sorted_by_what_is_asked_for(client: ApiClient, column: str) -> None:
    for name in "bac":
        row = dict.fromkeys(("stream_name", "display_name", "tvg_name", "tvg_id"), name)
        make_channel(**row, id=ord(name), catchup_days=ord(name))

    assert listed(client, f"sort_by={column}") == ["a", "b", "c"]
    assert listed(client, f"sort_by={column}&sort_dir=desc") == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=ОТР", ["otr"]),
        ("search=отр", ["otr"]),
        ("group_id={group}", ["otr"]),
        ("group_id=none", ["sport", "gone"]),
        ("package_id={package}", ["sport"]),
        ("package_id=none", ["otr", "gone"]),
        ("sync_status=orphaned", ["gone"]),
        ("sync_status=synced&group_id=none", ["sport"]),
    ],
)
def test_the_list_is_filtered(client: ApiClient, query: str, found: list[str]) -> None:
    group = make_group()
    make_channel(stream_name="otr", display_name="Отр HD", group=group)
    package = make_package(channels=[make_channel(stream_name="sport")])
    make_package(channels=list(package.channels.all()))
    make_channel(stream_name="gone", sync_status=ORPHANED)

    assert listed(client, query.format(group=group.pk, package=package.pk)) == found


@pytest.mark.parametrize(
    "query",
    ["group_id=5", "group_id=null", "group_id=", "package_id=x", "sync_status=lost", "sort_by=tvg_logo", "sort_dir=up"],
)
def test_values_that_nothing_goes_by_are_invalid(client: ApiClient, query: str) -> None:
    assert list(error_of(client.call("GET", f"channels?{query}"), 422)["fields"]) == [query.partition("=")[0]]


def test_a_search_for_nothing_finds_everything(client: ApiClient) -> None:
    make_channel(stream_name="otr")

    assert listed(client, "search=") == ["otr"]


def test_a_picture_is_made_small_and_kept_as_png(client: ApiClient) -> None:
    channel = make_channel()

    row = data_of(client.call("PATCH", f"channels/{channel.pk}", {"tvg_logo": picture(), "tvg_id": "otr"}))

    content = base64.b64decode(row["tvg_logo"].removeprefix("data:image/png;base64,"))
    assert Image.open(BytesIO(content)).size == (512, 171)
    assert (row["tvg_id"], Channel.objects.get().tvg_logo) == ("otr", row["tvg_logo"])


def test_what_is_cleared_is_null(client: ApiClient) -> None:
    channel = make_channel(tvg_id="otr", tvg_logo="https://example.com/logo.png")

    row = data_of(client.call("PATCH", f"channels/{channel.pk}", {"tvg_logo": "", "tvg_id": ""}))

    assert (row["tvg_id"], row["tvg_logo"], row["logo_url"]) == (None, None, None)


def test_what_comes_from_flussonic_cannot_be_written(client: ApiClient) -> None:
    channel = make_channel(display_name="Sport")

    error = error_of(client.call("PATCH", f"channels/{channel.pk}", {"tvg_id": "x", "display_name": "News"}), 422)

    assert error["code"] == "VALIDATION_ERROR"
    assert error["fields"] == {"display_name": ["This field cannot be written."]}
    assert Channel.objects.values_list("display_name", "tvg_id").get() == ("Sport", None)


def test_a_channel_is_put_into_a_group_and_out_of_it(client: ApiClient) -> None:
    channel, group = make_channel(), make_group(name="News")

    assert data_of(client.call("PATCH", f"channels/{channel.pk}/group", {"group_id": group.pk}))["group_name"] == "News"
    assert data_of(client.call("PATCH", f"channels/{channel.pk}/group", {"group_id": None}))["group_id"] is None


def test_a_group_has_to_be_named_to_be_changed(client: ApiClient) -> None:
    channel = make_channel(group=make_group())

    assert "group_id" in error_of(client.call("PATCH", f"channels/{channel.pk}/group", {}), 422)["fields"]
    assert Channel.objects.get().group is not None


def test_the_packages_of_a_channel_become_those_given(client: ApiClient) -> None:
    channel, other = make_channels(2)
    old, kept, new = make_package(channels=[channel, other]), make_package(channels=[channel]), make_package()

    row = data_of(client.call("PATCH", f"channels/{channel.pk}/packages", {"package_ids": [new.pk, kept.pk]}))

    assert row["package_ids"] == [kept.pk, new.pk]
    assert places() == {(old.pk, other.pk), (kept.pk, channel.pk), (new.pk, channel.pk)}


def test_channels_get_the_positions_that_are_asked_for(client: ApiClient) -> None:
    first, second = make_channels(2)
    order = [{"id": first.pk, "sort_order": 50}, {"id": second.pk, "sort_order": 40}]

    assert data_of(client.call("POST", "channels/reorder", {"order": order})) == {"order": order[::-1]}
    assert list(Channel.objects.values_list("sort_order", flat=True)) == [40, 50]


def test_a_channel_that_flussonic_still_has_cannot_be_deleted(client: ApiClient) -> None:
    channel = make_channel()

    assert error_of(client.call("DELETE", f"channels/{channel.pk}"), 400)["code"] == "CHANNEL_NOT_ORPHANED"
    assert Channel.objects.exists()


def test_an_orphan_is_deleted_from_everywhere(client: ApiClient) -> None:
    channel = make_channel(sync_status=ORPHANED)
    subscriber = make_subscriber(packages=[make_package(channels=[channel])], channels=[channel])
    OutboxEntry.objects.all().delete()

    assert data_of(client.call("DELETE", f"channels/{channel.pk}")) == {"id": channel.pk}

    assert not Channel.objects.exists()
    assert OutboxEntry.objects.get().token == subscriber.token


def test_what_deleting_a_channel_touches_is_told_before(client: ApiClient) -> None:
    channel = make_channel()
    package = make_package(channels=[channel])
    make_subscriber(tariffs=[make_tariff(packages=[package])], packages=[package])
    make_subscriber(channels=[channel])

    assert data_of(client.call("GET", f"channels/{channel.pk}/cascade-info")) == {"packages": 1, "users": 2}
