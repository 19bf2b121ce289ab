"""Lists of the API: pages, look-ups, and what they cost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Package, Tariff
from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, Group
from channels.tests.factories import make_channel, make_channels, make_group
from playlist_project.api.filters import SortedFilterSet
from playlist_project.tests.api_client import ApiClient, by_token, data_of, error_of, make_staff
from subscribers.models import Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> ApiClient:
    return by_token(make_staff(is_superuser=True))


def names(client: ApiClient, address: str) -> list[str]:
    return [row["name"] for row in data_of(client.call("GET", address))["items"]]


def test_all_groups_are_on_one_page_unless_a_page_is_asked_for(client: ApiClient) -> None:
    groups = [make_group() for _ in range(25)]

    everything = data_of(client.call("GET", "groups"))
    second = data_of(client.call("GET", "groups?page=2"))
    small = data_of(client.call("GET", "groups?per_page=10"))

    assert [row["id"] for row in everything.pop("items")] == [group.pk for group in groups]
    assert everything == {"total": 25, "page": 1, "per_page": 25, "pages": 1}
    assert [row["id"] for row in second.pop("items")] == [group.pk for group in groups[20:]]
    assert second == {"total": 25, "page": 2, "per_page": 20, "pages": 2}
    assert len(small.pop("items")) == 10
    assert small == {"total": 25, "page": 1, "per_page": 10, "pages": 3}


def test_a_page_past_the_end_is_empty(client: ApiClient) -> None:
    make_group()

    for page in (2, 2**31 - 1):
        data = data_of(client.call("GET", f"groups?page={page}&per_page=200"))
        assert data == {"items": [], "total": 1, "page": page, "per_page": 200, "pages": 1}


@pytest.mark.parametrize("query", ["page", "page=", "page=0", "page=-1", "page=x", "page=1.5", "page=٣", "page=1%00"])
def test_a_page_that_is_none_is_invalid(client: ApiClient, query: str) -> None:
    assert list(error_of(client.call("GET", f"groups?{query}"), 422)["fields"]) == ["page"]


@pytest.mark.parametrize("query", ["per_page=201", "per_page=0", f"per_page={'9' * 5000}", "per_page=1&per_page=2"])
def test_a_page_size_that_cannot_be_is_invalid(client: ApiClient, query: str) -> None:
    assert list(error_of(client.call("GET", f"groups?{query}"), 422)["fields"]) == ["per_page"]


def make_catalog_row() -> None:
    package = make_package(channels=make_channels(2, group=make_group()))
    make_subscriber(tariffs=[make_tariff(packages=[package, make_package()])])


@pytest.mark.parametrize(
    "address",
    [
        "channels",
        "groups",
        "packages",
        "tariffs",
        "lookup/groups",
        "lookup/packages",
        "lookup/tariffs",
        "lookup/channels",
    ],
)
def test_a_list_costs_the_same_for_two_rows_and_for_twenty(client: ApiClient, address: str) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as context:
            assert data_of(client.call("GET", address))["items"]
        return [query["sql"] for query in context]

    def grow(times: int, make: Callable[[], None] = make_catalog_row) -> None:
        for _ in range(times):
            make()

    grow(2)
    queries()  # notes that the token was used
    few = queries()
    grow(18)

    assert len(queries()) == len(few)


def test_a_group_tells_how_many_channels_it_has(client: ApiClient) -> None:
    group = make_group(name="News")
    make_channels(3, group=group)

    (row,) = data_of(client.call("GET", "groups"))["items"]

    assert (row["name"], row["channel_count"], row["sort_order"]) == ("News", 3, group.sort_order)
    assert data_of(client.call("GET", f"groups/{group.pk}/cascade-info")) == {"channels": 3}


def test_a_new_group_comes_last(client: ApiClient) -> None:
    make_group(sort_order=7)

    assert data_of(client.call("POST", "groups", {"name": "News"}), 201)["sort_order"] == 8


def test_deleting_a_group_keeps_its_channels(client: ApiClient) -> None:
    channel = make_channel(group=make_group())

    group = channel.group_id
    assert data_of(client.call("DELETE", f"groups/{group}")) == {"id": group}

    assert not Group.objects.exists()
    assert Channel.objects.get().group is None


def test_reordering_places_the_given_groups_and_leaves_the_others(client: ApiClient) -> None:
    first, second, third = (make_group(sort_order=place) for place in (1, 2, 3))
    order = [{"id": first.pk, "sort_order": 9}, {"id": third.pk, "sort_order": 0}]

    answer = data_of(client.call("POST", "groups/reorder", {"order": order}))

    assert answer == {"order": order[::-1]}
    assert list(Group.objects.values_list("pk", "sort_order")) == [(third.pk, 0), (second.pk, 2), (first.pk, 9)]


def test_reordering_is_all_or_nothing(client: ApiClient) -> None:
    group = make_group(sort_order=1)
    order = [{"id": group.pk, "sort_order": 9}, {"id": group.pk + 1, "sort_order": 0}]

    assert error_of(client.call("POST", "groups/reorder", {"order": order}), 422)["fields"].keys() == {"order"}
    order[1]["id"] = group.pk
    assert error_of(client.call("POST", "groups/reorder", {"order": order}), 422)["fields"].keys() == {"order"}

    assert Group.objects.get().sort_order == 1


def test_a_tariff_is_made_of_packages(client: ApiClient) -> None:
    one, two = make_package(), make_package()

    made = data_of(client.call("POST", "tariffs", {"name": "Home", "package_ids": [two.pk, one.pk, two.pk]}), 201)
    changed = data_of(client.call("PATCH", f"tariffs/{made['id']}", {"package_ids": [two.pk]}))

    assert (made["name"], made["description"], made["package_ids"]) == ("Home", None, [one.pk, two.pk])
    assert (changed["package_ids"], changed["package_count"]) == ([two.pk], 1)
    assert set(Tariff.objects.get().packages.all()) == {two}


def test_a_change_leaves_what_is_not_given(client: ApiClient) -> None:
    tariff = make_tariff(packages=[make_package()], description="For the home")

    changed = data_of(client.call("PATCH", f"tariffs/{tariff.pk}", {"name": "New"}))

    assert (changed["name"], changed["description"], len(changed["package_ids"])) == ("New", "For the home", 1)


def test_a_tariff_that_cannot_be_made_whole_is_not_made(client: ApiClient) -> None:
    error_of(client.call("POST", "tariffs", {"name": "Home", "package_ids": [2**40]}), 422)

    assert not Tariff.objects.exists()


def test_many_packages_are_looked_up_in_one_query(client: ApiClient, django_assert_max_num_queries: Any) -> None:
    ids = [make_package().pk for _ in range(30)]
    client.call("GET", "auth/me")

    with django_assert_max_num_queries(20):
        data_of(client.call("POST", "tariffs", {"name": "Home", "package_ids": ids}), 201)


def test_what_a_delete_touches_is_told_before(client: ApiClient) -> None:
    package = make_package()
    tariff = make_tariff(packages=[package])
    make_subscriber(tariffs=[tariff], packages=[package])
    make_subscriber(packages=[package])

    assert data_of(client.call("GET", f"packages/{package.pk}/cascade-info")) == {"tariffs": 1, "users": 2}
    assert data_of(client.call("GET", f"tariffs/{tariff.pk}/cascade-info")) == {"users": 1}


def test_deleting_a_package_takes_it_from_everybody(client: ApiClient) -> None:
    package = make_package()
    make_subscriber(tariffs=[make_tariff(packages=[package])], packages=[package])

    data_of(client.call("DELETE", f"packages/{package.pk}"))

    assert not Package.objects.exists()
    assert not Subscriber.objects.get().packages.exists()


def test_look_ups_are_ids_and_names(client: ApiClient) -> None:
    package = make_package(name="Basic")

    assert data_of(client.call("GET", "lookup/packages"))["items"] == [{"id": package.pk, "name": "Basic"}]


def test_channels_are_looked_up_by_any_of_their_names_in_any_case(client: ApiClient) -> None:
    make_channel(display_name="Новости", tvg_name="x", stream_name="s1")
    make_channel(display_name="", tvg_name="x", stream_name="news-hd")
    make_channel(display_name=None, tvg_name="x", stream_name="sport", tvg_id="NEWS")
    make_channel(display_name="100% film", tvg_name="x", stream_name="s4")

    assert names(client, "lookup/channels?search=НОВ") == ["Новости"]
    assert names(client, "lookup/channels?search=news") == ["news-hd", "sport"]
    assert names(client, "lookup/channels?search=%25") == ["100% film"]


def test_look_ups_of_channels_are_limited(client: ApiClient) -> None:
    make_channels(25)

    assert len(names(client, "lookup/channels")) == 20
    assert len(names(client, "lookup/channels?limit=2")) == 2
    assert data_of(client.call("GET", "lookup/channels?limit=2"))["total"] == 25
    assert error_of(client.call("GET", "lookup/channels?limit=201"), 422)["fields"].keys() == {"limit"}
    assert error_of(client.call("GET", "lookup/channels?search=%00"), 422)["fields"].keys() == {"search"}


class SortedGroups(SortedFilterSet):
    SORTS = {"name": "name", "position": "sort_order"}

    class Meta:
        model = Group
        fields = ("name",)


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ({}, "abc"),
        ({"sort_dir": "desc"}, "cba"),
        ({"sort_by": "position"}, "bac"),
        ({"sort_by": "position", "sort_dir": "desc"}, "cab"),
        ({"name": "a"}, "a"),
    ],
)
def test_lists_are_sorted_by_what_is_asked_for_and_then_by_id(query: dict[str, str], order: str) -> None:
    for name, place in (("b", 1), ("a", 2), ("c", 2)):
        make_group(name=name, sort_order=place)

    assert "".join(group.name for group in SortedGroups(query, Group.objects.all()).qs) == order


@pytest.mark.parametrize("query", [{"sort_by": "id"}, {"sort_by": "-name"}, {"sort_dir": "up"}, {"name": "a\0"}])
def test_what_cannot_be_sorted_or_filtered_by_is_invalid(query: dict[str, str]) -> None:
    assert list(SortedGroups(query, Group.objects.all()).errors) == list(query)


def test_filters_and_ways_to_sort_are_known_parameters() -> None:
    assert {"name", "sort_by", "sort_dir"} == SortedGroups.base_filters.keys()
    assert SortedFilterSet.base_filters == {}
