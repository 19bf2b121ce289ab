"""What breaks the service, for tests of what it says then."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def taken_away(table: str) -> Iterator[None]:
    """Have every query of a table fail."""
    rename(table, "taken_away")
    yield
    rename("taken_away", table)


def rename(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {name}")
