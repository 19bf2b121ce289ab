"""The queue of session checks: claiming by lease, and what becomes of them.

The database's triggers add what staff and billing change; only the end of a subscription comes by itself.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

LONGEST_LOOK_BACK = timedelta(days=1)
"""What ended before that runs no more: Flussonic asks again about every session."""


class Check(NamedTuple):
    """A check as it was when it was claimed; ``attempts`` counts this one. No number: everybody's sessions."""

    id: int
    subscriber_id: int | None
    agreement_number: str
    since: datetime
    attempts: int


CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM subscribers_sessioncheck
        WHERE due_at <= %(now)s AND (lease_until IS NULL OR lease_until <= %(now)s)
        ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE subscribers_sessioncheck AS claimed
    SET lease_owner = %(owner)s, lease_until = %(lease_until)s, attempts = claimed.attempts + 1
    FROM due WHERE claimed.id = due.id
    RETURNING claimed.id, subscriber_id, agreement_number, since, attempts
"""
REMOVE = "DELETE FROM subscribers_sessioncheck WHERE id = ANY(%(ids)s) AND lease_owner = %(owner)s"
KEEP = """
    UPDATE subscribers_sessioncheck AS held
    SET lease_owner = NULL, lease_until = NULL, due_at = kept.due_at, last_error = kept.error,
        failing_since = CASE WHEN kept.error <> '' THEN coalesce(failing_since, %(now)s) END
    FROM unnest(%(ids)s::bigint[], %(due)s::timestamptz[], %(errors)s::text[]) AS kept (id, due_at, error)
    WHERE held.id = kept.id AND lease_owner = %(owner)s
"""
# Of everybody's tokens those count that were stale by then: later ones have checks of their own. Nor do those count
# that were failing by then: one that never gets through would keep the check for ever.
UNTOLD = """
    SELECT held.id FROM subscribers_sessioncheck AS held
    WHERE id = ANY(%s) AND EXISTS (
        SELECT FROM subscribers_outboxentry AS entry
        WHERE CASE WHEN held.agreement_number = ''
            THEN entry.stale_since <= held.since AND coalesce(entry.failing_since > held.since, true)
            ELSE entry.subscriber_id = held.subscriber_id END
    )
"""
OUTDATED = "DELETE FROM subscribers_sessioncheck WHERE since < %(end)s"
COVERED = """
    DELETE FROM subscribers_sessioncheck WHERE agreement_number = '' AND since < %(since)s AND id <> %(id)s
"""
CANNOT_BE_DONE = """
    UPDATE subscribers_sessioncheck
    SET last_error = %(error)s, failing_since = coalesce(failing_since, %(now)s), due_at = %(due)s
    WHERE due_at <= %(now)s AND (lease_until IS NULL OR lease_until <= %(now)s)
"""
LAPSED = """
    INSERT INTO subscribers_sessioncheck (subscriber_id, agreement_number, since, due_at, attempts, last_error)
    SELECT id, agreement_number, valid_until, %(now)s, 0, '' FROM subscribers_subscriber
    WHERE valid_until > %(after)s AND valid_until <= %(now)s AND status = 'enabled'
"""
WATCH = "SELECT id, lapsed_until FROM subscribers_sessionwatch ORDER BY id LIMIT 1 FOR UPDATE"


def claim_due(owner: UUID, *, now: datetime, limit: int, lease: timedelta) -> list[Check]:
    """Take up to ``limit`` due checks that nobody holds, the longest due first."""
    rows = _fetch(CLAIM, now=now, limit=limit, owner=owner, lease_until=now + lease)
    return sorted((Check._make(row) for row in rows), key=lambda check: check.id)


def remove(owner: UUID, done: Collection[Check]) -> None:
    """Delete the checks that have been seen through."""
    _execute(REMOVE, owner=owner, ids=[check.id for check in done])


def keep(owner: UUID, kept: Sequence[tuple[Check, str, datetime]], *, now: datetime) -> None:
    """Give back checks, each with its error or an empty text, and the moment of the next attempt."""
    if kept:
        _execute(
            KEEP,
            owner=owner,
            now=now,
            ids=[check.id for check, _, _ in kept],
            errors=[error for _, error, _ in kept],
            due=[due for _, _, due in kept],
        )


def forget_outdated(*, now: datetime) -> None:
    """Drop the checks of what has ended too long ago to run still."""
    _execute(OUTDATED, end=now - LONGEST_LOOK_BACK)


def remove_covered(check: Check) -> None:
    """Delete the checks of everybody that are older than this one, itself of everybody and not begun yet."""
    _execute(COVERED, id=check.id, since=check.since)


def postpone_due(error: str, *, now: datetime, until: datetime) -> int:
    """Put on record of all due checks that nobody holds why none can be seen through; return how many those are."""
    return _execute(CANNOT_BE_DONE, error=error, now=now, due=until)


def untold(checks: Collection[Check]) -> set[int]:
    """Return the ids of the checks about whose tokens the Auth Service has yet to hear."""
    with connection.cursor() as cursor:
        cursor.execute(UNTOLD, [[check.id for check in checks]])
        return {pk for (pk,) in cursor.fetchall()}


@transaction.atomic
def add_lapsed(*, now: datetime) -> int:
    """Add a check for each subscription that has ended since the last time, and return how many those are."""
    with connection.cursor() as cursor:
        cursor.execute(WATCH)
        watch = cursor.fetchone()
        after = max(watch[1], now - LONGEST_LOOK_BACK) if watch else now - LONGEST_LOOK_BACK
        cursor.execute(LAPSED, {"after": after, "now": now})
        added = int(cursor.rowcount)
        if watch:
            cursor.execute("UPDATE subscribers_sessionwatch SET lapsed_until = %s WHERE id = %s", [now, watch[0]])
        else:
            cursor.execute("INSERT INTO subscribers_sessionwatch (lapsed_until, ended) VALUES (%s, 0)", [now])
    return added


def count_ended(sessions: int) -> None:
    """Add to the number of sessions that were ended."""
    if sessions:
        _execute("UPDATE subscribers_sessionwatch SET ended = ended + %(sessions)s", sessions=sessions)


def forget_all() -> None:
    """Drop all checks: without a Flussonic to ask nobody ever sees them through."""
    _execute("DELETE FROM subscribers_sessioncheck")


def _fetch(sql: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _execute(sql: str, **params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)
