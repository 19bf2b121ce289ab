"""Channels out of a list in the admin: what staff may change of them, and what is not shown."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
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


# A form that was opened before a refresh


RENEWED = LIST.replace('tvg-id="one.tv" tvg-name="One"', 'tvg-id="1.tv" tvg-name="The One"').replace(
    '1.png" group-title="News"', '2.png" group-title="World"'
)


def sent_by(answer: Any) -> dict[str, Any]:
    """Return what a browser sends of a page that staff have not touched."""
    form = answer.context["adminform"].form
    shown = {bound.html_name: bound.value() or "" for bound in form}
    kept = re.findall(r'<input type="hidden" name="(initial-\w+)"(?: value="([^"]*)")?', answer.content.decode())
    return {**shown, **dict(kept), "is_active": "on", "_opened": answer.context["opened"]}


def merged(channel: Channel) -> list[str | None]:
    channel = Channel.objects.get(pk=channel.pk)
    return [channel.display_name, channel.tvg_id, channel.tvg_logo, str(channel.group)]


def opened_before_a_refresh(client: Client) -> tuple[Channel, dict[str, Any]]:
    source = imported(client).source
    channel = Channel.objects.get(display_name="One")
    fields = sent_by(client.get(page("channel_change", channel.pk)))
    import_it(client, given(client, source, RENEWED))
    return channel, fields


def test_what_staff_left_as_an_older_page_showed_it_stays_with_the_list(admin_client: Client) -> None:
    channel, fields = opened_before_a_refresh(admin_client)

    admin_client.post(page("channel_change", channel.pk), {**fields, "is_active": "", "_opened": ""})

    assert not Channel.objects.get(pk=channel.pk).is_active
    assert merged(channel) == ["The One", "1.tv", "http://logo.example.com/2.png", "World"]


def test_what_staff_changed_on_an_older_page_is_theirs_and_the_rest_is_not(admin_client: Client) -> None:
    channel, fields = opened_before_a_refresh(admin_client)

    admin_client.post(page("channel_change", channel.pk), {**fields, "tvg_id": "our.tv", "_opened": ""})

    assert merged(channel) == ["The One", "our.tv", "http://logo.example.com/2.png", "World"]


def test_whoever_is_told_of_a_refresh_sees_what_it_brought_and_keeps_it_by_saving_again(admin_client: Client) -> None:
    channel, fields = opened_before_a_refresh(admin_client)
    where = page("channel_change", channel.pk)

    told = admin_client.post(where, {**fields, "tvg_id": "our.tv"})
    assertContains(told, "This was changed while you had it open")
    assertContains(told, 'name="display_name" value="The One"')

    admin_client.post(where, sent_by(told))
    assert merged(channel) == ["The One", "our.tv", "http://logo.example.com/2.png", "World"]


def test_a_form_writes_nothing_of_a_list_that_staff_have_not_changed(admin_client: Client) -> None:
    where = page("channel_change", listed().pk)
    fields = sent_by(admin_client.get(where))

    with CaptureQueriesContext(connection) as queries:
        admin_client.post(where, {**fields, "is_active": ""})

    (written,) = re.findall(r'UPDATE "channels_channel" SET (.+?) WHERE', str(queries.captured_queries))
    assert re.findall(r'"(\w+)" = ', written) == ["is_active", "updated_at"]


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
