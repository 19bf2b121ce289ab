"""Packages and tariffs side by side."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from catalog import admin_split
from catalog.tests.factories import make_package, make_tariff
from channels.search import MAX_SEARCH
from channels.tests.admin_steps import act, staff_client
from channels.tests.factories import make_channels
from playlist_project.tests.admin_pages import make_rows
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
PACKAGES = "/admin/catalog/package/"
TARIFFS = "/admin/catalog/tariff/"
ALL = ("view_package", "view_tariff")


def sides(client: Client, query: str = "") -> dict[str, list[str]]:
    return {side.name: [row.name for row in side.rows] for side in client.get(PACKAGES + query).context["sides"]}


def test_both_lists_are_on_one_page_by_name(admin_client: Client) -> None:
    for name in ("Sport", "Basic"):
        make_package(name=name)
        make_tariff(name=f"Home {name}")

    assert sides(admin_client) == {"package": ["Basic", "Sport"], "tariff": ["Home Basic", "Home Sport"]}


def test_rows_say_what_they_hold_and_who_holds_them(admin_client: Client) -> None:
    package = make_package(channels=make_channels(3))
    tariff, other = make_tariff(packages=[package]), make_tariff(packages=[package])
    make_subscriber(tariffs=[tariff, other], packages=[package])
    make_subscriber(tariffs=[tariff])
    make_subscriber(packages=[package])
    make_subscriber()

    page = admin_client.get(PACKAGES)

    (row,), (first, second) = (side.rows for side in page.context["sides"])
    assert (row.channel_count, row.tariff_count, row.holder_count) == (3, 2, 3)
    assert (first.package_count, first.subscriber_count, second.subscriber_count) == (1, 2, 1)
    assertContains(page, f'<a href="/admin/channels/channel/?package={package.pk}">3</a>', html=True)
    assertContains(page, f'<a href="/admin/subscribers/subscriber/?tariffs__id__exact={tariff.pk}">2</a>', html=True)


def test_a_search_goes_through_both_lists_in_any_case(admin_client: Client) -> None:
    make_package(name="Спорт HD")
    make_package(name="Basic")
    make_tariff(name="Всё и спорт")
    make_tariff(name="Home")

    assert sides(admin_client, "?q=СПОРТ") == {"package": ["Спорт HD"], "tariff": ["Всё и спорт"]}
    assertContains(admin_client.get(f"{PACKAGES}?q=nothing"), "No package matches.")


@pytest.mark.parametrize("query", ["%00", "b%00asic", "b%20" * 3000], ids=["NUL", "NUL within", "long"])
def test_a_search_takes_whatever_is_sent(admin_client: Client, query: str) -> None:
    make_package(name="Basic")

    page = admin_client.get(f"{PACKAGES}?q={query}")

    assert [row.name for row in page.context["sides"][0].rows] == ["Basic"]
    assert len(page.context["words"]) <= MAX_SEARCH


def test_empty_lists_say_what_to_do_first(admin_client: Client) -> None:
    page = admin_client.get(PACKAGES)

    assertContains(page, "Add one, then put channels into it")
    assertContains(page, "Add one and choose its packages")


def test_a_long_list_shows_its_beginning_and_leads_to_all(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_split, "ROWS_SHOWN", 2)
    for _ in range(3):
        make_package()

    page = admin_client.get(PACKAGES)

    assert len(page.context["sides"][0].rows) == 2
    assertContains(page, f'<a href="{PACKAGES}list/">Show all 3</a>', html=True)


@pytest.mark.parametrize("address", [PACKAGES, f"{PACKAGES}list/", f"{TARIFFS}list/"])
def test_lists_take_the_same_queries_for_2_rows_and_20(admin_client: Client, address: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(address)
        return len(captured)

    make_rows(2)
    queries()
    few = queries()
    make_rows(18)

    assert queries() == few


def test_who_may_only_look_is_offered_nothing_else() -> None:
    package, tariff = make_package(channels=make_channels(1)), make_tariff()

    page = staff_client(*ALL).get(PACKAGES)

    assertContains(page, package.name)
    assertContains(page, tariff.name)
    for words in ("Add package", "Add tariff", "Edit", "Delete…", "/admin/channels/channel/", "/subscriber/?"):
        assertNotContains(page, words)


def test_who_may_see_one_of_the_lists_sees_that_one() -> None:
    make_package()
    make_tariff(name="Home")

    assert sides(staff_client("view_tariff")) == {"tariff": ["Home"]}


def test_who_may_see_neither_list_is_refused() -> None:
    assert staff_client("view_channel").get(PACKAGES).status_code == 403


def test_the_address_of_tariffs_leads_to_both(admin_client: Client) -> None:
    assertRedirects(admin_client.get(f"{TARIFFS}?q=home"), f"{PACKAGES}?q=home")


@pytest.mark.parametrize("address", [PACKAGES, TARIFFS])
def test_the_plain_lists_remain_to_choose_many(admin_client: Client, address: str) -> None:
    make_rows(2)

    page = admin_client.get(f"{address}list/")
    rows = list(page.context["cl"].result_list)
    assertContains(page, "delete_selected")

    act(admin_client, "delete_selected", rows[:2], f"{address}list/", post="yes")
    assert admin_client.get(f"{address}list/").context["cl"].result_count == len(rows) - 2


@pytest.mark.parametrize("address", [PACKAGES, TARIFFS])
def test_filters_and_pop_ups_get_the_plain_list(admin_client: Client, address: str) -> None:
    assert "cl" in admin_client.get(f"{address}?_popup=1").context
    assert "cl" in admin_client.get(f"{address}?o=-1").context


@pytest.mark.parametrize("address", [PACKAGES, TARIFFS])
def test_saving_and_deleting_lead_back_to_both(admin_client: Client, address: str) -> None:
    admin_client.post(f"{address}add/", {"name": "New", "description": ""})
    pk = admin_client.get(f"{address}list/").context["cl"].result_list[0].pk

    saved = admin_client.post(f"{address}{pk}/change/", {"name": "Newer", "description": ""}, follow=True)
    deleted = admin_client.post(f"{address}{pk}/delete/", {"post": "yes"}, follow=True)

    assert "sides" in saved.context
    assert "sides" in deleted.context
