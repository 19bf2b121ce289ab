"""Imports of lists: when they fetch, what they leave for staff to decide, and what is on record of them."""

import gzip
import io
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from channels.importing import Staged
from channels.models import Channel, ImportPart, ImportReject, ImportRun, Source
from channels.tests.lists import entry, list_of, make_list_source
from demo.http_server import Reply
from integrations.runs import alone
from integrations.sources import importing
from integrations.sources.asking import ask, cancel, go_ahead
from integrations.sources.importing import LOCK, ImportBusy, forget_old_runs, import_list, keep_list, work_on_sources
from integrations.tests.guide.feed_server import FeedHost

pytestmark = pytest.mark.django_db
NOTHING_DONE = {"added": 0, "changed": 0, "returned": 0, "gone": 0}


def run_of(source: Source, content: bytes | None = None, **fields: object) -> ImportRun:
    """Import what is given, or what the source's address has, and return the record of it."""
    source.refresh_from_db()
    run = ImportRun.objects.create(source=source, **fields)
    import_list(run, file=None if content is None else io.BytesIO(content))
    run.refresh_from_db()
    return run


def work() -> None:
    work_on_sources(now=timezone.now(), stop=lambda: False)


def counts_of(run: ImportRun) -> dict[str, int]:
    return {name: getattr(run, name) for name in NOTHING_DONE}


@pytest.fixture
def source(host: FeedHost) -> Source:
    host.feed = list_of(entry(1), entry(2))
    return make_list_source(url=f"{host.url}/get.php?username=anna&password=secret&type=m3u_plus", refresh_hours=6)


@pytest.mark.parametrize("packed", [pytest.param(bytes, id="plain"), pytest.param(gzip.compress, id="gzip")])
def test_a_list_is_fetched_and_imported(source: Source, host: FeedHost, packed: type[bytes]) -> None:
    host.feed = packed(host.feed)
    run = run_of(source, actor="anna")

    source.refresh_from_db()
    assert (run.state, run.error, run.total, run.added, run.actor) == ("done", "", 2, 2, "anna")
    assert (source.total, source.imported_at) == (2, run.started_at)
    assert source.next_at is not None
    assert (run.file_name, run.bytes_read) == ("get.php", len(host.feed))


def test_what_the_server_says_has_not_changed_is_not_sent_again(source: Source, host: FeedHost) -> None:
    run_of(source)
    run = run_of(source)

    assert (run.state, run.total, counts_of(run)) == ("unchanged", 2, NOTHING_DONE)
    assert run.bytes_read == 0
    assert host.requests[-1].headers["If-None-Match"]


def test_the_same_list_sent_again_costs_the_fetch_and_nothing_else(source: Source, host: FeedHost) -> None:
    host.etags = False
    run_of(source)
    Channel.objects.update(display_name="Not looked at")
    run = run_of(source)

    assert run.state == "unchanged"
    assert run.bytes_read == len(host.feed)
    assert not run.changes.exists()


def test_by_force_an_unchanged_list_is_imported(source: Source) -> None:
    run_of(source)
    Channel.objects.filter(display_name="Channel 1").delete()

    assert counts_of(run_of(source, forced=True)) == {**NOTHING_DONE, "added": 1}


def test_another_mapping_is_applied_to_the_list_that_is_there(source: Source, host: FeedHost) -> None:
    host.feed = list_of(entry(1, channel_id="one"))
    run_of(source)
    run = run_of(source, mapping={"display_name": "title", "tvg_id": "channel-id"})

    assert (run.state, run.changed, Channel.objects.get().tvg_id) == ("done", 1, "one")
    source.refresh_from_db()
    assert source.mapping == {"display_name": "title", "tvg_id": "channel-id"}


def test_staff_see_what_an_import_would_do_before_it_does_it(source: Source, host: FeedHost) -> None:
    run_of(source)
    host.feed = list_of(entry(1, "News", tvg_id="news", tvg_language="en"), entry(3, tvg_id="three"))
    run = run_of(source, only_look=True)

    assert (run.state, Channel.objects.filter(display_name="News").count()) == ("ready", 0)
    plan = run.plan or {}
    assert plan["counts"] == {"total": 2, "added": 1, "changed": 1, "returned": 0, "gone": 1}
    assert (plan["added"], plan["gone"]) == (["Channel 3"], ["Channel 2"])
    assert {"name": "Channel 1", "field": "display_name", "now": "Channel 1", "then": "News"} in plan["changed"]
    assert {"name": "Channel 1", "field": "tvg_id", "now": None, "then": "news"} in plan["changed"]
    assert plan["first"][0]["display_name"] == "News"
    source.refresh_from_db()
    assert source.attributes[0] == {"name": "tvg-id", "count": 2, "sample": "news"}


def test_what_is_imported_is_the_list_that_staff_have_seen(source: Source, host: FeedHost) -> None:
    run = run_of(source, only_look=True)
    host.feed = list_of(entry(9))
    run.save_progress(state=ImportRun.State.WAITING, only_look=False)
    work()

    run.refresh_from_db()
    assert (run.state, run.added, len(host.requests)) == ("done", 2, 1)
    assert not ImportPart.objects.exists()  # the source has an address: it can be fetched again


def test_a_plan_says_when_too_much_would_be_gone(source: Source, host: FeedHost) -> None:
    host.feed = list_of(*(entry(number) for number in range(20)))
    run_of(source)
    host.feed = list_of(entry(1))
    run = run_of(source, only_look=True)

    assert "19 of the source's 20 channels" in (run.plan or {})["refused"]
    run.save_progress(state=ImportRun.State.WAITING, only_look=False)
    work()
    run.refresh_from_db()
    assert (run.state, Channel.objects.orphaned().count()) == ("refused", 0)
    assert "19 of the source's 20 channels" in run.error


def test_the_worker_imports_what_was_uploaded(host: FeedHost) -> None:
    source = make_list_source()
    run = ImportRun.objects.create(source=source, only_look=True, actor="anna")
    keep_list(run, io.BytesIO(list_of(entry(1))))
    work()
    run.refresh_from_db()
    assert (run.state, host.requests) == ("ready", [])

    run.save_progress(state=ImportRun.State.WAITING, only_look=False)
    work()

    run.refresh_from_db()
    assert (run.state, run.added) == ("done", 1)
    assert run.parts.exists()  # to be imported again with another mapping


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"<!DOCTYPE html><html><body>Log in</body></html>", "web page", id="HTML"),
        pytest.param(b'{"user_info": {"auth": 0}}', "JSON", id="JSON"),
        pytest.param(b'<?xml version="1.0"?><tv></tv>', "XML", id="XML"),
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "not a text", id="a picture"),
        pytest.param(
            b"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXTINF:6.0,\nseg1.ts\n", "one stream", id="HLS"
        ),
        pytest.param(b"#EXTM3U\n", "no channel", id="no entries"),
        pytest.param(gzip.compress(b"#EXTM3U\n" * 10_000)[:40], "cannot be unpacked", id="half a gzip"),
    ],
)
def test_what_is_no_list_is_refused_with_what_it_was(
    source: Source, host: FeedHost, content: bytes, expected: str
) -> None:
    run_of(source)
    host.feed = content
    run = run_of(source)

    assert run.state == "failed"
    assert expected in run.error
    assert Channel.objects.synced().count() == 2


def test_a_list_larger_than_allowed_is_refused(source: Source, host: FeedHost, settings: Settings) -> None:
    settings.M3U_MAX_MEGABYTES = 1
    host.feed = b"#EXTM3U\n" + b"#" * 1_100_000
    assert "more than the size allowed" in run_of(source).error

    host.feed = gzip.compress(host.feed)
    assert "M3U_MAX_MEGABYTES" in run_of(source).error


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(Reply(status=403), "answered 403", id="forbidden"),
        pytest.param(Reply(status=503), "answered 503", id="down"),
        pytest.param(Reply(status=302, headers={"Location": "http://10.0.0.1/"}), "", id="elsewhere"),
    ],
)
def test_no_error_holds_the_login_of_the_address(source: Source, host: FeedHost, reply: Reply, expected: str) -> None:
    host.replies["/get.php"] = reply
    if not expected:
        host.replies["/get.php"] = Reply(status=302, headers={"Location": "ftp://anna:secret@example.com/"})
    run = run_of(source)

    assert run.state == "failed"
    assert expected in run.error
    assert "secret" not in run.error


def test_private_addresses_are_refused_unless_a_setting_allows_them(source: Source, settings: Settings) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False
    run = run_of(source)

    assert (run.state, "ALLOW_PRIVATE_ADDRESSES" in run.error) == ("failed", True)


def test_rejected_entries_are_kept_with_their_lines(source: Source, host: FeedHost) -> None:
    host.feed = b"#EXTM3U\n#EXTINF:-1,One\nhttp://example.com/1\n#EXTINF:-1,Two\n#EXTINF:-1,Three\nfile:///etc/passwd\n"
    run = run_of(source)

    assert (run.state, run.added, run.rejected) == ("done", 1, 2)
    assert list(ImportReject.objects.values_list("line", "fault")) == [(4, "no_url"), (6, "unknown_scheme")]


def test_a_list_of_nothing_but_rejects_tells_them_too(source: Source, host: FeedHost) -> None:
    host.feed = b"#EXTM3U\n#EXTINF:-1,One\nplugin://video/1\n"
    run = run_of(source)

    assert (run.state, run.rejected, run.rejects.count()) == ("failed", 1, 1)


def test_due_sources_are_refreshed_and_no_others(source: Source, host: FeedHost) -> None:
    work()
    assert not ImportRun.objects.exists()  # staff have not looked at it yet

    run_of(source)
    work()
    assert ImportRun.objects.count() == 1

    Source.objects.filter(pk=source.pk).update(next_at=timezone.now() - timedelta(minutes=1))
    work()
    assert list(ImportRun.objects.values_list("state", flat=True)) == ["unchanged", "done"]


@pytest.mark.parametrize("values", [{"is_active": False}, {"refresh_hours": 0}, {"url": ""}])
def test_sources_that_are_off_or_have_no_schedule_are_left_alone(source: Source, values: dict[str, object]) -> None:
    run_of(source)
    Source.objects.filter(pk=source.pk).update(next_at=None, **values)
    work()

    assert ImportRun.objects.count() == 1


def test_after_a_failure_it_is_tried_again_within_the_hour(source: Source, host: FeedHost) -> None:
    run_of(source)
    host.replies["/get.php"] = Reply(status=503)
    run_of(source)

    source.refresh_from_db()
    assert source.next_at is not None
    assert timezone.now() < source.next_at <= timezone.now() + timedelta(hours=1)


def test_an_import_can_be_cancelled(source: Source, host: FeedHost) -> None:
    host.feed = list_of(*(entry(number) for number in range(20)))
    run = run_of(source, cancel_asked=True)

    assert (run.state, Channel.objects.count()) == ("cancelled", 0)


def test_a_worker_that_ends_leaves_the_import_for_the_next_one(source: Source) -> None:
    run = ImportRun.objects.create(source=source)
    import_list(run, stop=lambda: True)
    run.refresh_from_db()
    assert (run.state, Channel.objects.count()) == ("waiting", 0)

    work()
    run.refresh_from_db()
    assert run.state == "done"


def test_an_import_whose_process_was_killed_is_not_under_way_for_ever(source: Source) -> None:
    killed = ImportRun.objects.create(source=source, state=ImportRun.State.IMPORTING)
    work()

    killed.refresh_from_db()
    assert (killed.state, killed.error) == ("failed", "The process ended before it did.")


@pytest.mark.django_db(transaction=True)
def test_one_import_at_a_time(source: Source) -> None:
    import threading

    from django.db import connection

    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with alone(LOCK, ImportBusy()):
            held.set()
            done.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    with pytest.raises(ImportBusy):
        run_of(source)
    done.set()
    thread.join()


def test_old_records_are_forgotten_but_the_last_ones_of_a_source(source: Source, settings: Settings) -> None:
    settings.SYNC_RUNS_KEEP_DAYS = 30
    old = timezone.now() - timedelta(days=40)
    for days in range(5):
        ImportRun.objects.create(source=source, started_at=old + timedelta(days=days))
    forget_old_runs(now=timezone.now())

    assert ImportRun.objects.count() == 3


def test_a_new_address_is_imported_by_nobody_before_staff_have_looked(source: Source, host: FeedHost) -> None:
    run_of(source)
    Source.objects.update(url=f"{host.url}/other", content_hash="", etag="", last_modified="", next_at=None)
    ask(Source.objects.get(), "anna", only_look=True)
    work()
    work()

    assert list(ImportRun.objects.values_list("state", flat=True)) == ["ready", "done"]


def test_an_uploaded_list_stays_until_the_address_has_another_one(source: Source, host: FeedHost) -> None:
    run_of(source)
    run_of(source, list_of(entry(1, "Uploaded"), entry(2)))
    assert run_of(source).state == "unchanged"

    host.feed = list_of(entry(1, "Newer"), entry(2))
    assert run_of(source).state == "done"


def test_a_delivery_that_changes_while_a_list_is_read_holds(
    source: Source, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FLUSSONIC_STREAM_URL = "http://flussonic.example.com"
    keep = importing._keep_rejects

    def changed_then(run: ImportRun, found: Staged) -> None:
        Source.objects.update(delivery=Source.Delivery.RESTREAM)
        keep(run, found)

    monkeypatch.setattr(importing, "_keep_rejects", changed_then)
    run_of(source)

    assert set(Channel.objects.values_list("stream_base_url", flat=True)) == {"http://flussonic.example.com"}


def test_the_list_of_a_decision_outlives_a_refresh(source: Source, host: FeedHost) -> None:
    run_of(source)
    shown = ask(source, "anna", only_look=True, file=io.BytesIO(list_of(entry(1, "Shown"), entry(2))))
    work()
    host.feed = list_of(entry(1, "Refreshed"), entry(2))
    run_of(source)
    assert go_ahead(shown, {"display_name": "title"}, forced=False, actor="anna")
    work()

    shown.refresh_from_db()
    assert (shown.state, Channel.objects.filter(display_name="Shown").count()) == ("done", 1)


def test_without_its_list_nothing_else_is_imported_in_place_of_what_was_shown(source: Source) -> None:
    run = run_of(source, only_look=True)
    run.parts.all().delete()

    assert not go_ahead(run, {}, forced=False, actor="anna")
    run.refresh_from_db()
    assert run.state == "ready"


def test_a_run_that_was_given_up_meanwhile_is_not_begun(source: Source) -> None:
    run = ImportRun.objects.create(source=source)
    ImportRun.objects.update(state=ImportRun.State.CANCELLED)
    import_list(run)

    assert (ImportRun.objects.get().state, Channel.objects.count()) == ("cancelled", 0)


def test_a_cancel_that_comes_last_still_counts(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "SECONDS_BETWEEN_REPORTS", 1_000)  # the worker does not look up again
    run = ImportRun.objects.create(source=source)
    keep = importing._keep_rejects

    def cancelled_then(run: ImportRun, found: Staged) -> None:
        assert cancel(run)
        keep(run, found)

    monkeypatch.setattr(importing, "_keep_rejects", cancelled_then)
    import_list(run)

    assert (ImportRun.objects.get().state, Channel.objects.count()) == ("cancelled", 0)


def test_another_look_is_not_lost_where_an_import_waits(source: Source) -> None:
    run_of(source)
    waiting = ask(source, "anna")
    assert ask(source, "anna", only_look=True) == waiting
    work()

    waiting.refresh_from_db()
    assert waiting.state == "ready"
