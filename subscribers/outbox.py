"""The outbox of stale tokens: marking by hand, claiming by lease, clearing what was delivered.

The database's triggers mark what staff and billing change; ``enqueue`` is for what only time or
a comparison with the Auth Service can tell.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from subscribers.models import SubscriberQuerySet


class Claim(NamedTuple):
    """An entry as it was when it was claimed; ``attempts`` counts this one."""

    token: str
    subscriber_id: int | None
    auth_token_id: int | None
    change_id: UUID
    attempts: int


class StaleToken(NamedTuple):
    """A token to look at again, with what is known of it; whose it is, is looked up where it is not said."""

    token: str
    subscriber_id: int | None
    auth_token_id: int | None


# Materialized: as a plain subquery a nested loop may run it again for every row, and each time it finds others.
CLAIM = """
    WITH due AS MATERIALIZED (
        SELECT id FROM subscribers_outboxentry
        WHERE {wanted} AND (lease_until IS NULL OR lease_until <= %(now)s)
        ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE subscribers_outboxentry AS entry
    SET lease_owner = %(owner)s, lease_until = %(lease_until)s, attempts = entry.attempts + 1
    FROM due WHERE entry.id = due.id
    RETURNING token, subscriber_id, auth_token_id, change_id, attempts
"""
# The columns of an entry come from a query, in the order of the tokens.
INSERT = """
    INSERT INTO subscribers_outboxentry AS entry
        (token, subscriber_id, auth_token_id, change_id, stale_since, due_at, attempts, last_error)
    {query}
    ON CONFLICT (token) DO UPDATE SET
        change_id = excluded.change_id,
        subscriber_id = coalesce(excluded.subscriber_id, entry.subscriber_id),
        due_at = least(entry.due_at, excluded.due_at),
        attempts = greatest(entry.attempts, excluded.attempts),
        auth_token_id = coalesce(excluded.auth_token_id, entry.auth_token_id)
"""
ENQUEUE = INSERT.format(
    query="""
    SELECT token, coalesce(subscriber_id, subscriber.id), stale.auth_token_id, gen_random_uuid(), %(now)s, %(now)s,
        %(attempts)s, ''
    FROM unnest(%(tokens)s::text[], %(subscriber_ids)s::bigint[], %(auth_token_ids)s::int[])
        AS stale (token, subscriber_id, auth_token_id)
    LEFT JOIN subscribers_subscriber AS subscriber USING (token)
    ORDER BY token
    """
)
ENQUEUE_TRIED = """
    SELECT token, subscriber_id, auth_token_id, gen_random_uuid(), %s, %s, 1, ''
    FROM ({subscribers}) AS chosen (token, subscriber_id, auth_token_id) ORDER BY token
"""
LOCK = """
    SELECT token, lease_owner = %(owner)s FROM subscribers_outboxentry
    WHERE token = ANY(%(tokens)s) ORDER BY token FOR UPDATE
"""
# Where the change id is another by now, the entry stays and somebody may take it at once.
CLEAR = """
    DELETE FROM subscribers_outboxentry AS entry
    USING unnest(%(tokens)s::text[], %(change_ids)s::uuid[]) AS done (token, change_id)
    WHERE entry.token = done.token AND entry.change_id = done.change_id AND entry.lease_owner = %(owner)s
"""
GIVE_BACK = """
    UPDATE subscribers_outboxentry
    SET lease_owner = NULL, lease_until = NULL, attempts = 1, failing_since = NULL, last_error = ''
    WHERE token = ANY(%(tokens)s) AND lease_owner = %(owner)s
"""
# Where the change id is another by now, somebody may have marked the token as tried: that must stay.
RELEASE = """
    UPDATE subscribers_outboxentry AS entry
    SET lease_owner = NULL, lease_until = NULL,
        attempts = entry.attempts - (entry.change_id = untried.change_id)::int
    FROM unnest(%(tokens)s::text[], %(change_ids)s::uuid[]) AS untried (token, change_id)
    WHERE entry.token = untried.token AND entry.lease_owner = %(owner)s
"""
POSTPONE = """
    UPDATE subscribers_outboxentry AS entry
    SET lease_owner = NULL, lease_until = NULL, last_error = failed.error,
        failing_since = coalesce(entry.failing_since, %(now)s),
        -- A change made meanwhile has made the entry due again: leave that.
        due_at = CASE WHEN entry.change_id = failed.change_id THEN failed.due_at ELSE entry.due_at END
    FROM unnest(%(tokens)s::text[], %(change_ids)s::uuid[], %(errors)s::text[], %(due)s::timestamptz[])
        AS failed (token, change_id, error, due_at)
    WHERE entry.token = failed.token AND entry.lease_owner = %(owner)s
"""


def enqueue(stale: Iterable[StaleToken], *, now: datetime, tried: bool = False) -> None:
    """Mark tokens stale; ``tried``: something was sent of which nobody knows what it has changed."""
    rows = list({row.token: row for row in stale}.values())
    if rows:
        _execute(
            ENQUEUE,
            now=now,
            attempts=int(tried),
            tokens=[row.token for row in rows],
            subscriber_ids=[row.subscriber_id for row in rows],
            auth_token_ids=[row.auth_token_id for row in rows],
        )


def enqueue_all(subscribers: SubscriberQuerySet, *, now: datetime) -> int:
    """Mark the tokens of any number of subscribers stale, as tried, and return how many those are."""
    rows = subscribers.order_by().values_list("token", "pk", "auth_token_id")
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(query=ENQUEUE_TRIED.format(subscribers=sql)), [now, now, *params])
        return int(cursor.rowcount)


def claim_due(owner: UUID, *, now: datetime, limit: int, lease: timedelta) -> list[Claim]:
    """Take up to ``limit`` due entries that nobody holds, the longest due first."""
    return _claim("due_at <= %(now)s", owner=owner, now=now, limit=limit, lease_until=now + lease)


def claim_of(owner: UUID, subscriber_id: int, *, now: datetime, lease: timedelta) -> list[Claim]:
    """Take all entries of a subscriber that nobody holds, due or not."""
    return _claim(
        "subscriber_id = %(subscriber_id)s",
        owner=owner,
        now=now,
        limit=100,
        lease_until=now + lease,
        subscriber_id=subscriber_id,
    )


def lock(owner: UUID, tokens: list[str]) -> set[str]:
    """Lock the tokens' entries until the transaction ends; return the tokens that the owner holds."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"owner": owner, "tokens": tokens})
        return {token for token, held in cursor.fetchall() if held}


def clear(owner: UUID, delivered: Sequence[Claim]) -> None:
    """Remove the entries that were delivered as they stand; give back those that changed meanwhile."""
    if delivered:
        tokens = [claim.token for claim in delivered]
        _execute(CLEAR, owner=owner, tokens=tokens, change_ids=[claim.change_id for claim in delivered])
        _execute(GIVE_BACK, owner=owner, tokens=tokens)


def release(owner: UUID, untried: Sequence[Claim]) -> None:
    """Give back entries as they were before they were claimed."""
    if untried:
        _execute(
            RELEASE,
            owner=owner,
            tokens=[claim.token for claim in untried],
            change_ids=[claim.change_id for claim in untried],
        )


def postpone(owner: UUID, failed: Sequence[tuple[Claim, str, datetime]], *, now: datetime) -> None:
    """Give back the entries that failed, each with its error and the moment of its next attempt."""
    if failed:
        _execute(
            POSTPONE,
            owner=owner,
            now=now,
            tokens=[claim.token for claim, _, _ in failed],
            change_ids=[claim.change_id for claim, _, _ in failed],
            errors=[error for _, error, _ in failed],
            due=[due for _, _, due in failed],
        )


def _claim(wanted: str, **params: Any) -> list[Claim]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM.format(wanted=wanted), params)
        return [Claim._make(row) for row in cursor.fetchall()]


def _execute(sql: str, **params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
