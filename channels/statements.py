"""Statements that run thousands of times a second: PostgreSQL plans them once for each connection."""

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper


def prepared_cursor() -> CursorWrapper:
    """Return a cursor whose statements are prepared once a connection has run them a few times (``prepare_threshold``).

    Django's own fills in parameters itself, so that every execution is planned anew: for a statement of several
    subqueries that takes ten times as long as running it. Values of parameters are typed by PostgreSQL here: write
    ``%s::inet`` where it cannot know. Counted and logged as Django's are.
    """
    connection.ensure_connection()
    # Its own way from a driver's cursor to one that counts has no public name.
    cursor: CursorWrapper = connection._prepare_cursor(psycopg.Cursor(connection.connection))  # type: ignore[attr-defined]
    return cursor
