"""Channels changed by the thousand through the API."""

from typing import Any

import pytest

from catalog.models import Package
from catalog.tests.factories import make_package
from channels.models import Channel
from channels.tests.admin_steps import staff_client
from channels.tests.factories import make_channel, make_channels, make_group
from playlist_project.tests.api_client import ApiClient, by_token, data_of, error_of, make_staff
from subscribers.models import OutboxEntry
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> ApiClient:
    return by_token(make_staff(is_superuser=True))


def places() -> set[tuple[int, int]]:
    return set(Package.channels.through.objects.values_list("package", "channel"))


def test_many_channels_are_put_into_a_group_and_packages_at_once(client: ApiClient) -> None:
    group, (one, two, other) = make_group(), make_channels(3)
    Channel.objects.filter(pk=one.pk).update(group=group)
    add, remove = make_package(channels=[one]), make_package(channels=[one, two, other])
    body = {
        "ids": [two.pk, one.pk, two.pk],
        "group_id": group.pk,
        "add_package_ids": [add.pk],
        "remove_package_ids": [remove.pk],
    }

    assert data_of(client.call("POST", "channels/bulk", body)) == {
        "channels": 2,
        "group_changed": 1,
        "packages_added": 1,
        "packages_removed": 2,
        "errors": [],
    }
    assert set(group.channels.all()) == {one, two}
    assert places() == {(add.pk, one.pk), (add.pk, two.pk), (remove.pk, other.pk)}


def test_an_id_that_is_none_of_a_channel_is_told_and_the_others_are_done(client: ApiClient) -> None:
    channel = make_channel(group=make_group())

    answer = data_of(client.call("POST", "channels/bulk", {"ids": [2**40, channel.pk], "group_id": None}))

    assert answer["errors"] == [{"id": 2**40, "code": "NOT_FOUND", "message": "There is no channel with this id."}]
    assert (answer["channels"], answer["group_changed"]) == (1, 1)
    assert Channel.objects.get().group is None


def test_channels_are_chosen_by_a_filter_as_they_were_before_the_change(client: ApiClient) -> None:
    old, new, package = make_group(), make_group(), make_package()
    moved = make_channels(3, group=old)
    make_channel()
    body = {"filter": {"group_id": old.pk}, "group_id": new.pk, "add_package_ids": [package.pk]}

    answer = data_of(client.call("POST", "channels/bulk", body))

    assert (answer["channels"], answer["group_changed"], answer["packages_added"]) == (3, 3, 3)
    assert set(package.channels.all()) == set(new.channels.all()) == set(moved)


def test_a_filter_of_what_belongs_to_nothing(client: ApiClient) -> None:
    group, lost = make_group(), make_channel()
    make_channel(group=make_group())
    body = {"filter": {"group_id": "none", "package_id": "none", "sync_status": "synced"}, "group_id": group.pk}

    assert data_of(client.call("POST", "channels/bulk", body))["channels"] == 1
    assert group.channels.get() == lost


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"ids": [1], "filter": {"search": "x"}, "group_id": None}, "ids"),
        ({"ids": [], "group_id": None}, "ids"),
        ({"ids": list(range(1, 10_002)), "group_id": None}, "ids"),
        ({"filter": {"search": ""}, "group_id": None}, "filter.search"),
        ({"filter": {"sort_by": "id"}, "group_id": None}, "filter.sort_by"),
        ({"filter": {"group_id": True}, "group_id": None}, "filter.group_id"),
    ],
)
def test_what_cannot_be_done_in_bulk_is_named(client: ApiClient, body: Any, field: str) -> None:
    channel = make_channel(group=make_group())

    assert list(error_of(client.call("POST", "channels/bulk", body), 422)["fields"]) == [field]

    channel.refresh_from_db()
    assert channel.group is not None


def test_a_package_is_not_both_added_and_removed(client: ApiClient) -> None:
    channel, package = make_channel(), make_package()
    body = {"ids": [channel.pk], "add_package_ids": [package.pk], "remove_package_ids": [package.pk]}

    assert "remove_package_ids" in error_of(client.call("POST", "channels/bulk", body), 422)["fields"]


def test_a_change_in_bulk_costs_the_same_for_two_channels_and_for_twenty(
    client: ApiClient, django_assert_max_num_queries: Any
) -> None:
    add, remove = make_package(), make_package(channels=make_channels(20))
    client.call("GET", "auth/me")
    body = {
        "filter": {"sync_status": "synced"},
        "group_id": make_group().pk,
        "add_package_ids": [add.pk],
        "remove_package_ids": [remove.pk],
    }

    with django_assert_max_num_queries(16):
        assert data_of(client.call("POST", "channels/bulk", body))["packages_added"] == 20


def test_whoever_holds_a_package_that_is_filled_in_bulk_is_delivered_anew(client: ApiClient) -> None:
    channel, package = make_channel(), make_package()
    subscriber = make_subscriber(packages=[package])
    OutboxEntry.objects.all().delete()

    data_of(client.call("POST", "channels/bulk", {"ids": [channel.pk], "add_package_ids": [package.pk]}))

    assert OutboxEntry.objects.get().token == subscriber.token


@pytest.mark.parametrize(
    ("permission", "body", "status"),
    [
        ("change_package", {"add_package_ids": []}, 200),
        ("change_package", {"group_id": None}, 403),
        ("change_channel", {"group_id": None}, 200),
        ("change_channel", {"remove_package_ids": []}, 403),
        ("change_channel", {"group_id": None, "add_package_ids": []}, 403),
        ("view_channel", {}, 403),
    ],
)
def test_bulk_asks_for_the_permission_of_what_is_done(permission: str, body: dict[str, Any], status: int) -> None:
    client = staff_client(permission)

    answer = client.post("/api/v1/channels/bulk", {"ids": [make_channel().pk], **body}, content_type="application/json")

    assert answer.status_code == status
