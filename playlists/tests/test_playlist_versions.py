"""Versions of playlists while others work on the same rows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import psycopg
import pytest
import time_machine
from django.db import connection
from django.test import Client

from playlist_project.tests.waiting import in_thread, somebody_waits_for_a_lock, wait_until
from playlists.versions import REPLACE, changed_at
from playlists.views import VARIANT, build_playlist
from subscribers.models import PlaylistVersion, Subscriber
from subscribers.tests.factories import make_subscriber

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def subscriber(transactional_db: None) -> Subscriber:
    return make_subscriber()


@pytest.fixture
def other(subscriber: Subscriber) -> Iterator["psycopg.Connection[Any]"]:
    """Somebody else's open transaction."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.ClientCursor}) as opened:
        yield opened


def test_requests_at_the_same_moment_write_one_version(subscriber: Subscriber) -> None:
    start = Barrier(4)

    def build() -> str:
        start.wait(timeout=10)
        return build_playlist(subscriber).etag

    with ThreadPoolExecutor(4) as threads:
        etags = {future.result() for future in [in_thread(threads, build) for _ in range(4)]}

    assert [version.etag for version in PlaylistVersion.objects.filter(subscriber=subscriber)] == list(etags)


def test_two_new_versions_that_meet_are_a_second_apart(
    subscriber: Subscriber, other: "psycopg.Connection[Any]"
) -> None:
    params = {"subscriber": subscriber.pk, "variant": VARIANT, "etag": "one", "now": NOW}
    with time_machine.travel(NOW, tick=False), ThreadPoolExecutor(1) as threads:
        other.execute(REPLACE, params)
        second = in_thread(threads, lambda: changed_at(subscriber, VARIANT, "two"))
        wait_until(somebody_waits_for_a_lock)
        other.commit()

        assert second.result() == NOW + timedelta(seconds=1)


def test_a_version_that_another_request_has_put_on_record_meanwhile_keeps_its_time(
    subscriber: Subscriber, other: "psycopg.Connection[Any]"
) -> None:
    with ThreadPoolExecutor(1) as threads:
        other.execute(REPLACE, {"subscriber": subscriber.pk, "variant": VARIANT, "etag": "one", "now": NOW})
        second = in_thread(threads, lambda: changed_at(subscriber, VARIANT, "one"))
        wait_until(somebody_waits_for_a_lock)
        other.commit()

        assert second.result() == NOW


def test_a_subscriber_who_is_deleted_during_the_request_has_no_playlist(
    subscriber: Subscriber, other: "psycopg.Connection[Any]"
) -> None:
    with ThreadPoolExecutor(1) as threads:
        other.execute("DELETE FROM subscribers_subscriber WHERE id = %s", [subscriber.pk])
        answer = in_thread(threads, lambda: Client().get(f"/playlist/{subscriber.token}.m3u8"))
        wait_until(somebody_waits_for_a_lock)
        other.commit()

        assert answer.result().status_code == 404


def test_a_version_that_comes_in_the_middle_of_a_deletion_does_not_hold_it_up(
    subscriber: Subscriber, other: "psycopg.Connection[Any]"
) -> None:
    other.execute("DELETE FROM subscribers_playlistversion WHERE subscriber_id = %s", [subscriber.pk])
    build_playlist(subscriber)
    other.execute("DELETE FROM subscribers_subscriber WHERE id = %s", [subscriber.pk])
    other.commit()

    assert not PlaylistVersion.objects.exists()
