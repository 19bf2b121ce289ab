"""The history is kept for HISTORY_DAYS; where it begins is remembered, so that no reader passes over a gap."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from subscribers.feed.events import TABLES, EventTable, Position
from subscribers.models import HistoryFloor

AT_ONCE = 5_000
# The oldest by their place in the order, as that has an index; those not yet due are left.
FORGET = """
    DELETE FROM {table} WHERE pgh_created_at < %s AND pgh_id = ANY (ARRAY(
        SELECT pgh_id FROM {table} ORDER BY pgh_xid, pgh_number LIMIT %s
    ))
    RETURNING pgh_xid, pgh_number
"""
USED = " UNION ALL ".join(f"SELECT FROM {table.name} WHERE pgh_context_id = context.id" for table in TABLES)
FORGET_CONTEXTS = f"""
    DELETE FROM pghistory_context WHERE id = ANY (ARRAY(
        SELECT id FROM pghistory_context context WHERE updated_at < %s AND NOT EXISTS ({USED}) LIMIT %s
    ))
"""


def forget_old_history(*, now: datetime) -> int:
    """Delete what is older than HISTORY_DAYS, a short transaction at a time, and return how many events that were."""
    if not settings.HISTORY_DAYS:
        return 0
    limit = now - timedelta(days=settings.HISTORY_DAYS)
    forgotten = 0
    for table in TABLES:
        while batch := _forget(table, limit):
            forgotten += batch
    while _forget_contexts(limit - timedelta(days=1)):  # whoever is still at work may use its context again
        pass
    return forgotten


@transaction.atomic
def _forget(table: EventTable, limit: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(FORGET.format(table=table.name), [limit, AT_ONCE])
        places = [Position(*row) for row in cursor.fetchall()]
    if places:
        floor = HistoryFloor.objects.select_for_update().first() or HistoryFloor(xid=0, number=0)
        floor.xid, floor.number = max(Position(floor.xid, floor.number), max(places))
        floor.save()
    return len(places)


def _forget_contexts(limit: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(FORGET_CONTEXTS, [limit, AT_ONCE])
        return int(cursor.rowcount)
