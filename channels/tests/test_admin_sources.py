"""Sources of lists in the admin: added, changed, refreshed, switched off, deleted."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from pytest_django.asserts import assertContains, assertNotContains

from channels.models import Channel, ImportPart, ImportRun, Source
from channels.sources import create_list
from channels.tests.factories import make_channel
from channels.tests.lists_in_admin import (
    FIELDS,
    LIST,
    SECRET,
    add,
    again,
    given,
    imported,
    page,
    plan_of,
    ready,
    work,
)
from playlist_project.tests.waiting import in_thread, somebody_waits_for_a_lock, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = f"http://anna:{SECRET}@line.example.com/get.php?username=anna&password={SECRET}&type=m3u_plus"


def test_a_list_that_is_pasted_is_looked_at_first(admin_client: Client) -> None:
    run = add(admin_client)

    source = run.source
    assert (source.name, source.kind, source.slug, source.identity) == ("Partner", "m3u", "partner", "address")
    assert (run.state, run.only_look, run.actor) == ("waiting", True, "admin")
    assert ProcrastinateJob.objects.filter(queue_name="sources").exists()
    work()
    assert again(run).state == "ready"
    assert not Channel.objects.exists()


def test_a_packed_file_will_do(admin_client: Client) -> None:
    file = SimpleUploadedFile("list.m3u.gz", gzip.compress(LIST.encode()))

    run = ready(admin_client, text="", upload=file)

    assert (run.state, run.file_name, run.total, run.rejected) == ("ready", "list.m3u.gz", 2, 1)


def test_an_address_is_kept_and_no_page_shows_its_login(admin_client: Client) -> None:
    run = add(admin_client, text="", address=ADDRESS, refresh_hours="6")

    source = run.source
    assert (source.url, source.refresh_hours) == (ADDRESS, 6)
    for address in (page("source_changelist"), page("source_change", source.pk), page("importrun_change", run.pk)):
        assertNotContains(admin_client.get(address), SECRET)
    assertContains(admin_client.get(page("source_changelist")), "http://line.example.com/…")


@pytest.mark.parametrize(
    ("fields", "field", "complaint"),
    [
        ({"text": ""}, "text", "There is no list yet"),
        ({"address": ADDRESS}, "address", "Give one list"),
        ({"text": "", "address": "ftp://example.com/x"}, "address", "An address begins with http://"),
        ({"text": "", "address": "http://a b/"}, "address", "An address begins with http://"),
        ({"text": "", "address": "http://[::1"}, "address", "An address begins with http://"),
        ({"refresh_hours": "4"}, "refresh_hours", "Only a list with an address"),
        ({"delivery": "restream"}, "delivery", "No Flussonic is configured"),
        ({"known_by": "luck"}, "known_by", "Select a valid choice"),
        ({"name": ""}, "name", "This field is required"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    admin_client: Client, fields: dict[str, Any], field: str, complaint: str, settings: Settings
) -> None:
    settings.FLUSSONIC_URL = ""

    answer = admin_client.post(page("source_add"), {**FIELDS, **fields})

    assert complaint in str(answer.context["adminform"].form.errors[field])
    assert not Source.objects.lists().exists()


@pytest.mark.parametrize("fields", [{"refresh_hours": "x"}, {"name": "Taken"}, {"address": f"ftp://anna:{SECRET}@h/x"}])
def test_the_typed_address_is_not_sent_back_with_what_is_wrong(admin_client: Client, fields: dict[str, str]) -> None:
    create_list("Taken")

    answer = admin_client.post(page("source_add"), {**FIELDS, "text": "", "address": ADDRESS, **fields})

    assertContains(answer, "Write the address again", 1)
    assertNotContains(answer, SECRET)


def test_the_history_names_what_was_given_of_a_list(admin_client: Client) -> None:
    source = create_list("Partner", url=ADDRESS)

    admin_client.post(page("source_change", source.pk), {**FIELDS, "text": "", "address": "https://new.example.com/"})

    assertContains(admin_client.get(page("source_history", source.pk)), "Changed Address of the list.")


def test_a_file_that_is_too_large_is_refused(admin_client: Client, settings: Settings) -> None:
    settings.M3U_MAX_MEGABYTES = 1
    file = SimpleUploadedFile("list.m3u", b"#" * (1024 * 1024 + 1))

    answer = admin_client.post(page("source_add"), {**FIELDS, "text": "", "upload": file})

    assertContains(answer, "The file has 1.0")
    assert not ImportRun.objects.exists()


def test_a_text_that_no_form_may_have_is_refused_with_advice(admin_client: Client) -> None:
    answer = admin_client.post(page("source_add"), {**FIELDS, "text": "x" * 3_000_000})

    assertContains(answer, "Save the text as a file", status_code=400)


def test_a_second_list_of_the_same_name_is_refused(admin_client: Client) -> None:
    add(admin_client)

    answer = admin_client.post(page("source_add"), FIELDS)

    assertContains(answer, "A source has this name already")


@pytest.mark.parametrize(("race", "name"), [("name", "Partner"), ("slug", "Partner!")])
def test_a_list_added_twice_at_once_is_added_once_and_a_slug_is_taken_once(
    admin_client: Client, race: str, name: str
) -> None:
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            create_list(name)
            late = in_thread(threads, lambda: admin_client.post(page("source_add"), FIELDS))
            wait_until(somebody_waits_for_a_lock)
        answer = late.result(timeout=25)

    if race == "name":
        assertContains(answer, "A source has this name already")
        assert not ImportRun.objects.exists()
    else:
        assert answer.status_code == 302
        assert ImportRun.objects.get().source.slug == "partner-2"


@pytest.mark.parametrize(("hours", "imported_ago", "due_in"), [(2, 1, 1), (1, 5, -4), (0, 1, None), (2, None, None)])
def test_other_hours_between_refreshes_count_from_the_last_import(
    admin_client: Client, hours: int, imported_ago: int | None, due_in: int | None
) -> None:
    now = timezone.now()
    imported_at = None if imported_ago is None else now - timedelta(hours=imported_ago)
    times = {"imported_at": imported_at, "next_at": now + timedelta(hours=99)}
    source = create_list("Partner", url=ADDRESS, refresh_hours=100, **times)

    admin_client.post(page("source_change", source.pk), {**FIELDS, "text": "", "refresh_hours": str(hours)})

    source.refresh_from_db()
    assert source.next_at == (None if due_in is None else now + timedelta(hours=due_in))


def test_an_address_left_empty_stays(admin_client: Client) -> None:
    source = create_list("Partner", url=ADDRESS)
    fields = {**FIELDS, "text": "", "description": "Ours"}

    admin_client.post(page("source_change", source.pk), fields)

    source.refresh_from_db()
    assert (source.url, source.description) == (ADDRESS, "Ours")
    assert not ImportRun.objects.exists()


def test_another_address_is_asked_without_what_was_known_of_the_old_one(admin_client: Client) -> None:
    source = create_list("Partner", url=ADDRESS, etag='"1"', content_hash="x")

    admin_client.post(page("source_change", source.pk), {**FIELDS, "text": "", "address": "https://new.example.com/"})

    source.refresh_from_db()
    assert (source.url, source.etag, source.content_hash) == ("https://new.example.com/", "", "")
    assert source.runs.get().only_look


def test_no_refresh_is_announced_for_an_address_whose_list_was_not_imported_yet(admin_client: Client) -> None:
    now = timezone.now()
    source = create_list("Partner", url=ADDRESS, content_hash="x", refresh_hours=6, imported_at=now, next_at=now)
    assertContains(admin_client.get(page("source_changelist")), '<td class="field-next_refresh">now</td>')

    fields = {**FIELDS, "text": "", "refresh_hours": "6", "address": "https://new.example.com/"}
    admin_client.post(page("source_change", source.pk), fields)

    assertContains(admin_client.get(page("source_changelist")), '<td class="field-next_refresh">–</td>')
    assert not Source.objects.due(timezone.now()).exists()


def test_a_newer_list_is_looked_at_before_it_is_imported(admin_client: Client) -> None:
    run = imported(admin_client)

    newer = given(admin_client, run.source, LIST.replace('tvg-name="One"', 'tvg-name="The One"'))

    assert (newer.state, plan_of(newer)["counts"]["changed"]) == ("ready", 1)
    assertContains(admin_client.get(page("importrun_change", newer.pk)), "<ins>The One</ins>")


def test_the_button_asks_the_worker_once(admin_client: Client) -> None:
    source = create_list("Partner", url=ADDRESS)

    for _ in range(2):
        admin_client.post(page("source_refresh", source.pk))

    assert source.runs.get().only_look  # staff look first


def test_a_list_that_was_uploaded_is_read_again_from_what_is_kept(admin_client: Client) -> None:
    run = imported(admin_client)

    admin_client.post(page("source_refresh", run.source_id), {"look": "1"})
    work()

    look = run.source.runs.latest("pk")
    assert (look.state, look.only_look, plan_of(look)["counts"]["total"]) == ("ready", True, 2)
    admin_client.post(page("importrun_cancel", look.pk))
    assert ImportPart.objects.filter(run=run).exists()


def test_a_source_without_a_list_cannot_be_read(admin_client: Client) -> None:
    source = create_list("Partner")

    answer = admin_client.post(page("source_refresh", source.pk), follow=True)

    assertContains(answer, "There is no list yet")
    assert not ImportRun.objects.exists()


def test_the_server_is_no_list_to_be_refreshed_or_deleted(admin_client: Client) -> None:
    server = Source.objects.flussonic()

    assert admin_client.post(page("source_refresh", server.pk)).status_code == 404
    assert admin_client.post(page("source_delete", server.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [server.pk], "post": "yes"}
    assertContains(admin_client.post(page("source_changelist"), chosen, follow=True), "Only lists can be deleted")
    assert Source.objects.exists()


def test_another_delivery_moves_the_channels_with_it(admin_client: Client, settings: Settings) -> None:
    settings.FLUSSONIC_URL = settings.FLUSSONIC_STREAM_URL = "http://flussonic.example.com"
    source = imported(admin_client).source
    assertContains(admin_client.get(page("source_change", source.pk)), "everyone who gets a playlist learns it")

    admin_client.post(page("source_change", source.pk), {**FIELDS, "text": "", "delivery": "restream"})

    assert {*Channel.objects.values_list("stream_base_url", flat=True)} == {"http://flussonic.example.com"}
    shown = admin_client.get(page("source_change", source.pk))
    assertNotContains(shown, "list-warning")
    assertContains(shown, "waits: 2")


def test_the_list_of_sources_takes_the_same_queries_for_any_number_of_rows(admin_client: Client) -> None:
    counts = []
    for amount in (2, 20):
        for number in range(amount):
            source = create_list(f"List {amount} {number}")
            make_channel(source=source)
            ImportRun.objects.create(source=source)
        found = []
        for address in (page("source_changelist"), page("importrun_changelist")):
            admin_client.get(address)
            with CaptureQueriesContext(connection) as queries:
                admin_client.get(address)
            found.append(len(queries))
        counts.append(found)

    assert counts[0] == counts[1]
