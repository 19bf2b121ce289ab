"""Undoing an import: exactly its rows get back what the source had said before."""

import pytest
from django.db import connection

from catalog.tests.factories import make_package
from channels.models import Channel, Group, ImportRun, Source
from channels.tests.factories import make_group
from channels.tests.lists import entry, list_of, make_list_source
from integrations.sources.undo import UndoRefused, added_by, undo, why_not_undone
from integrations.tests.sources.imports import run_of

pytestmark = pytest.mark.django_db
COLUMNS = (
    *("pk", "stream_name", "source_url", "tvg_name", "display_name", "tvg_id", "tvg_logo", "group__name"),
    *("listed_name", "listed_tvg_id", "listed_logo", "listed_group", "sync_status", "sort_order", "is_active"),
)
BEFORE = list_of(
    entry(1, tvg_id="one", tvg_name="One", tvg_logo="http://l.example.com/1.png", group_title="A"),
    entry(2, tvg_id="two"),
    entry(3),
)
AFTER = list_of(
    entry(1, "Uno", tvg_id="uno", tvg_logo="http://l.example.com/u.png", group_title="B"), entry(3), entry(4, "Four")
)


@pytest.fixture
def source() -> Source:
    return make_list_source()


def rows() -> list[tuple[object, ...]]:
    return list(Channel.objects.order_by("pk").values_list(*COLUMNS))


def test_undo_restores_what_was_there_before_the_run(source: Source) -> None:
    run_of(source, BEFORE)
    before = rows()
    run = run_of(source, AFTER)
    assert rows() != before

    undone = undo(run)

    assert rows() == before
    assert (undone.deleted, undone.restored, undone.listed) == (1, 1, 1)
    run.refresh_from_db()
    assert run.state == "undone"


def test_a_run_can_be_made_again_after_it_was_undone(source: Source) -> None:
    run_of(source, BEFORE)
    run = run_of(source, AFTER)
    after = set(Channel.objects.values_list("stream_name", flat=True))
    undo(run)
    run_of(source, AFTER)

    assert set(Channel.objects.values_list("stream_name", flat=True)) == after
    assert Channel.objects.get(display_name="Uno").tvg_id == "uno"


def test_what_staff_have_changed_since_the_run_stays(source: Source) -> None:
    run_of(source, BEFORE)
    run = run_of(source, AFTER)
    ours = make_group(name="Ours")
    Channel.objects.filter(display_name="Uno").update(display_name="Mine", group=ours)
    undo(run)

    channel = Channel.objects.get(display_name="Mine")
    assert (channel.group, channel.tvg_id, channel.listed_name) == (ours, "one", "One")


def test_what_staff_had_changed_before_the_run_stays(source: Source) -> None:
    run_of(source, BEFORE)
    Channel.objects.filter(tvg_id="one").update(display_name="Mine")
    before = rows()
    undo(run_of(source, AFTER))

    assert rows() == before


def test_rows_of_other_runs_are_not_touched(source: Source) -> None:
    run_of(make_list_source(), BEFORE)
    other = rows()
    run = run_of(source, AFTER)
    undo(run)

    assert rows() == other


def test_the_first_import_can_be_undone_with_packages_that_hold_its_channels(source: Source) -> None:
    run = run_of(source, BEFORE)
    package = make_package(channels=list(Channel.objects.all()))
    assert added_by(run).count() == 3

    undo(run)

    assert (Channel.objects.count(), package.channels.count()) == (0, 0)
    source.refresh_from_db()
    assert (source.imported_at, source.total) == (None, 0)


def test_undo_is_refused_once_a_later_run_exists(source: Source) -> None:
    first = run_of(source, BEFORE)
    second = run_of(source, AFTER)
    before = rows()

    with pytest.raises(UndoRefused, match="later import"):
        undo(first)

    assert rows() == before
    undo(second)
    undo(first)
    assert not rows()


def test_a_later_run_that_found_nothing_new_or_failed_is_no_reason_to_refuse(source: Source) -> None:
    run = run_of(source, BEFORE)
    run_of(source, b"<html>")
    ImportRun.objects.create(source=source, state=ImportRun.State.UNCHANGED)

    assert why_not_undone(run) == ""


@pytest.mark.parametrize("state", [state for state in ImportRun.State if state != ImportRun.State.DONE])
def test_only_what_was_done_can_be_undone(source: Source, state: str) -> None:
    run = run_of(source, BEFORE)
    run.save_progress(state=state)

    with pytest.raises(UndoRefused):
        undo(run)
    assert Channel.objects.count() == 3


def test_undo_is_in_the_history_of_channels(source: Source) -> None:
    run_of(source, BEFORE)
    run = run_of(source, AFTER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM channels_channelevent")
        (events,) = cursor.fetchone()
    undo(run)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM channels_channelevent")
        assert cursor.fetchone()[0] > events


def test_undo_takes_the_mapping_and_the_groups_of_the_run_back(source: Source) -> None:
    run_of(source, BEFORE)
    mapping = Source.objects.get().mapping
    kept = set(Group.objects.values_list("name", flat=True))
    run = run_of(source, AFTER, mapping={"display_name": "title", "group": "group-title"})
    assert Source.objects.get().mapping != mapping
    undo(run)

    assert Source.objects.get().mapping == mapping
    assert set(Group.objects.values_list("name", flat=True)) == kept
