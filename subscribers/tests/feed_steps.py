"""What the tests of the feed have in common."""

from typing import Any

import pytest
from django.db import connection

from playlist_project.tests.waiting import wait_until
from subscribers.feed.changes import Change
from subscribers.feed.cursors import Server
from subscribers.feed.following import follow

# What waits for all open transactions must not run beside a test that keeps one open for long.
ONE_AFTER_THE_OTHER = pytest.mark.xdist_group("feed")


def settle() -> None:
    """Wait until everything committed so far can be handed out: transactions of other tests hold it up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (xid,) = cursor.fetchone()
    wait_until(lambda: Server.now().settled > xid)


def told(change: Change) -> tuple[Any, ...]:
    """Return what a change tells in short: what happened to what, and by name what went in or out."""
    return change.action, change.subject.type, change.subject.label, *([change.other.label] if change.other else [])


def all_told(since: str = "", *, limit: int = 100) -> list[tuple[Any, ...]]:
    """Follow the cursors from one to the end, and return what was told on the way."""
    found = []
    while True:
        page = follow(since, limit=limit)
        found += [told(change) for change in page.changes]
        since = page.cursor
        if not page.has_more:
            return found
