"""The catalogue's version: it is another one after every change to what playlists are made of.

Whoever keeps what was made of channels, groups, packages and sources asks for the version first, reads them then, and
keeps the result under that version: whatever is committed later gives every later question another one.

The database itself counts, by statement-level triggers, so that no way of writing can forget it. A transaction adds
rows with random marks, and the version is the sum of all marks: writers never wait for each other, as they would for
one row that they all count up; a number out of a sequence would be drawn before the commit, and be old by then.
"""

import pgtrigger
from django.db import connection

VERSION = "SELECT coalesce(sum(mark), 0)::text FROM channels_cataloguechange"
MARK = "INSERT INTO channels_cataloguechange (mark) VALUES (floor(random() * 2 ^ 52)); RETURN NULL;"
# The sum stays as it is.
COMPACT = """
    WITH gone AS (DELETE FROM channels_cataloguechange RETURNING mark)
    INSERT INTO channels_cataloguechange (mark) SELECT sum(mark) FROM gone HAVING count(*) > 0
"""
ROWS_LEFT_ALONE = 100


def counts_as_change(*columns: str) -> pgtrigger.Trigger:
    """Return the trigger of a table that playlists are made of; of updates, those that set one of the columns count."""
    update = pgtrigger.UpdateOf(*columns) if columns else pgtrigger.Update  # type: ignore[no-untyped-call]
    return pgtrigger.Trigger(
        name="catalogue_changes",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | update | pgtrigger.Delete | pgtrigger.Truncate,
        func=MARK,
    )


def catalogue_version() -> str:
    """Return the version of everything that playlists are made of, subscribers' own holdings aside."""
    with connection.cursor() as cursor:
        cursor.execute(VERSION)
        return str(cursor.fetchone()[0])


def compact_changes() -> None:
    """Put the changes of the past together once they are many; the version stays the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM channels_cataloguechange")
        if cursor.fetchone()[0] > ROWS_LEFT_ALONE:
            cursor.execute(COMPACT)
