"""Groups in the admin."""

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from channels.models import Channel, Group
from channels.tests.admin_steps import staff_client
from channels.tests.factories import make_channel, make_channels, make_group

pytestmark = pytest.mark.django_db

CHANNELS = "/admin/channels/channel/"

GROUPS = "/admin/channels/group/"


def test_a_new_group_comes_last(admin_client: Client) -> None:
    make_group(sort_order=500)

    admin_client.post(f"{GROUPS}add/", {"name": "Late"})

    assert Group.objects.get(name="Late").sort_order == 501


def test_groups_show_how_many_channels_they_have(admin_client: Client) -> None:
    group = make_group()
    make_channels(3, group=group)

    assertContains(admin_client.get(GROUPS), f'<a href="{CHANNELS}?group__id__exact={group.pk}">3</a>', html=True)


def test_groups_are_edited_and_deleted_from_their_rows(admin_client: Client) -> None:
    group = make_group(name="News")

    page = admin_client.get(GROUPS)

    for name, words in (("change", "Edit News"), ("delete", "Delete News…")):
        assertContains(page, f'href="{GROUPS}{group.pk}/{name}/" aria-label="{words}"')


def test_who_may_only_look_at_groups_is_offered_nothing_else() -> None:
    make_group()

    page = staff_client("view_group").get(GROUPS)

    assertNotContains(page, "row-edit")
    assertNotContains(page, "row-delete")


def test_deleting_a_group_says_how_many_channels_lose_it(admin_client: Client) -> None:
    group = make_group()
    channel = make_channel(group=group)

    page = admin_client.get(f"{GROUPS}{group.pk}/delete/")
    admin_client.post(f"{GROUPS}{group.pk}/delete/", {"post": "yes"})

    assertContains(page, "Channels without a group afterwards: 1")
    assert Channel.objects.get(pk=channel.pk).group is None
