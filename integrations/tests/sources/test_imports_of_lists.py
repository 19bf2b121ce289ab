"""Imports of lists: when they fetch, what they refuse, and what is on record of them."""

import gzip
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from channels import importing as channel_importing
from channels.importing import Staged
from channels.models import Channel, ImportReject, ImportRun, Source
from channels.tests.lists import entry, list_of, make_list_source
from demo.http_server import Reply
from integrations.runs import alone
from integrations.sources import importing
from integrations.sources.importing import LOCK, ImportBusy, import_list
from integrations.tests.guide.feed_server import FeedHost
from integrations.tests.sources.imports import NOTHING_DONE, counts_of, run_of, work

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("packed", [pytest.param(bytes, id="plain"), pytest.param(gzip.compress, id="gzip")])
def test_a_list_is_fetched_and_imported(source: Source, host: FeedHost, packed: type[bytes]) -> None:
    host.feed = packed(host.feed)
    run = run_of(source, actor="anna")

    source.refresh_from_db()
    assert (run.state, run.error, run.total, run.added, run.actor) == ("done", "", 2, 2, "anna")
    assert (source.total, source.imported_at) == (2, run.started_at)
    assert source.next_at is not None
    assert (run.file_name, run.bytes_read) == ("", len(host.feed))


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


def test_a_list_that_fails_as_nobody_foresaw_keeps_no_other_from_being_imported(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_list_source(url=source.url)
    for one in (source, other):
        ImportRun.objects.create(source=one)
    applied = channel_importing.apply

    def fail(one: Source, found: Staged, run: ImportRun) -> object:
        if one.pk == source.pk:
            raise RuntimeError
        return applied(one, found, run)

    monkeypatch.setattr(importing, "apply", fail)
    work()

    assert dict(ImportRun.objects.values_list("source", "state")) == {source.pk: "failed", other.pk: "done"}
