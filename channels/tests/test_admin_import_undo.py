"""Taking back an import of a list in the admin."""

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from catalog.tests.factories import make_package
from channels.models import Channel
from channels.tests.admin_steps import staff_client
from channels.tests.lists_in_admin import (
    LIST,
    again,
    decide,
    given,
    import_it,
    imported,
    page,
    work,
)
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)


def test_undo_says_what_it_does_and_does_it(admin_client: Client) -> None:
    run = imported(admin_client)
    make_subscriber(packages=[make_package(channels=[*Channel.objects.all()[:1]])])

    question = admin_client.get(page("importrun_undo", run.pk))
    for text in ("Channels deleted: 2", "Packages affected: 1", "Subscribers affected: 1", "What staff have changed"):
        assertContains(question, text)
    assert Channel.objects.count() == 2
    answer = admin_client.post(page("importrun_undo", run.pk), follow=True)

    assertContains(answer, "Undone: 2 channels deleted")
    assert again(run).state == "undone"
    assert not Channel.objects.exists()
    assertContains(
        admin_client.post(page("importrun_undo", run.pk), follow=True), "Only an import that was carried out"
    )


def test_an_account_that_deletes_no_channels_undoes_nothing_that_would(admin_client: Client) -> None:
    run = imported(admin_client)
    clerk = staff_client("view_source", "change_source")

    assertNotContains(clerk.get(page("importrun_change", run.pk)), "Undo…")
    for ask in (clerk.get, clerk.post):
        assert ask(page("importrun_undo", run.pk)).status_code == 403
    assert Channel.objects.count() == 2


def test_an_import_that_added_nothing_is_undone_by_whoever_changes_sources(admin_client: Client) -> None:
    run = imported(admin_client)
    newer = given(admin_client, run.source, LIST.replace("Two", "2"))
    import_it(admin_client, newer)
    clerk = staff_client("view_source", "change_source")

    assertContains(clerk.get(page("importrun_change", newer.pk)), "Undo…")
    clerk.post(page("importrun_undo", newer.pk))

    assert again(newer).state == "undone"


def test_an_import_before_the_last_cannot_be_undone(admin_client: Client) -> None:
    run = imported(admin_client)
    newer = given(admin_client, run.source, LIST.replace("Two", "2"))
    decide(admin_client, newer, **{"import": "1"})
    work()

    assertContains(admin_client.get(page("importrun_change", run.pk)), "A later import of this source exists")
    assertContains(
        admin_client.get(page("importrun_undo", run.pk), follow=True), "A later import of this source exists"
    )
    admin_client.post(page("importrun_undo", run.pk))
    assert again(run).state == "done"
