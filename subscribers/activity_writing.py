"""How signs of activity become rows: what belongs together is merged, and each table is written by one statement.

Whoever writes first locks the subscribers concerned, in order: what is read of their activities then stays true until
the commit, and two processes never wait for each other crosswise. For others' locks it waits less long than
PostgreSQL does before it looks for a deadlock, so that it is never somebody else's change that is given up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from subscribers.activity_models import Activity
from subscribers.activity_sums import Watched, add_up
from subscribers.sent_values import storable_address, storable_text

LONGEST_WAIT = "500ms"
MOST_BYTES = 2**53
LOCK = "SELECT id FROM subscribers_subscriber WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
KNOWN = """
    SELECT key, started_at, last_at, times, bytes, counted FROM subscribers_activity WHERE key = ANY(%s)
"""
WRITE = """
    INSERT INTO subscribers_activity AS activity (
        key, subscriber_id, kind, channel_id, protocol, address, user_agent, started_at, last_at, times, bytes, counted
    )
    SELECT * FROM unnest(
        %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::inet[], %s::text[],
        %s::timestamptz[], %s::timestamptz[], %s::int[], %s::bigint[], %s::bigint[]
    )
    ON CONFLICT (key) DO UPDATE SET
        started_at = excluded.started_at,
        last_at = excluded.last_at,
        times = excluded.times,
        bytes = excluded.bytes,
        counted = excluded.counted
"""
# Nothing but these two: neither history nor the Auth Service is told of it, nor does a form that is open grow stale.
TOUCH = """
    UPDATE subscribers_subscriber AS subscriber
    SET last_access = greatest(last_access, sent.at), bytes_used = bytes_used + sent.bytes
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::bigint[]) AS sent (id, at, bytes)
    WHERE subscriber.id = sent.id
"""


class Sign(NamedTuple):
    """Something that a subscriber was seen to do at a moment."""

    kind: Activity.Kind
    subscriber_id: int
    channel_id: int | None
    address: str
    user_agent: str
    protocol: str
    session_id: str
    bytes_so_far: int
    at: datetime

    @property
    def key(self) -> str:
        """Return what the signs of one row have in common: the session, or who asks for what within an hour."""
        if self.kind == Activity.Kind.SESSION and self.session_id:
            rest: tuple[object, ...] = (self.session_id,)
        else:
            rest = (self.protocol, self.address, self.user_agent, int(self.at.timestamp()) // 3600)
        parts = (self.kind.value, self.subscriber_id, self.channel_id, *rest)
        return sha256("\0".join(map(str, parts)).encode(errors="replace")).hexdigest()


@dataclass(slots=True)
class Row:
    """An activity as it will be; ``added`` are the bytes that are not in the table yet."""

    sign: Sign
    started_at: datetime
    last_at: datetime
    times: int = 0
    bytes: int = 0
    counted: int = 0
    added: int = 0
    is_new: bool = True

    def take(self, sign: Sign) -> None:
        """Add a later sign, or one that comes late.

        Flussonic counts from the session's beginning. A number that is lower than before belongs to a new count where
        it is the later one; a late one tells nothing new.
        """
        if 0 < sign.bytes_so_far < MOST_BYTES:
            goes_on = sign.bytes_so_far >= self.counted
            if goes_on or sign.at > self.last_at:
                self.added += sign.bytes_so_far - (self.counted if goes_on else 0)
                self.counted = sign.bytes_so_far
        self.times += 1
        self.started_at, self.last_at = min(self.started_at, sign.at), max(self.last_at, sign.at)


def write(signs: Sequence[Sign]) -> None:
    """Write signs of activity, of subscribers that are still there. Belongs into a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LONGEST_WAIT])
        cursor.execute(LOCK, [list({sign.subscriber_id for sign in signs})])
        there = {pk for (pk,) in cursor.fetchall()}
        rows = _merged(cursor, sorted((sign for sign in signs if sign.subscriber_id in there), key=_moment))
        if rows:
            cursor.execute(WRITE, _columns([_values(key, row) for key, row in sorted(rows.items())]))
            cursor.execute(TOUCH, _columns(_touched(rows.values())))
            add_up(cursor, [_watched(row) for row in rows.values()])
        # Where the transaction is another's, the rest of it waits as long as it likes.
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def _moment(sign: Sign) -> datetime:
    return sign.at


def _merged(cursor: Any, signs: Sequence[Sign]) -> dict[str, Row]:
    keyed = [(sign.key, sign) for sign in signs]
    cursor.execute(KNOWN, [list({key for key, _sign in keyed})])
    known = {key: row for key, *row in cursor.fetchall()}
    rows: dict[str, Row] = {}
    for key, sign in keyed:
        if key not in rows:
            begun, last, times, count, counted = known.get(key, (sign.at, sign.at, 0, 0, 0))
            rows[key] = Row(sign, begun, last, times, count, counted, is_new=key not in known)
        rows[key].take(sign)
    return rows


def _values(key: str, row: Row) -> tuple[object, ...]:
    sign = row.sign
    return (
        key,
        sign.subscriber_id,
        sign.kind.value,
        sign.channel_id,
        storable_text(sign.protocol, 20),
        storable_address(sign.address) if settings.ACTIVITY_DAYS else None,
        storable_text(sign.user_agent, 200) if settings.ACTIVITY_DAYS else "",
        row.started_at,
        row.last_at,
        row.times,
        row.bytes + row.added,
        row.counted,
    )


def _touched(rows: Iterable[Row]) -> list[tuple[object, ...]]:
    touched: dict[int, tuple[datetime, int]] = {}
    for row in rows:
        at, count = touched.get(row.sign.subscriber_id, (row.last_at, 0))
        touched[row.sign.subscriber_id] = max(at, row.last_at), count + row.added
    return [(pk, *values) for pk, values in touched.items()]


def _watched(row: Row) -> Watched:
    sign = row.sign
    views = int(row.is_new and sign.kind in kinds_of_views())
    return Watched(row.last_at, sign.subscriber_id, sign.channel_id, sign.user_agent, views, row.added)


def kinds_of_views() -> tuple[Activity.Kind, ...]:
    """Return what counts as a view: never both what Flussonic tells of and the redirect that led to it."""
    if settings.FLUSSONIC_AUTH_SECRET or settings.FLUSSONIC_AUTH_ADDRESSES:
        return (Activity.Kind.SESSION,)
    return (Activity.Kind.LIVE, Activity.Kind.ARCHIVE)


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
