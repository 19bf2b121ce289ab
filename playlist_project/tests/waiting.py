"""Waiting for what others do in their own time."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any

from django.db import connection


def wait_until(happened: Callable[[], bool], seconds: float = 25) -> None:
    """Ask again and again, and fail where it does not happen in time."""
    end = monotonic() + seconds
    while not happened():
        assert monotonic() < end, "it did not happen in time"
        sleep(0.01)


def in_thread(threads: ThreadPoolExecutor, job: Callable[[], Any]) -> "Future[Any]":
    """Begin a job on a database connection of its own."""

    def run() -> Any:
        try:
            return job()
        finally:
            connection.close()

    return threads.submit(run)


def somebody_waits_for_a_lock() -> bool:
    """Tell whether some other connection to this database is held up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction it would stay as first seen
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
