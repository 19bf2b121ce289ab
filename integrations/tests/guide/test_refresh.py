"""Refreshes of the guide's sources: when they fetch, what they write, and what is on record of them."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from channels import kept_files
from channels.guide_feeds import keep_feed
from channels.models import Channel, GuideFeedPart, GuideProgramme, GuideRun, GuideSource
from channels.tests.factories import make_channel
from channels.tests.feeds import PACKINGS, feed, make_guide_source
from demo.http_server import Reply
from integrations.guide.refresh import LOCK, GuideBusy, forget_old_runs, refresh, work_on_guide
from integrations.runs import alone
from integrations.tests.guide.feed_server import FeedHost

pytestmark = pytest.mark.django_db


def day_of(*channels: str, title: str = "News") -> bytes:
    """Return a feed around this very moment."""
    start = timezone.now().replace(minute=0, second=0)
    return feed(
        *(
            f'<programme start="{start + timedelta(hours=hour):%Y%m%d%H%M%S} +0000" channel="{name}">'
            f"<title>{title}</title></programme>"
            for name in channels
            for hour in range(24)
        )
    )


def titles() -> set[str]:
    return set(GuideProgramme.objects.values_list("title", flat=True))


def work() -> None:
    work_on_guide(now=timezone.now(), stop=lambda: False)


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_source_is_fetched_and_imported(host: FeedHost, packing: str) -> None:
    make_channel(tvg_id="one")
    host.feed = PACKINGS[packing](day_of("one"))

    run = refresh(make_guide_source(url=host.url), actor="anna")

    assert (run.state, run.error, run.channels_ours, run.programmes_kept, run.actor) == ("done", "", 1, 24, "anna")
    assert run.finished_at is not None


def test_what_the_server_says_has_not_changed_is_not_sent_again(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one")
    source = make_guide_source(url=host.url)
    refresh(source)
    rows = list(GuideProgramme.objects.values_list("pk"))

    run = refresh(GuideSource.objects.get())

    assert run.state == "unchanged"
    assert host.requests[1].headers["If-None-Match"]
    assert host.requests[1].headers["If-Modified-Since"]
    assert list(GuideProgramme.objects.values_list("pk")) == rows


def test_a_server_that_knows_no_conditions_sends_the_same_and_nothing_is_written(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed, host.etags = day_of("one"), False
    refresh(make_guide_source(url=host.url))
    rows = list(GuideProgramme.objects.values_list("pk"))

    assert refresh(GuideSource.objects.get()).state == "unchanged"
    assert list(GuideProgramme.objects.values_list("pk")) == rows


def test_forced_it_is_fetched_and_imported_anew(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one")
    refresh(make_guide_source(url=host.url))

    assert refresh(GuideSource.objects.get(), forced=True).state == "done"
    assert "If-None-Match" not in host.requests[1].headers


def test_the_kept_copy_is_imported_again_once_the_days_have_moved_on(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one")
    refresh(make_guide_source(url=host.url))
    GuideSource.objects.update(imported_for=timezone.now().date() - timedelta(days=1))

    assert refresh(GuideSource.objects.get()).state == "done"
    assert refresh(GuideSource.objects.get()).state == "unchanged"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=404), "404"),
        (Reply(status=503), "503"),
        (Reply(body=b"<html>Log in</html>", content_type="text/html"), "web page"),
        (Reply(body=b""), "not XML"),
        (Reply(body=day_of("one"), cut=True), "cut the connection"),
        (Reply(silent=True), "cut the connection"),
    ],
)
def test_a_failure_keeps_the_old_guide_says_why_and_is_tried_again_within_the_hour(
    host: FeedHost, reply: Reply, reason: str
) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one", title="old")
    refresh(make_guide_source(url=f"{host.url}/s3cret", refresh_hours=24))
    host.replies = {"/s3cret": reply}

    run = refresh(GuideSource.objects.get())

    assert run.state == "failed"
    assert reason in run.error
    assert "s3cret" not in run.error
    assert titles() == {"old"}
    next_at = GuideSource.objects.get().next_at
    assert next_at is not None
    assert next_at < timezone.now() + timedelta(minutes=61)


def test_after_a_broken_feed_the_right_one_is_fetched_though_the_server_had_called_it_new(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one", title="old")
    refresh(make_guide_source(url=host.url))
    host.feed = b"broken"
    refresh(GuideSource.objects.get())
    host.feed = day_of("one", title="new")

    assert refresh(GuideSource.objects.get()).state == "done"
    assert titles() == {"new"}


def test_an_upload_is_imported_and_a_broken_one_is_forgotten() -> None:
    make_channel(tvg_id="one")
    source = make_guide_source()
    keep_feed(source, io.BytesIO(day_of("one", title="first")), file_name="guide.xml", current=False)
    assert refresh(source).state == "done"
    keep_feed(source, io.BytesIO(b"broken"), file_name="guide.xml", current=False)

    assert refresh(source).state == "failed"

    assert titles() == {"first"}
    assert list(source.feeds.values_list("is_current", flat=True)) == [True]


def test_a_feed_is_kept_in_parts_however_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_files, "PART_BYTES", 100)
    make_channel(tvg_id="one")
    source = make_guide_source()
    keep_feed(source, io.BytesIO(day_of("one")), file_name="guide.xml", current=False)

    assert GuideFeedPart.objects.count() > 2
    assert refresh(source).state == "done"


def test_the_worker_refreshes_what_is_due_and_what_was_asked_for(host: FeedHost) -> None:
    host.feed = day_of("one")
    source = make_guide_source(url=host.url)

    work()
    work()
    assert len(host.requests) == 1

    GuideRun.objects.create(source=source, actor="anna")
    work()
    assert len(host.requests) == 2
    assert GuideRun.objects.waiting().count() == 0

    GuideSource.objects.update(next_at=timezone.now())
    work()
    assert len(host.requests) == 3

    GuideSource.objects.update(next_at=timezone.now(), is_active=False)
    work()
    assert len(host.requests) == 3


def test_a_channel_that_is_mapped_later_gets_its_programmes_without_another_download(host: FeedHost) -> None:
    ours = make_channel()
    host.feed = day_of("one")
    make_guide_source(url=host.url)
    work()
    assert titles() == set()

    Channel.objects.filter(pk=ours.pk).update(tvg_id="one")
    work()

    assert titles() == {"News"}
    assert len(host.requests) == 1
    runs = GuideRun.objects.count()
    make_channel(tvg_id="nobody has it")
    work()
    assert GuideRun.objects.count() == runs


def test_a_worker_that_is_told_to_stop_leaves_the_run_to_the_next(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one")
    source = make_guide_source(url=host.url)

    run = refresh(source, stop=lambda: True)
    assert (run.state, titles()) == ("waiting", set())

    work()
    assert GuideRun.objects.get().state == "done"


def test_what_a_killed_worker_left_is_told_as_that(host: FeedHost) -> None:
    source = make_guide_source(url=host.url)
    left = GuideRun.objects.create(source=source, state=GuideRun.State.IMPORTING)

    GuideSource.objects.update(is_active=False)
    work()

    left.refresh_from_db()
    assert (left.state, left.error) == ("failed", "The process ended before it did.")


@pytest.mark.django_db(transaction=True)
def test_only_one_refresh_is_at_work(host: FeedHost) -> None:
    import threading

    from django.db import connection

    source = make_guide_source(url=host.url)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with alone(LOCK, GuideBusy()):
            held.set()
            done.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    try:
        with pytest.raises(CommandError) as refused:
            call_command("refresh_guide", source.name)
        assert refused.value.returncode == 75
    finally:
        done.set()
        thread.join()


def test_the_command_tells_what_became_of_each_source(host: FeedHost, capsys: pytest.CaptureFixture[str]) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one")
    make_guide_source(name="Good", url=host.url)
    make_guide_source(name="Empty", url=f"{host.url}/none")
    host.replies = {"/none": Reply(status=404)}

    with pytest.raises(CommandError, match="1 of 2 failed"):
        call_command("refresh_guide")

    out = capsys.readouterr().out
    assert "Good: done, channels 1 of 1, programmes 24" in out
    assert "Empty: failed" in out
    with pytest.raises(CommandError, match="no guide source"):
        call_command("refresh_guide", "Nobody")


def test_old_runs_are_forgotten() -> None:
    old = GuideRun.objects.create(source=make_guide_source(), started_at=timezone.now() - timedelta(days=200))

    forget_old_runs(now=timezone.now())

    assert not GuideRun.objects.filter(pk=old.pk)


@pytest.mark.parametrize(
    "url",
    [
        "https://anna:s3cret@epg.example/guide.xml",
        "https://epg.example/s3cret/guide.xml?key=s3cret",
        "https://epg.example:8443/guide?s3cret",
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(url: str) -> None:
    shown = make_guide_source(url=url).shown_url

    assert "s3cret" not in shown
    assert "epg.example" in shown
