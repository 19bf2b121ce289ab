"""Packages and tariffs in a real browser: what staff see before access changes, and both lists side by side."""

import pytest
from playwright.sync_api import Page

from catalog.models import Package
from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel
from channels.tests.factories import make_channel, make_channels
from playlist_project.tests.browser import TELEPHONE, in_a_browser
from subscribers.tests.factories import make_subscriber

pytestmark = in_a_browser
SPLIT = "/admin/catalog/package/"


@pytest.fixture
def sold() -> tuple[Package, Package]:
    """Two packages; the tariff Home has the first, and a subscriber has Home."""
    basic = make_package(name="Basic", channels=[make_channel(display_name="Old channel")])
    sport = make_package(name="Sport", channels=[make_channel(display_name="New channel")])
    make_subscriber(tariffs=[make_tariff(name="Home", packages=[basic])])
    return basic, sport


def swap_packages(page: Page) -> None:
    page.goto(SPLIT)
    page.click('a[aria-label="Edit Home"]')
    page.click(".select2-selection__choice__remove")
    page.fill(".select2-search__field", "spo")
    page.click(".select2-results__option:has-text('Sport')")
    page.click('input[name="_save"]')


def test_other_packages_of_a_tariff_are_seen_before_they_are_saved(page: Page, sold: tuple[Package, Package]) -> None:
    basic, sport = sold
    swap_packages(page)
    assert "Old channel" in page.inner_text(".access-loss")
    assert "New channel" in page.inner_text(".access-gain")
    assert list(basic.tariffs.all()) != []

    page.click('button:has-text("Save")')
    page.wait_for_selector(".split")
    assert (basic.tariffs.count(), sport.tariffs.count()) == (0, 1)


def test_no_leads_back_to_the_packages_as_they_were_chosen(page: Page, sold: tuple[Package, Package]) -> None:
    swap_packages(page)
    page.click('button:has-text("No, take me back")')

    assert "Sport" in page.inner_text(".select2-selection__choice")
    page.click('input[name="_save"]')
    assert "New channel" in page.inner_text(".access-gain")


def test_a_package_is_deleted_from_its_row_with_counts(page: Page, sold: tuple[Package, Package]) -> None:
    page.goto(SPLIT)
    page.click('a[aria-label="Delete Basic…"]')
    assert "Subscribers affected: 1" in page.inner_text("#touched")
    assert "no channel at all" in page.inner_text("#access")

    page.click('input[value="Yes, delete"]')
    page.wait_for_selector(".split")
    assert [package.name for package in Package.objects.all()] == ["Sport"]


def test_channels_are_added_to_two_packages(page: Page, sold: tuple[Package, Package]) -> None:
    channel = make_channel(display_name="Third channel")
    page.goto("/admin/channels/channel/")
    page.check(f'input[name="_selected_action"][value="{channel.pk}"]')
    page.select_option('select[name="action"]', "add_to_packages")
    page.click('button[name="index"]')
    page.check("text=Basic")
    page.check("text=Sport")
    page.click('input[value="Next"]')
    assert "1 subscriber gains channels" in page.inner_text(".access-gain")
    page.click('button:has-text("Add")')

    page.click(".messagelist a:has-text('Sport')")
    page.wait_for_url("**/channels/channel/?package=*")
    assert {package.name for package in channel.packages.all()} == {"Basic", "Sport"}
    assert Channel.objects.filter(packages=sold[1]).count() == 2


@pytest.mark.parametrize(("width", "side_by_side"), [(1280, True), (TELEPHONE["width"], False)])
def test_both_lists_fit_on_wide_and_narrow_screens(page: Page, width: int, side_by_side: bool) -> None:
    make_tariff(name="A tariff", packages=[make_package(name="A package of a long name", channels=make_channels(2))])
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(SPLIT)

    left, right = (page.locator(".split-side").nth(number).bounding_box() for number in (0, 1))
    assert left
    assert right
    assert (left["y"] == right["y"]) == side_by_side
    assert left["x"] + left["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
