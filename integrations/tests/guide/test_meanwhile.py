"""What happens to a source while it is being refreshed, and to the others when it fails as nobody foresaw."""

import io
from collections.abc import Callable

import pytest
from django.utils import timezone

from channels.guide_feeds import keep_feed, make_current
from channels.models import GuideFeed, GuideRun, GuideSource
from channels.tests.factories import make_channel
from channels.tests.feeds import make_guide_source
from demo.http_server import Reply
from integrations.guide.refresh import refresh, work_on_guide
from integrations.tests.guide.feed_server import FeedHost
from integrations.tests.guide.test_refresh import day_of, titles, work

pytestmark = pytest.mark.django_db


def once_fetched(host: FeedHost, then: Callable[[], object]) -> Callable[[], bool]:
    """Return a ``stop`` that does something as soon as the host was asked for a feed, and never stops."""
    done: list[object] = []

    def stop() -> bool:
        if host.requests and not done:
            done.append(True)
            then()
        return False

    return stop


def upload(source: GuideSource, content: bytes) -> None:
    keep_feed(source, io.BytesIO(content), file_name="guide.xml", current=False)


def test_a_source_that_fails_in_a_way_nobody_foresaw_is_put_off_and_the_others_are_refreshed(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one")
    bad, good = (make_guide_source(url=f"{host.url}/{name}") for name in ("bad", "good"))
    begun = timezone.now()

    def fail() -> None:
        raise LookupError("the disk is full")

    work_on_guide(now=begun, stop=once_fetched(host, fail))

    assert dict(GuideRun.objects.values_list("source", "state")) == {bad.pk: "failed", good.pk: "done"}
    bad.refresh_from_db()
    assert bad.next_at is not None
    assert bad.next_at > begun
    work()
    assert [request.path for request in host.requests] == ["/bad", "/good"]


def test_a_worker_that_is_killed_by_a_source_begins_with_the_others(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one")
    bad = make_guide_source(url=f"{host.url}/bad")
    begun = timezone.now()
    due: list[GuideSource] = []

    refresh(bad, stop=once_fetched(host, lambda: due.extend(GuideSource.objects.due(begun))))

    assert due == []


def test_an_upload_that_comes_during_a_refresh_is_imported_next(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one", title="Fetched")
    source = make_guide_source(url=host.url)

    def then() -> None:
        upload(source, day_of("one", title="Uploaded"))
        GuideRun.objects.create(source=source, actor="anna")

    assert refresh(source, stop=once_fetched(host, then)).state == "done"
    assert titles() == {"Fetched"}

    work()
    assert titles() == {"Uploaded"}
    assert list(GuideFeed.objects.values_list("file_name", "is_current")) == [("guide.xml", True)]


def test_an_upload_that_comes_while_another_is_imported_is_imported_next() -> None:
    make_channel(tvg_id="one")
    source = make_guide_source()
    upload(source, day_of("one", title="First"))
    first = GuideFeed.objects.get()
    GuideFeed.objects.filter(pk=first.pk).update(is_current=True)
    upload(source, day_of("one", title="Second"))
    second = GuideFeed.objects.get(is_current=False)
    GuideFeed.objects.create(source=source, file_name="third.xml")

    make_current(second)

    assert list(GuideFeed.objects.values_list("file_name", "is_current")) == [("guide.xml", True), ("third.xml", False)]


def test_a_feed_that_is_refused_does_not_take_an_upload_with_it(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed = b"<html>no</html>"
    source = make_guide_source(url=host.url)
    run = refresh(source, stop=once_fetched(host, lambda: upload(source, day_of("one", title="Uploaded"))))

    assert run.state == "failed"
    assert GuideFeed.objects.filter(is_current=False).count() == 1


@pytest.mark.parametrize("feed", [day_of("one"), b"<html>no</html>"], ids=["good", "refused"])
def test_an_address_that_is_changed_during_a_refresh_is_asked_as_one_never_asked_before(
    host: FeedHost, feed: bytes
) -> None:
    make_channel(tvg_id="one")
    host.feed = feed
    source = make_guide_source(url=f"{host.url}/old")

    def change() -> None:
        new = {"url": f"{host.url}/new", "etag": "", "last_modified": "", "content_hash": "", "next_at": None}
        GuideSource.objects.update(**new)

    refresh(source, stop=once_fetched(host, change))

    now = GuideSource.objects.get()
    assert (now.etag, now.last_modified, now.content_hash, now.next_at) == ("", "", "", None)
    assert now.url.endswith("/new")


def test_a_source_that_waits_for_others_is_asked_at_the_address_it_has_by_then(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one")
    make_guide_source(url=f"{host.url}/first")
    waiting = make_guide_source(url=f"{host.url}/old")

    def change() -> None:
        GuideSource.objects.filter(pk=waiting.pk).update(url=f"{host.url}/new")

    work_on_guide(now=timezone.now(), stop=once_fetched(host, change))

    assert [request.path for request in host.requests] == ["/first", "/new"]


def test_a_source_that_is_deleted_while_it_waits_for_others_is_passed_over(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one")
    make_guide_source(url=f"{host.url}/first")
    gone = make_guide_source(url=f"{host.url}/gone")
    last = make_guide_source(url=f"{host.url}/last")

    work_on_guide(now=timezone.now(), stop=once_fetched(host, lambda: GuideSource.objects.filter(pk=gone.pk).delete()))

    assert [request.path for request in host.requests] == ["/first", "/last"]
    assert GuideRun.objects.get(source=last).state == "done"


def test_the_same_feed_with_another_etag_is_asked_for_by_that(host: FeedHost) -> None:
    make_channel(tvg_id="one")
    host.feed = day_of("one")
    source = make_guide_source(url=host.url)
    refresh(source)
    host.replies["/"] = Reply(body=host.feed, headers={"ETag": '"of another machine"'})
    assert refresh(source).state == "unchanged"

    refresh(source)

    assert host.requests[-1].headers["If-None-Match"] == '"of another machine"'
