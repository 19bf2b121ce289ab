"""Since when a playlist has been as it is, also while others work on the same rows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import time_machine
from django.db import connection

from playlist_project.tests.waiting import in_thread, somebody_waits_for_a_lock, wait_until
from playlists.account import account_by_token
from playlists.versions import REPLACE, Version, put_on_record, since, versions
from subscribers.buffer import flush_all
from subscribers.models import PlaylistVersion, Subscriber
from subscribers.tests.factories import make_subscriber

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def subscriber(transactional_db: None) -> Subscriber:
    return make_subscriber()


@pytest.fixture
def other(subscriber: Subscriber) -> Iterator["psycopg.Connection[Any]"]:
    """Somebody else's open transaction."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.ClientCursor}) as opened:
        yield opened


def asked(subscriber: Subscriber, etag: str, at: datetime) -> datetime:
    account = account_by_token(subscriber.token, now=at)
    assert account is not None
    with time_machine.travel(at, tick=False):
        return datetime.fromtimestamp(since(account, "m3u8", etag).moment, UTC)


def on_record() -> list[tuple[str, datetime]]:
    return list(PlaylistVersion.objects.values_list("etag", "changed_at"))


def test_a_version_is_put_on_record_once_and_keeps_its_time(subscriber: Subscriber) -> None:
    assert asked(subscriber, "one", NOW) == NOW
    flush_all()
    assert asked(subscriber, "one", NOW + 5 * SECOND) == NOW
    assert len(versions) == 0

    assert on_record() == [("one", NOW)]


def test_a_version_within_the_second_of_the_last_is_a_second_younger(subscriber: Subscriber) -> None:
    asked(subscriber, "one", NOW)
    flush_all()

    assert asked(subscriber, "two", NOW) == NOW + SECOND


def test_each_form_of_a_playlist_has_a_time_of_its_own(subscriber: Subscriber) -> None:
    put_on_record([Version(subscriber.pk, "ts", "other", NOW), Version(subscriber.pk, "m3u8", "one", NOW + SECOND)])

    assert asked(subscriber, "one", NOW + 9 * SECOND) == NOW + SECOND


def test_of_several_versions_at_once_the_last_counts(subscriber: Subscriber) -> None:
    put_on_record([Version(subscriber.pk, "m3u8", etag, NOW) for etag in ("one", "two", "two")])

    assert on_record() == [("two", NOW + SECOND)]


def test_a_subscriber_who_is_gone_by_now_keeps_nobody_elses_version_from_being_written(subscriber: Subscriber) -> None:
    put_on_record([Version(subscriber.pk + 1, "m3u8", "one", NOW), Version(subscriber.pk, "m3u8", "one", NOW)])

    assert on_record() == [("one", NOW)]


def test_two_new_versions_that_meet_are_a_second_apart(
    subscriber: Subscriber, other: "psycopg.Connection[Any]"
) -> None:
    other.execute(REPLACE, [[subscriber.pk], ["m3u8"], ["one"], [NOW]])
    with ThreadPoolExecutor(1) as threads:
        second = in_thread(threads, lambda: put_on_record([Version(subscriber.pk, "m3u8", "two", NOW)]))
        wait_until(somebody_waits_for_a_lock)
        other.commit()
        second.result()

    assert on_record() == [("two", NOW + SECOND)]


def test_a_version_that_comes_in_the_middle_of_a_deletion_does_not_hold_it_up(
    subscriber: Subscriber, other: "psycopg.Connection[Any]"
) -> None:
    other.execute("DELETE FROM subscribers_playlistversion WHERE subscriber_id = %s", [subscriber.pk])
    put_on_record([Version(subscriber.pk, "m3u8", "one", NOW)])
    other.execute("DELETE FROM subscribers_subscriber WHERE id = %s", [subscriber.pk])
    other.commit()

    assert on_record() == []
