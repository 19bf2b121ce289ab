"""Cursors that cannot be gone on from are refused, after a restore and where the history has been forgotten."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from catalog.models import Package
from catalog.tests.factories import make_package
from channels.tests.factories import make_channel
from playlist_project.history import made_by
from subscribers.feed.cursors import BadCursor, Server, cursor_at
from subscribers.feed.events import TABLES, Position, Selection, oldest_events
from subscribers.feed.following import NOW, follow
from subscribers.feed.restored import renumber_restored
from subscribers.feed.retention import forget_old_history
from subscribers.models import HistoryFloor
from subscribers.tests.feed_steps import ONE_AFTER_THE_OTHER, all_told, settle

pytestmark = [pytest.mark.django_db(transaction=True), ONE_AFTER_THE_OTHER]
FAR = 10**12


def events(model: str) -> Any:
    return apps.get_model(model).objects


def grow_old(model: str, **wanted: Any) -> None:
    events(model).filter(**wanted).update(pgh_created_at=timezone.now() - timedelta(days=400))


@pytest.mark.parametrize("cursor", ["x", "now ", "%", "AAAA", "A" * 32, "ü" * 32, "A" * 31 + "\0", "A" * 4000])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        follow(cursor)


def test_a_cursor_with_letters_put_in_is_refused() -> None:
    cursor = follow(NOW).cursor

    with pytest.raises(BadCursor):
        follow(cursor[:8] + "!" + cursor[8:])


def test_a_cursor_that_is_ahead_of_everything_is_refused() -> None:
    with pytest.raises(BadCursor):
        follow(cursor_at(Server.now(), Position(FAR, 1)))


def test_a_cursor_from_before_a_restore_is_refused() -> None:
    server = Server.now()
    before = Server(server.settled, mark=b"another.")

    with pytest.raises(BadCursor, match="restored"):
        follow(cursor_at(before, before.end))


def test_the_history_of_another_server_comes_before_what_happens_here() -> None:
    make_package(name="restored")
    make_package(name="restored too")
    events("catalog.PackageEvent").update(pgh_xid=FAR)
    HistoryFloor.objects.create(xid=FAR - 1, number=5)
    make_channel(stream_name="here", display_name="")

    follow()
    settle()

    assert sorted(name for *_, name in all_told()) == ["here", "restored", "restored too"]
    assert not HistoryFloor.objects.exists()
    assert not renumber_restored()


def test_a_transaction_that_asks_for_itself_renumbers_nothing() -> None:
    with transaction.atomic():
        make_package()
        assert not renumber_restored()


def test_old_history_is_forgotten_with_its_contexts(settings: Settings) -> None:
    settings.HISTORY_DAYS = 365
    with made_by("olga", way="admin"):
        make_package(name="old")
    with made_by("olga", way="admin"):
        make_package(name="young", channels=[make_channel()])
    grow_old("catalog.PackageEvent", name="old")
    contexts = apps.get_model("pghistory.Context").objects
    contexts.update(updated_at=timezone.now() - timedelta(days=400))

    assert forget_old_history(now=timezone.now()) == 1

    assert [event.name for event in events("catalog.PackageEvent").all()] == ["young"]
    assert contexts.count() == 1


def test_a_history_for_ever_is_never_forgotten(settings: Settings) -> None:
    settings.HISTORY_DAYS = 0
    make_package()
    grow_old("catalog.PackageEvent")

    assert forget_old_history(now=timezone.now()) == 0


def test_a_cursor_with_forgotten_changes_after_it_is_refused(settings: Settings) -> None:
    settings.HISTORY_DAYS = 365
    before = follow(NOW).cursor
    make_package()
    settle()
    after = follow(before).cursor
    grow_old("catalog.PackageEvent")

    forget_old_history(now=timezone.now())

    with pytest.raises(BadCursor, match="forgotten"):
        follow(before)
    assert follow(after).changes == follow().changes == []


def test_changes_outlive_the_history_of_what_they_change(settings: Settings) -> None:
    settings.HISTORY_DAYS = 365
    make_package(name="Basic")
    grow_old("catalog.PackageEvent")
    forget_old_history(now=timezone.now())
    Package.objects.update(name="Extra")
    settle()

    (change,) = follow().changes

    assert (change.before, change.after) == ({"name": "Basic"}, {"name": "Extra"})


def test_following_reads_a_range_of_each_index() -> None:
    make_package()
    with CaptureQueriesContext(connection) as captured:
        oldest_events(Selection(), after=Position(5, 5), below=FAR, limit=100)
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        cursor.execute("EXPLAIN (COSTS OFF) " + captured.captured_queries[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("RESET enable_seqscan; RESET enable_bitmapscan")

    assert plan.count("Index Cond: ((ROW(pgh_xid, pgh_number) > ROW(") == len(TABLES)
    assert "->  Sort" not in plan  # what the indexes give is merged
