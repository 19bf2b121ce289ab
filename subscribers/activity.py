"""What subscribers do, noted by the thousand: kept in the process for a moment, then written in one go."""

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from subscribers.activity_models import Activity, ChannelDay, Day, PlayerDay, SubscriberDay
from subscribers.activity_writing import Sign, write
from subscribers.buffer import Buffer
from subscribers.lately import Lately

SUBSCRIBER_DAYS = 62
"""For so long are kept the sums of each subscriber, which are many: two months."""
AT_ONCE = 5_000
# What runs on gives a sign every FLUSSONIC_AUTH_SECONDS, and what is asked for again within the hour is the same row.
SHORTEST = timedelta(hours=1)
USER_AGENT_LETTERS = 200
PROTOCOL_LETTERS = 20
ADDRESS_LETTERS = 45
SESSION_ID_LETTERS = 100

_signs: Buffer[Sign] = Buffer("activity", write)
_lately = Lately(seconds=60, most=50_000)


def record(
    kind: Activity.Kind,
    subscriber_id: int,
    *,
    channel_id: int | None = None,
    address: str = "",
    user_agent: str = "",
    protocol: str = "",
    session_id: str = "",
    bytes_so_far: int = 0,
    at: datetime | None = None,
) -> None:
    """Note a sign of activity. Takes microseconds and touches no table; it is written within seconds.

    ``session_id`` and ``bytes_so_far`` are what Flussonic tells of a session, the bytes since its beginning. Anything
    else that repeats within a minute is noted once: players ask for the same two or three times in a row.
    """
    # No longer than it is stored: nobody is to fill our memory.
    user_agent, protocol = user_agent[:USER_AGENT_LETTERS], protocol[:PROTOCOL_LETTERS]
    address, session_id = address[:ADDRESS_LETTERS], session_id[:SESSION_ID_LETTERS]
    request = kind, subscriber_id, channel_id, address, user_agent
    if kind != Activity.Kind.SESSION and at is None and _lately.has(request):
        return
    moment = at or datetime.now(UTC)
    _signs.add(Sign(kind, subscriber_id, channel_id, address, user_agent, protocol, session_id, bytes_so_far, moment))


def flush() -> bool:
    """Write what this process has noted so far; False where the database does not take it now."""
    return _signs.flush()


def forget_old_activity(*, now: datetime) -> int:
    """Delete activities after ACTIVITY_DAYS and sums after STATISTICS_DAYS; return how many activities that were."""
    sums_end = timezone.localdate(now) - timedelta(days=settings.STATISTICS_DAYS)
    subscribers_end = timezone.localdate(now) - timedelta(days=SUBSCRIBER_DAYS)
    if settings.STATISTICS_DAYS:
        for model in (Day, ChannelDay, PlayerDay):
            _forget(model._meta.db_table, "day", sums_end)
        subscribers_end = max(sums_end, subscribers_end)
    _forget(SubscriberDay._meta.db_table, "day", subscribers_end)
    return _forget(Activity._meta.db_table, "last_at", now - max(SHORTEST, timedelta(days=settings.ACTIVITY_DAYS)))


def _forget(table: str, column: str, end: date) -> int:
    """Delete the rows before the end, a short statement at a time, each by the index of the column."""
    rows = f"SELECT id FROM {table} WHERE {column} < %s ORDER BY {column} LIMIT %s"
    forgotten = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(f"DELETE FROM {table} WHERE id = ANY (ARRAY({rows}))", [end, AT_ONCE])
            forgotten += int(cursor.rowcount)
            if cursor.rowcount < AT_ONCE:
                return forgotten
