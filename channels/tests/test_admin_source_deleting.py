"""Sources of lists in the admin: switched off, deleted."""

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertContains

from catalog.tests.factories import make_package
from channels.models import Channel, ImportChange, Source
from channels.tests.factories import make_channel
from channels.tests.lists_in_admin import (
    LIST,
    given,
    import_it,
    imported,
    page,
)
from integrations.sources.importing import LOCK
from subscribers.models import OutboxEntry
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)


def test_switching_off_is_asked_with_counts(admin_client: Client) -> None:
    source = imported(admin_client).source
    make_subscriber(channels=[Channel.objects.all()[0]])

    question = admin_client.get(page("source_switch", source.pk))
    for text in ("Nobody gets its channels any more", "Channels: 2", "Packages affected: 0", "Subscribers affected: 1"):
        assertContains(question, text)
    source.refresh_from_db()
    assert source.is_active
    admin_client.post(page("source_switch", source.pk), {"active": "off"})
    admin_client.post(page("source_switch", source.pk), {"active": "off"})

    assert not Channel.objects.deliverable().exists()
    admin_client.post(page("source_switch", source.pk), {"active": "on"})
    assert Channel.objects.deliverable().count() == 2
    messages = [entry.get_change_message() for entry in LogEntry.objects.filter(action_flag=CHANGE)]
    assert messages == ["Changed active."] * 2


def test_a_list_is_deleted_with_its_channels_once_that_is_confirmed(admin_client: Client) -> None:
    source = imported(admin_client).source
    other = make_channel()
    make_subscriber(packages=[make_package(channels=[*Channel.objects.all()])])

    question = admin_client.get(page("source_delete", source.pk))
    for text in ("Channels deleted: 2", "Packages affected: 1", "Subscribers affected: 1"):
        assertContains(question, text)
    assert Channel.objects.count() == 3
    admin_client.post(page("source_delete", source.pk), {"post": "yes"})

    assert [*Channel.objects.all()] == [other]
    assert not Source.objects.lists().exists()


def test_nothing_is_deleted_while_a_list_is_being_imported(admin_client: Client) -> None:
    source = imported(admin_client).source
    chosen = {"action": "delete_selected", "_selected_action": [source.pk], "post": "yes"}
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        for answer in (
            admin_client.post(page("source_delete", source.pk), {"post": "yes"}, follow=True),
            admin_client.post(page("source_changelist"), chosen, follow=True),
        ):
            assertContains(answer, "A list is being imported at this moment")
    finally:
        other.close()

    assert Channel.objects.count() == 2


def test_lists_are_deleted_from_the_list_of_sources(admin_client: Client) -> None:
    source = imported(admin_client).source
    chosen = {"action": "delete_selected", "_selected_action": [source.pk]}

    assertContains(admin_client.post(page("source_changelist"), chosen), "Channels deleted: 2")
    admin_client.post(page("source_changelist"), {**chosen, "post": "yes"})

    assert not Source.objects.lists().exists()


def test_deleting_a_list_leaves_nothing_behind_and_marks_its_holders(admin_client: Client) -> None:
    source = imported(admin_client).source
    newer = given(admin_client, source, LIST.replace("Two", "2"))
    import_it(admin_client, newer)  # so that there are records of changes
    first, *others = Channel.objects.all()
    subscriber = make_subscriber(packages=[make_package(channels=[first])], channels=others)
    OutboxEntry.objects.all().delete()

    with CaptureQueriesContext(connection) as queries:
        admin_client.post(page("source_delete", source.pk), {"post": "yes"})

    assert not subscriber.channels.exists()
    assert not ImportChange.objects.exists()
    assert OutboxEntry.objects.get().token == subscriber.token
    assert len([query for query in queries if "DELETE FROM channels_channel " in query["sql"]]) == 1
    events = apps.get_model("channels", "ChannelEvent").objects.filter(pgh_label="delete")
    assert {*events.values_list("id", flat=True)} == {first.pk, *(channel.pk for channel in others)}
