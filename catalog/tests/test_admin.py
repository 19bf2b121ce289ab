"""Packages and tariffs in the admin."""

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from catalog.models import Package, Tariff
from catalog.tests.factories import make_package, make_tariff
from channels.tests.admin_steps import act, staff_client
from channels.tests.factories import make_channels
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
PACKAGES = "/admin/catalog/package/"
TARIFFS = "/admin/catalog/tariff/"


def test_packages_show_their_channels_and_tariffs_by_number(admin_client: Client) -> None:
    package = make_package(channels=make_channels(3))
    make_tariff(packages=[package])

    page = admin_client.get(f"{PACKAGES}list/")

    (row,) = page.context["cl"].result_list
    assert (row.channel_count, row.tariff_count) == (3, 1)
    assertContains(page, f'<a href="/admin/channels/channel/?package={package.pk}">3</a>', html=True)


def test_the_form_of_a_package_leaves_its_channels_alone(admin_client: Client) -> None:
    package = make_package(channels=make_channels(3))

    admin_client.post(f"{PACKAGES}{package.pk}/change/", {"name": "Basic", "description": "All of it"})

    package.refresh_from_db()
    assert (package.name, package.description, package.channels.count()) == ("Basic", "All of it", 3)


def test_the_page_of_a_package_says_who_has_it(admin_client: Client) -> None:
    package = make_package()
    tariff = make_tariff(packages=[package], name="Home")
    make_subscriber(tariffs=[tariff], packages=[package])
    make_subscriber(tariffs=[tariff])

    page = admin_client.get(f"{PACKAGES}{package.pk}/change/")

    assertContains(page, f'<a href="{TARIFFS}{tariff.pk}/change/">Home</a>', html=True)
    assertContains(page, '<div class="readonly">2</div>', html=True)


def test_a_new_package_asks_for_name_and_description_only(admin_client: Client) -> None:
    page = admin_client.get(f"{PACKAGES}add/")

    assert list(page.context["adminform"].form.fields) == ["name", "description"]
    assertNotContains(page, "Subscribers")


def test_deleting_a_package_says_whom_it_touches(admin_client: Client) -> None:
    package = make_package()
    make_subscriber(tariffs=[make_tariff(packages=[package])])
    make_subscriber(packages=[package])

    page = admin_client.get(f"{PACKAGES}{package.pk}/delete/")
    admin_client.post(f"{PACKAGES}{package.pk}/delete/", {"post": "yes"})

    assertContains(page, "Tariffs affected: 1")
    assertContains(page, "Subscribers affected: 2")
    assert not Package.objects.exists()


def test_deleting_several_packages_counts_each_subscriber_once(admin_client: Client) -> None:
    packages = [make_package(), make_package()]
    make_subscriber(packages=packages)

    assertContains(act(admin_client, "delete_selected", packages, PACKAGES), "Subscribers affected: 1")
    act(admin_client, "delete_selected", packages, PACKAGES, post="yes")

    assert not Package.objects.exists()


def test_a_tariff_is_made_of_packages(admin_client: Client) -> None:
    packages = [make_package(), make_package()]

    admin_client.post(f"{TARIFFS}add/", {"name": "Home", "description": "", "packages": [p.pk for p in packages]})

    assert set(Tariff.objects.get(name="Home").packages.all()) == set(packages)


def test_tariffs_lead_to_their_subscribers(admin_client: Client) -> None:
    tariff = make_tariff()
    make_subscriber(tariffs=[tariff])

    address = f"/admin/subscribers/subscriber/?tariffs__id__exact={tariff.pk}"

    assertContains(admin_client.get(f"{TARIFFS}list/"), f'<a href="{address}">1</a>', html=True)
    assert admin_client.get(address).context["cl"].result_count == 1


def test_deleting_a_tariff_says_whom_it_touches(admin_client: Client) -> None:
    tariff = make_tariff()
    make_subscriber(tariffs=[tariff])

    assertContains(admin_client.get(f"{TARIFFS}{tariff.pk}/delete/"), "Subscribers affected: 1")


def test_who_may_only_look_cannot_delete() -> None:
    package = make_package()

    response = staff_client("view_package").post(f"{PACKAGES}{package.pk}/delete/", {"post": "yes"})

    assert response.status_code == 403
    assert Package.objects.exists()
