"""Channels out of a list in the admin: what staff may change of them, and what is not shown."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from channels.models import Channel
from channels.sources import create_list
from channels.tests.admin_steps import staff_client
from channels.tests.factories import make_channel
from channels.tests.lists_in_admin import LIST, SECRET, given, import_it, imported, page

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"tvg_id": "", "group": "", "is_active": "on", "logo_address": ""}


def listed(**fields: Any) -> Channel:
    values = {"display_name": "One", "listed_name": "One", "source_url": f"http://anna:{SECRET}@line.example.com/1.ts"}
    return make_channel(source=create_list("Partner"), stream_base_url="", **{**values, **fields})


def test_a_name_that_staff_write_stays_when_the_list_is_refreshed(admin_client: Client) -> None:
    source = imported(admin_client).source
    channel = Channel.objects.get(display_name="One")
    admin_client.post(page("channel_change", channel.pk), {**FORM, "display_name": "Our One"})

    import_it(admin_client, given(admin_client, source, LIST.replace('tvg-name="One"', 'tvg-name="The One"')))

    channel.refresh_from_db()
    assert (channel.display_name, channel.listed_name) == ("Our One", "The One")


def test_an_empty_name_follows_the_list_again(admin_client: Client) -> None:
    channel = listed(display_name="Our One")

    admin_client.post(page("channel_change", channel.pk), {**FORM, "display_name": " "})

    channel.refresh_from_db()
    assert channel.display_name == "One"


def test_the_name_of_a_channel_of_flussonic_is_not_changed(admin_client: Client) -> None:
    channel = make_channel(display_name="One")

    admin_client.post(page("channel_change", channel.pk), {**FORM, "display_name": "Our One"})

    channel.refresh_from_db()
    assert channel.display_name == "One"


def test_the_address_at_the_source_is_shown_without_its_login(admin_client: Client) -> None:
    shown = admin_client.get(page("channel_change", listed().pk))

    assertContains(shown, "http://line.example.com/…")
    assertContains(shown, "A refresh of the list keeps these up to date")
    assertNotContains(shown, SECRET)


def test_whoever_may_only_look_sees_the_page_too() -> None:
    shown = staff_client("view_channel").get(page("channel_change", listed().pk))

    assertContains(shown, "http://line.example.com/…")
    assertNotContains(shown, 'name="display_name"')


def test_an_orphan_of_a_list_is_deleted_as_any_other_and_a_synced_one_is_not(admin_client: Client) -> None:
    channel = listed()
    chosen = {"action": "delete_selected", "_selected_action": [channel.pk], "post": "yes"}
    refused = admin_client.post(page("channel_changelist"), chosen, follow=True)
    assertContains(refused, "Their source still has 1 of the selected channels")

    Channel.objects.update(sync_status="orphaned")
    admin_client.post(page("channel_changelist"), chosen)

    assert not Channel.objects.exists()


def test_the_channels_can_be_narrowed_to_a_source(admin_client: Client) -> None:
    channel, other = listed(), make_channel()

    shown = admin_client.get(f"{page('channel_changelist')}?source__id__exact={channel.source_id}")

    assertContains(shown, channel.stream_name)
    assertNotContains(shown, other.stream_name)
