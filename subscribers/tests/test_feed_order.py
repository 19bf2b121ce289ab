"""A reader that follows the cursors misses nothing, in whichever order transactions commit. On real connections."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random

import psycopg
import pytest
from django.db import connection, transaction

from catalog.models import Package
from catalog.tests.factories import make_package
from channels.tests.factories import make_channel
from playlist_project.tests.waiting import in_thread
from subscribers.feed.changes import Change
from subscribers.feed.cursors import Server, position_of
from subscribers.feed.events import Position
from subscribers.feed.following import NOW, follow
from subscribers.tests.factories import make_subscriber
from subscribers.tests.feed_steps import ONE_AFTER_THE_OTHER, all_told, settle, told

pytestmark = [pytest.mark.django_db(transaction=True), ONE_AFTER_THE_OTHER]
INSERT = "INSERT INTO catalog_package (name, created_at, updated_at) VALUES (%s, now(), now())"


def connect() -> psycopg.Connection:
    return psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor})


def position(cursor: str) -> Position:
    return position_of(cursor, Server.now())


@pytest.fixture
def first() -> Iterator[psycopg.Connection]:
    with connect() as first:
        yield first


@pytest.fixture
def second() -> Iterator[psycopg.Connection]:
    with connect() as second:
        yield second


def test_who_began_first_and_commits_last_is_not_missed(first: psycopg.Connection, second: psycopg.Connection) -> None:
    cursor = follow(NOW).cursor
    first.execute(INSERT, ["early"])
    second.execute(INSERT, ["late"])
    second.commit()
    meanwhile = follow(cursor)
    assert meanwhile.changes == []  # "late" has to wait, or its cursor would pass over "early"

    first.commit()
    settle()

    assert [told(change)[2] for change in follow(meanwhile.cursor).changes] == ["early", "late"]


def test_of_tables_too_each_waits_for_the_other(first: psycopg.Connection, second: psycopg.Connection) -> None:
    subscriber, package, channel = make_subscriber(), make_package(), make_channel()
    settle()
    cursor = follow(NOW).cursor
    first.execute(
        "INSERT INTO catalog_package_channels (package_id, channel_id) VALUES (%s, %s)", [package.pk, channel.pk]
    )
    second.execute("UPDATE subscribers_subscriber SET notes = 'x' WHERE id = %s", [subscriber.pk])
    second.commit()
    page = follow(cursor)

    first.commit()
    settle()

    assert [told(change)[0] for change in [*page.changes, *follow(page.cursor).changes]] == ["assigned", "changed"]


def test_what_is_rolled_back_neither_appears_nor_holds_up(
    first: psycopg.Connection, second: psycopg.Connection
) -> None:
    cursor = follow(NOW).cursor
    first.execute(INSERT, ["never"])
    second.execute(INSERT, ["real"])
    second.commit()
    first.rollback()
    with transaction.atomic():
        make_package(name="never either")
        transaction.set_rollback(True)
    settle()

    assert all_told(cursor) == [("created", "package", "real")]


def test_a_savepoint_belongs_to_its_transaction(first: psycopg.Connection) -> None:
    cursor = follow(NOW).cursor
    first.execute(INSERT, ["outer"])
    with first.transaction():
        first.execute(INSERT, ["inner"])
    make_package(name="between")
    first.commit()
    settle()

    assert [name for *_, name in all_told(cursor)] == ["outer", "inner", "between"]


def test_pages_cut_anywhere_miss_nothing_and_repeat_nothing() -> None:
    cursor = follow(NOW).cursor
    with transaction.atomic():
        channels = [make_channel() for _ in range(3)]
        package = make_package(channels=channels)
    make_subscriber(packages=[package], channels=channels)
    package.delete()
    settle()
    whole = all_told(cursor)
    # 3 channels, a package with 3, a subscriber with 4; the package takes 3 channels and a holder with it.
    assert len(whole) == 3 + 4 + 5 + 5

    assert [all_told(cursor, limit=size) for size in range(1, len(whole) + 2)] == [whole] * (len(whole) + 1)


def test_the_order_is_that_of_the_statements() -> None:
    cursor = follow(NOW).cursor
    with transaction.atomic():
        channel = make_channel(stream_name="news", display_name="")
        package = make_package(name="Basic", channels=[channel])
        package.delete()
    settle()

    assert all_told(cursor) == [
        ("created", "channel", "news"),
        ("created", "package", "Basic"),
        ("assigned", "package", "Basic", "news"),
        ("unassigned", "package", "Basic", "news"),
        ("deleted", "package", "Basic"),
    ]


def write(number: int) -> None:
    random = Random(number)
    with connect() as writer:
        for step in range(25):
            writer.execute(INSERT, [f"{number}-{step}"])
            writer.execute("SELECT pg_sleep(%s)", [random.random() / 200])
            if step % 5 == 4:
                writer.rollback()
            else:
                writer.commit()


def test_a_reader_beside_many_writers_gets_everything_once() -> None:
    settle()
    cursor = follow(NOW).cursor
    read: list[Change] = []
    with ThreadPoolExecutor(4) as threads:
        writers = [in_thread(threads, partial(write, number)) for number in range(4)]
        while not all(writer.done() for writer in writers):
            page = follow(cursor, limit=7)
            cursor, read = page.cursor, [*read, *page.changes]
    settle()
    names = [change.subject.label for change in read] + [name for *_, name in all_told(cursor)]

    assert [writer.result() for writer in writers] == [None] * 4
    assert read  # while they were at it
    assert sorted(names) == sorted(Package.objects.values_list("name", flat=True))
    assert len(names) == 80


def test_a_cursor_moves_on_where_nothing_happened(first: psycopg.Connection) -> None:
    """So that it does not grow old while there is nothing to read."""
    cursor = follow(NOW).cursor
    first.execute("SELECT pg_current_xact_id()")
    first.commit()
    settle()

    page = follow(cursor)

    assert (page.changes, page.has_more) == ([], False)
    assert position(page.cursor) > position(cursor)
