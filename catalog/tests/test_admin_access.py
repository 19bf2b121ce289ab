"""Staff see whose access a change of tariffs and packages alters, before it is made."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects
from pytest_django.fixtures import Settings

from catalog.models import Package, Tariff
from catalog.tests.factories import make_package, make_tariff
from channels.tests.admin_steps import act, staff_client
from channels.tests.factories import make_channel
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
PACKAGES = "/admin/catalog/package/"
TARIFFS = "/admin/catalog/tariff/"


def save(client: Client, tariff: Tariff, packages: list[Package], **fields: str) -> Any:
    data = {"name": tariff.name, "description": "", "packages": [package.pk for package in packages], **fields}
    return client.post(f"{TARIFFS}{tariff.pk}/change/", data)


def agreed(page: Any) -> dict[str, str]:
    return {"_agreed": page.context["agreed"]}


def test_a_change_of_packages_says_who_gains_and_who_loses_before_it_is_saved(admin_client: Client) -> None:
    old, new = (make_package(channels=[make_channel(display_name=name)]) for name in ("Old channel", "New channel"))
    tariff = make_tariff(packages=[old])
    subscriber = make_subscriber(tariffs=[tariff])

    page = save(admin_client, tariff, [new], name="Renamed")

    for words in ("1 subscriber gains channels", "1 subscriber loses channels", "Old channel", "New channel"):
        assertContains(page, words)
    assertContains(page, f'<a href="/admin/subscribers/subscriber/{subscriber.pk}/change/">{subscriber}</a>', html=True)
    tariff.refresh_from_db()
    assert (tariff.name, list(tariff.packages.all())) != ("Renamed", [new])


def test_it_is_saved_once_it_is_agreed_to(admin_client: Client) -> None:
    new = make_package(channels=[make_channel()])
    tariff = make_tariff()
    make_subscriber(tariffs=[tariff])

    answer = save(admin_client, tariff, [new], name="Renamed", **agreed(save(admin_client, tariff, [new])))

    assertRedirects(answer, TARIFFS, fetch_redirect_response=False)
    tariff.refresh_from_db()
    assert (tariff.name, list(tariff.packages.all())) == ("Renamed", [new])


def test_what_was_agreed_to_is_asked_again_after_somebody_elses_change(admin_client: Client) -> None:
    new, other = make_package(channels=[make_channel()]), make_package(channels=[make_channel()])
    tariff = make_tariff()
    make_subscriber(tariffs=[tariff])
    answer = agreed(save(admin_client, tariff, [new]))

    tariff.packages.add(other)

    assertContains(save(admin_client, tariff, [new], **answer), "1 subscriber loses channels")
    assert list(tariff.packages.all()) == [other]


def test_those_who_are_left_with_nothing_are_named(admin_client: Client) -> None:
    tariff = make_tariff(packages=[make_package(channels=[make_channel()])])
    make_subscriber(tariffs=[tariff])

    assertContains(save(admin_client, tariff, []), "1 subscriber would have no channel at all")


@pytest.mark.parametrize(
    "keeps", [pytest.param(True, id="kept by another path"), pytest.param(False, id="nobody has the tariff")]
)
def test_a_change_that_alters_nobodys_access_is_saved_at_once(admin_client: Client, keeps: bool) -> None:
    package = make_package(channels=[make_channel()])
    tariff = make_tariff(packages=[package])
    if keeps:
        make_subscriber(tariffs=[tariff], packages=[package])

    save(admin_client, tariff, [])

    assert not tariff.packages.exists()


def test_the_page_posts_the_same_form_again(admin_client: Client) -> None:
    new = make_package(channels=[make_channel()])
    tariff = make_tariff()
    make_subscriber(tariffs=[tariff])

    page = save(admin_client, tariff, [new], description="<Two> lines\nof text", _continue="Save")

    fields = dict(page.context["fields"])
    assert fields["packages"] == str(new.pk)
    assert (fields["description"], fields["_continue"]) == ("<Two> lines\nof text", "Save")


def test_no_leads_back_to_the_form_as_it_was_filled_in(admin_client: Client) -> None:
    new = make_package(channels=[make_channel()])
    tariff = make_tariff()
    make_subscriber(tariffs=[tariff])

    page = save(admin_client, tariff, [new], name="Renamed", _back="yes")

    assertContains(page, "Nothing has been saved yet.")
    assertContains(page, 'value="Renamed"')
    assertContains(page, f'<option value="{new.pk}" selected>')
    assertNotContains(page, "errornote")
    assert not tariff.packages.exists()


def test_a_form_in_error_is_shown_as_ever(admin_client: Client) -> None:
    tariff = make_tariff(packages=[make_package(channels=[make_channel()])])
    make_subscriber(tariffs=[tariff])

    assertContains(save(admin_client, tariff, [], name=""), "This field is required.")


def test_names_of_subscribers_are_shown_only_to_those_who_may_see_them() -> None:
    tariff = make_tariff(packages=[make_package(channels=[make_channel()])])
    subscriber = make_subscriber(tariffs=[tariff])

    page = save(staff_client("change_tariff", "view_tariff"), tariff, [])

    assertContains(page, "1 subscriber loses channels")
    assertNotContains(page, str(subscriber))


def test_who_may_not_change_tariffs_is_refused() -> None:
    tariff = make_tariff(packages=[make_package(channels=[make_channel()])])
    make_subscriber(tariffs=[tariff])

    assert save(staff_client("view_tariff"), tariff, []).status_code == 403


def test_the_page_says_who_is_told(admin_client: Client, settings: Settings) -> None:
    tariff = make_tariff(packages=[make_package(channels=[make_channel()])])
    make_subscriber(tariffs=[tariff])

    assertContains(save(admin_client, tariff, []), "No Auth Service is configured")
    settings.AUTH_SERVICE_URL = "http://auth.example.com"
    assertContains(save(admin_client, tariff, []), "The Auth Service is told within seconds.")


@pytest.mark.parametrize("kind", ["package", "tariff"])
def test_deleting_says_who_loses_access_beside_the_counts(admin_client: Client, kind: str) -> None:
    package = make_package(channels=[make_channel(display_name="Morning news")])
    tariff = make_tariff(packages=[package])
    make_subscriber(tariffs=[tariff])
    make_subscriber(tariffs=[tariff], channels=list(package.channels.all()))
    row, address = (package, PACKAGES) if kind == "package" else (tariff, TARIFFS)

    for page in (
        admin_client.get(f"{address}{row.pk}/delete/"),
        act(admin_client, "delete_selected", [row], f"{address}list/"),
    ):
        for words in ("Subscribers affected: 2", "1 subscriber loses channels", "Morning news", "no channel at all"):
            assertContains(page, words)


def test_deleting_what_nobody_needs_says_so(admin_client: Client) -> None:
    package = make_package(channels=[make_channel()])

    assertContains(admin_client.get(f"{PACKAGES}{package.pk}/delete/"), "Nobody gains or loses a channel by this.")
