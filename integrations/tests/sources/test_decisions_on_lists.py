"""What staff see of a list before it is imported, what they decide, and that nothing else is done."""

import io

import pytest

from channels.importing import Staged
from channels.models import Channel, ImportPart, ImportRun, Source
from channels.tests.lists import entry, list_of, make_list_source
from integrations.sources import importing
from integrations.sources.asking import ask, cancel, go_ahead, read_again
from integrations.sources.importing import import_list, keep_list
from integrations.tests.guide.feed_server import FeedHost
from integrations.tests.sources.imports import run_of, work

pytestmark = pytest.mark.django_db


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


def test_an_import_can_be_cancelled(source: Source, host: FeedHost) -> None:
    host.feed = list_of(*(entry(number) for number in range(20)))
    run = run_of(source, cancel_asked=True)

    assert (run.state, Channel.objects.count()) == ("cancelled", 0)


def test_a_new_address_is_imported_by_nobody_before_staff_have_looked(source: Source, host: FeedHost) -> None:
    run_of(source)
    Source.objects.update(url=f"{host.url}/other", content_hash="", etag="", last_modified="", next_at=None)
    ask(Source.objects.get(), "anna", only_look=True)
    work()
    work()

    assert list(ImportRun.objects.values_list("state", flat=True)) == ["ready", "done"]


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


@pytest.mark.parametrize("only_look", [False, True])
def test_a_cancel_that_comes_last_still_counts(
    source: Source, monkeypatch: pytest.MonkeyPatch, only_look: bool
) -> None:
    monkeypatch.setattr(importing, "SECONDS_BETWEEN_REPORTS", 1_000)  # the worker does not look up again
    run = ImportRun.objects.create(source=source, only_look=only_look)
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


def test_nothing_is_fetched_in_place_of_a_list_that_was_given(source: Source, host: FeedHost) -> None:
    host.feed = list_of(*(entry(number) for number in range(20)))
    run_of(source)
    refused = ask(source, "anna", file=io.BytesIO(list_of(entry(1))))
    work()
    refused.refresh_from_db()
    assert refused.state == "refused"
    refused.parts.all().delete()
    assert read_again(refused, forced=True, actor="anna")
    requests = len(host.requests)
    work()

    refused.refresh_from_db()
    assert (refused.state, len(host.requests)) == ("failed", requests)
    assert "not kept any more" in refused.error


def test_a_file_that_a_command_imports_is_kept_for_another_mapping() -> None:
    source = make_list_source()
    run_of(source, list_of(entry(1, channel_id="one")))
    again = ask(source, "anna", only_look=True)
    work()

    again.refresh_from_db()
    assert again.state == "ready"
