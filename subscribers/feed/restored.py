"""After a restore into another server the history holds numbers of transactions that are yet to come there."""

from django.db import connection, transaction

from subscribers.feed.events import TABLES
from subscribers.models import HistoryFloor

# Above all that was ever written here, this transaction's own number included.
UPCOMING = """greatest(
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
    pg_current_xact_id_if_assigned()::text::bigint + 1
)"""
NEWEST = " UNION ALL ".join(f"(SELECT max(pgh_xid) FROM {table.name})" for table in TABLES)
FROM_ELSEWHERE = f"""
    SELECT coalesce(max(newest), 0) >= {UPCOMING}
    FROM ({NEWEST} UNION ALL SELECT max(xid) FROM subscribers_historyfloor) AS tables (newest)
"""
RENUMBER = f"UPDATE {{table}} SET pgh_xid = pg_current_xact_id()::text::bigint WHERE pgh_xid >= {UPCOMING}"


def renumber_restored() -> bool:
    """Give events of another server the number of this transaction, and tell whether there were any.

    They would come after changes that are yet to be made. Cursors of that server are refused by their
    mark, so what has been forgotten by its numbers is forgotten here too.
    """
    with connection.cursor() as cursor:
        cursor.execute(FROM_ELSEWHERE)
        if cursor.fetchone() == (False,):
            return False
    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(RENUMBER.format(table=table.name))
        HistoryFloor.objects.all().delete()
    return True
