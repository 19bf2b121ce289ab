"""What staff do to many channels at once in the admin."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains, assertNotContains

from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel
from channels.tests.admin_steps import act, agree, staff_client
from channels.tests.factories import make_channel, make_channels, make_group
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
CONFIRMED = {"confirmed": "yes"}


def test_a_group_is_set_with_a_link_to_it(admin_client: Client) -> None:
    channels, group = make_channels(2), make_group(name="News & <more>")

    page = act(admin_client, "set_group", channels, confirmed="yes", group=group.pk)

    assertContains(page, "2 channels are in the group")
    assertContains(page, f'<a href="/admin/channels/channel/?group__id__exact={group.pk}">News &amp; &lt;more&gt;</a>')


def test_packages_are_chosen_before_anything_happens(admin_client: Client) -> None:
    channels, package = make_channels(2), make_package(name="Basic")

    page = act(admin_client, "add_to_packages", channels)

    assertContains(page, f'<input type="checkbox" name="packages" value="{package.pk}"')
    assert not package.channels.exists()


def test_many_packages_are_looked_up_by_name(admin_client: Client) -> None:
    packages = [make_package() for _ in range(41)]
    channel = make_channel()

    page = act(admin_client, "add_to_packages", [channel])
    assertContains(page, "admin-autocomplete")

    agree(admin_client, "add_to_packages", [channel], **CONFIRMED, packages=[packages[40].pk])
    assert channel.packages.get() == packages[40]


def test_nothing_is_asked_where_there_is_no_package(admin_client: Client) -> None:
    assertContains(act(admin_client, "add_to_packages", make_channels(1)), "There is no package yet")


def test_a_package_must_be_chosen(admin_client: Client) -> None:
    make_package()

    assertContains(act(admin_client, "add_to_packages", make_channels(1), confirmed="yes"), "This field is required.")


def test_before_channels_come_into_packages_it_is_said_who_gains_them(admin_client: Client) -> None:
    there, new = make_channel(), make_channel(display_name="Morning news")
    package, other = make_package(name="Basic", channels=[there]), make_package(name="More")
    subscriber = make_subscriber(tariffs=[make_tariff(packages=[package])])

    chosen: dict[str, Any] = {"confirmed": "yes", "packages": [package.pk, other.pk]}
    page = act(admin_client, "add_to_packages", [there, new], **chosen)

    for words in ("2 channels are chosen.", "Basic: 1 new, 1 there already.", "More: 2 new, 0 there already."):
        assertContains(page, words)
    for words in ("1 subscriber gains channels", "Morning news", str(subscriber)):
        assertContains(page, words)
    assert set(package.channels.all()) == {there}


def test_channels_come_into_several_packages_at_once(admin_client: Client) -> None:
    there, new = make_channels(2)
    package, other = make_package(name="Basic", channels=[there]), make_package(name="More")

    page = agree(admin_client, "add_to_packages", [there, new], **CONFIRMED, packages=[package.pk, other.pk])

    assert set(package.channels.all()) == set(other.channels.all()) == {there, new}
    assertContains(page, "Channels chosen: 2. New in packages: 3.")
    assertContains(page, f'<a href="/admin/channels/channel/?package={other.pk}">More</a>', html=True)


def test_channels_go_out_of_packages_after_it_is_said_who_loses_them(admin_client: Client) -> None:
    channel, stays = make_channel(display_name="Morning news"), make_channel()
    package, other = make_package(name="Basic", channels=[channel, stays]), make_package(channels=[channel])
    make_subscriber(packages=[package])
    chosen: dict[str, Any] = {"confirmed": "yes", "packages": [package.pk]}

    page = act(admin_client, "remove_from_packages", [channel], **chosen)
    for words in ("Basic: 1 to be removed, 0 not in it.", "1 subscriber loses channels", "Morning news"):
        assertContains(page, words)
    assertNotContains(page, "no channel at all")

    agree(admin_client, "remove_from_packages", [channel], **chosen)
    assert list(package.channels.all()) == [stays]
    assert list(other.channels.all()) == [channel]


def test_only_packages_that_have_the_channels_are_offered_for_removal(admin_client: Client) -> None:
    channel = make_channel()
    make_package(name="Has it", channels=[channel])
    make_package(name="Has it not")

    page = act(admin_client, "remove_from_packages", [channel])

    assertContains(page, "Has it</label>")
    assertNotContains(page, "Has it not")


def test_channels_in_no_package_are_not_removed_from_any(admin_client: Client) -> None:
    make_package()

    assertContains(
        act(admin_client, "remove_from_packages", make_channels(1)), "None of these channels is in a package"
    )


def test_no_leads_back_to_what_was_chosen(admin_client: Client) -> None:
    channel, package = make_channel(), make_package()

    page = act(admin_client, "add_to_packages", [channel], confirmed="yes", packages=[package.pk], _back="yes")

    assertContains(page, f'name="packages" value="{package.pk}" id="id_packages_0" checked')
    assert not package.channels.exists()


def test_all_rows_of_a_long_list_go_through_all_pages(admin_client: Client) -> None:
    channels, package = make_channels(105), make_package()
    across = {"select_across": "1", "index": "0"}

    page = act(admin_client, "add_to_packages", channels[:100], **across)
    assert page.content.decode().count('name="_selected_action"') == 1

    chosen: dict[str, Any] = {"select_across": "1", "confirmed": "yes", "packages": [package.pk]}
    page = act(admin_client, "add_to_packages", channels[:1], **chosen)
    assertContains(page, "105 channels are chosen.")
    assertContains(page, '<input type="hidden" name="select_across" value="1">', html=True)

    act(admin_client, "add_to_packages", channels[:1], **chosen, _agreed=page.context["agreed"])
    assert package.channels.count() == 105


def test_channels_that_come_after_the_question_are_asked_about_first(admin_client: Client) -> None:
    channels, package = make_channels(1), make_package()
    chosen: dict[str, Any] = {"select_across": "1", "confirmed": "yes", "packages": [package.pk]}
    asked = act(admin_client, "add_to_packages", channels, **chosen).context["agreed"]
    make_channels(5)

    page = act(admin_client, "add_to_packages", channels, **chosen, _agreed=asked)
    assertContains(page, "The list has changed meanwhile")
    assertContains(page, "6 channels are chosen.")
    assert not package.channels.exists()

    act(admin_client, "add_to_packages", channels, **chosen, _agreed=page.context["agreed"])
    assert package.channels.count() == 6


def test_other_packages_than_those_asked_about_are_asked_about_first(admin_client: Client) -> None:
    channels, (asked_about, other) = make_channels(1), (make_package(), make_package())
    asked = act(admin_client, "add_to_packages", channels, **CONFIRMED, packages=[asked_about.pk]).context["agreed"]

    act(admin_client, "add_to_packages", channels, **CONFIRMED, packages=[other.pk], _agreed=asked)

    assert not other.channels.exists()


def test_the_answer_is_as_short_for_many_channels(admin_client: Client) -> None:
    package = make_package()
    chosen: dict[str, Any] = {"select_across": "1", "confirmed": "yes", "packages": [package.pk]}
    few = act(admin_client, "add_to_packages", make_channels(1), **chosen).context["agreed"]

    many = act(admin_client, "add_to_packages", make_channels(50), **chosen).context["agreed"]

    assert len(many) == len(few)
    assert many != few


def test_filling_packages_takes_the_same_queries_for_2_rows_and_20(admin_client: Client) -> None:
    packages = [make_package() for _ in range(20)]
    for package in packages:
        make_subscriber(packages=[package])
    make_channels(20)

    def queries(amount: int) -> int:
        rows = list(Channel.objects.all()[:amount])
        chosen = [package.pk for package in packages[:amount]]
        with CaptureQueriesContext(connection) as captured:
            agree(admin_client, "add_to_packages", rows, **CONFIRMED, packages=chosen)
        return len(captured)

    assert queries(2) == queries(20)


def test_packages_are_not_filled_without_the_permission_to_change_them(admin_client: Client) -> None:
    channel, package = make_channel(), make_package()
    answer: dict[str, Any] = {"confirmed": "yes", "packages": [package.pk]}
    answer["_agreed"] = act(admin_client, "add_to_packages", [channel], **answer).context["agreed"]

    act(staff_client("view_channel", "change_channel"), "add_to_packages", [channel], **answer)

    assert not package.channels.exists()
