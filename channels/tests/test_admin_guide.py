"""The guide in the admin: sources, refreshes, suggestions, and what is on."""

import io
import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from channels.guide_feeds import keep_feed, unload
from channels.guide_import import Counts, import_guide
from channels.models import GuideRun, GuideSource
from channels.tests.admin_steps import staff_client
from channels.tests.factories import make_channel
from channels.tests.feeds import NOW, day_of, make_guide_source, name_in_guide
from channels.tests.lists_in_admin import page
from playlist_project.tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "s3cret"
FIELDS = {"name": "Main", "url": "", "refresh_hours": "12", "sort_order": "1", "is_active": "on"}


def test_a_source_that_is_added_is_refreshed_at_once(admin_client: Client) -> None:
    answer = admin_client.post(page("guidesource_add"), {**FIELDS, "url": "https://epg.example.com/guide.xml.gz"})

    run = GuideRun.objects.get()
    assert answer["Location"] == page("guiderun_change", run.pk)
    assert (run.state, run.actor, run.forced) == ("waiting", "admin", False)
    assert ProcrastinateJob.objects.filter(queue_name="guide").exists()


def test_an_upload_is_kept_for_the_worker(admin_client: Client) -> None:
    file = SimpleUploadedFile("guide.xml", b"<tv></tv>")

    admin_client.post(page("guidesource_add"), {**FIELDS, "upload": file})

    stored = GuideSource.objects.get().feeds.get()
    assert (stored.file_name, stored.is_current) == ("guide.xml", False)
    unloaded = io.BytesIO()
    unload(stored, unloaded)
    assert unloaded.getvalue().startswith(b"\x1f\x8b")
    assert GuideRun.objects.get().state == "waiting"


@pytest.mark.parametrize("url", ["ftp://example.com/x", "guide.xml", "http://", "http://a b/", "http://[::1"])
def test_what_is_no_address_is_refused(admin_client: Client, url: str) -> None:
    answer = admin_client.post(page("guidesource_add"), {**FIELDS, "url": url})

    assert "An address begins with http:// or https://" in answer.content.decode()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/guide.xml",
        "http://127.1:8000/guide.xml",
        "https://anna:word@10.0.0.8/guide.xml",
        "http://192.168.1.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.8]/",
        "http://localhost:8000/guide.xml",
        "http://guide.localhost./",
    ],
)
def test_an_address_that_is_private_by_its_looks_is_refused_before_it_is_kept(
    admin_client: Client, settings: Settings, url: str
) -> None:
    answer = admin_client.post(page("guidesource_add"), {**FIELDS, "url": url})

    assert "is in a private network, where ALLOW_PRIVATE_ADDRESSES" in answer.content.decode()
    assert not GuideSource.objects.exists()
    settings.ALLOW_PRIVATE_ADDRESSES = True
    admin_client.post(page("guidesource_add"), {**FIELDS, "url": url})
    assert GuideSource.objects.get().url == url


@pytest.mark.parametrize(
    "url", ["http://8.8.8.8/", f"http://{'a' * 70}.example.com/", "http://local-host.example.com/"]
)
def test_names_are_not_looked_up_while_a_form_waits(admin_client: Client, url: str) -> None:
    admin_client.post(page("guidesource_add"), {**FIELDS, "url": url})

    assert GuideSource.objects.get().url == url


def test_a_source_kept_from_before_can_still_be_switched_off(admin_client: Client) -> None:
    source = make_guide_source(url="http://10.0.0.8/", name="Main")

    admin_client.post(page("guidesource_change", source.pk), {**FIELDS, "url": source.url, "is_active": ""})

    source.refresh_from_db()
    assert not source.is_active


def test_the_list_says_why_the_last_refresh_failed(admin_client: Client) -> None:
    source = make_guide_source()
    GuideRun.objects.create(source=source, state="failed", error="This is not XML.")
    GuideRun.objects.create(source=make_guide_source(), state="failed", error="long " * 100)

    shown = admin_client.get(page("guidesource_changelist")).content.decode()

    assert '<span class="under" title="This is not XML.">This is not XML.</span>' in shown
    assert f">{'long ' * 23}" in shown
    assert f">{'long ' * 30}" not in shown


@pytest.mark.parametrize("then", ["done", "unchanged"])
def test_a_guide_that_matched_nothing_is_a_warning_and_leads_to_matching(admin_client: Client, then: str) -> None:
    source = make_guide_source()
    run = GuideRun.objects.create(source=source, state="done", channels_named=1, channels_ours=0)
    if then != "done":
        GuideRun.objects.create(source=source, state=then)

    shown = admin_client.get(page("guidesource_changelist")).content.decode()

    row = shown[shown.index('class="field-state"') :]
    assert "mark-busy" in row[:100]
    assert "No channel of yours is matched." in row
    assert page("guidesource_match") in row[: row.index("</td>")]
    assert '<span class="mark mark-busy">done' in admin_client.get(page("guiderun_change", run.pk)).content.decode()
    assert '<span class="mark mark-busy">done' in admin_client.get(page("guiderun_changelist")).content.decode()


def test_who_may_not_match_is_not_led_there() -> None:
    GuideRun.objects.create(source=make_guide_source(), state="done")

    shown = staff_client("view_guidesource").get(page("guidesource_changelist")).content.decode()

    assert "No channel of yours is matched." in shown
    assert page("guidesource_match") not in shown


def test_a_new_address_is_asked_without_what_was_known_of_the_old_one(admin_client: Client) -> None:
    source = make_guide_source(url="https://old.example.com/", etag='"1"', content_hash="x", name="Main")

    admin_client.post(page("guidesource_change", source.pk), {**FIELDS, "url": "https://new.example.com/"})

    source.refresh_from_db()
    assert (source.url, source.etag, source.content_hash) == ("https://new.example.com/", "", "")


def test_the_button_asks_the_worker_once(admin_client: Client) -> None:
    source = make_guide_source(url="https://epg.example.com/")

    for _ in range(2):
        answer = admin_client.post(page("guidesource_refresh", source.pk), follow=True)

    assert GuideRun.objects.count() == 1
    assert "No worker is running" in answer.content.decode()


def test_a_source_without_a_feed_cannot_be_refreshed(admin_client: Client) -> None:
    source = make_guide_source()

    answer = admin_client.post(page("guidesource_refresh", source.pk), follow=True)

    assert "There is no feed yet" in answer.content.decode()
    assert GuideRun.objects.count() == 0


def test_the_page_of_a_run_asks_how_far_it_is(admin_client: Client) -> None:
    run = GuideRun.objects.create(
        source=make_guide_source(), state=GuideRun.State.IMPORTING, programmes_read=4000, programmes_kept=300
    )

    told = admin_client.get(page("guiderun_progress", run.pk)).json()

    assert told == {"state": "importing", "text": "4000 programmes are read, 300 of them are of your channels."}
    assert page("guiderun_progress", run.pk) in admin_client.get(page("guiderun_change", run.pk)).content.decode()


def test_no_list_shows_what_may_be_secret_in_an_address(admin_client: Client) -> None:
    source = make_guide_source(url=f"https://anna:{SECRET}@epg.example.com/{SECRET}/x?k={SECRET}")
    GuideRun.objects.create(source=source)

    for address in (page("guidesource_changelist"), page("guiderun_changelist"), page("guidesource_match")):
        assert SECRET not in admin_client.get(address).content.decode()
    assert "https://epg.example.com/…" in admin_client.get(page("guidesource_changelist")).content.decode()


def test_lists_take_the_same_queries_for_any_number_of_rows(admin_client: Client) -> None:
    counts = []
    for amount in (2, 20):
        for _ in range(amount):
            GuideRun.objects.create(source=make_guide_source(), state="done")
            channel = make_channel()
            name_in_guide(f"x{channel.pk}", str(channel))
        found = []
        for address in (page("guidesource_changelist"), page("guiderun_changelist"), page("guidesource_match")):
            admin_client.get(address)
            with CaptureQueriesContext(connection) as queries:
                admin_client.get(address)
            found.append(len(queries))
        counts.append(found)

    assert counts[0] == counts[1]


@pytest.mark.parametrize("by", ["page", "list"])
def test_a_source_can_be_deleted_while_its_import_is_written(admin_client: Client, by: str) -> None:
    make_channel(tvg_id="one")
    source = make_guide_source()

    def keep() -> None:
        keep_feed(source, io.BytesIO(b"feed"), file_name="guide.xml", current=True)

    import_guide(source, io.BytesIO(day_of("one")), now=NOW, with_it=keep)
    answers: list[int] = []

    def delete() -> None:
        if by == "page":
            answer = admin_client.post(page("guidesource_delete", source.pk), {"post": "yes"})
        else:
            chosen = {"action": "delete_selected", "_selected_action": source.pk, "post": "yes"}
            answer = admin_client.post(page("guidesource_changelist"), chosen)
        answers.append(answer.status_code)

    def delete_and_leave() -> None:
        try:
            delete()
        finally:
            connection.close()

    deletion = threading.Thread(target=delete_and_leave)

    def report(counts: Counts) -> None:
        if connection.in_atomic_block and not deletion.ident:
            deletion.start()
            wait_until(somebody_waits_for_us)

    import_guide(source, io.BytesIO(day_of("one", title="new")), now=NOW, report=report, with_it=keep)
    deletion.join(20)

    assert answers == [302]
    assert not GuideSource.objects.exists()


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid)))")
        return bool(cursor.fetchone()[0])


def test_the_page_of_a_channel_tells_what_is_on(admin_client: Client) -> None:
    channel = make_channel(tvg_id="one")
    assert "No guide source has programmes" in admin_client.get(page("channel_change", channel.pk)).content.decode()
    now = timezone.now()
    content = day_of("one", title="The late show").replace(b"20261125", f"{now:%Y%m%d}".encode())
    content = content.replace(b"20261126", f"{now + timedelta(days=1):%Y%m%d}".encode())
    import_guide(make_guide_source(), io.BytesIO(content), now=now)

    assert "The late show" in admin_client.get(page("channel_change", channel.pk)).content.decode()
