"""Search in any part of a text, in any case; and the index that serves it where PostgreSQL has pg_trgm."""

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

MAX_SEARCH = 200
HAS_TRIGRAMS = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')"
# It is a trusted extension: whoever may create anything in the database may create it.
MAY_ADD_TRIGRAMS = """
    SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm')
        AND has_database_privilege(current_database(), 'CREATE')
"""


def contains(text: str, columns: Sequence[str]) -> Q:
    """Return the condition that the text is part of any of the columns."""
    condition = Q()
    for column in columns:
        condition |= Q(**{f"{column}__icontains": text})
    return condition


def contains_words(text: str, columns: Sequence[str]) -> Q:
    """Return the condition that every word of the text is part of any of the columns."""
    condition = Q()
    for word in text.split():
        condition &= contains(word, columns)
    return condition


def search_text(sent: str) -> str:
    """Return what can be searched for of what was sent: PostgreSQL has no NUL, and each word is a condition."""
    return sent.replace("\0", "")[:MAX_SEARCH].strip()


def create_search_index(connection: BaseDatabaseWrapper, table: str, columns: Sequence[str]) -> bool:
    """Create the index that `contains` is served by, unless it is there; False where PostgreSQL cannot have it.

    Without it, all rows are read: a tenth of a second for 100,000. Not an index of the model, as the migration
    would fail where pg_trgm is missing.
    """
    with connection.cursor() as cursor:
        cursor.execute(HAS_TRIGRAMS)
        if not cursor.fetchone()[0]:
            cursor.execute(MAY_ADD_TRIGRAMS)
            if not cursor.fetchone()[0]:
                return False
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        # What Django makes of icontains; a word in any of the columns is found by one index, asked once for each.
        words = ", ".join(f"upper({column}) gin_trgm_ops" for column in columns)
        cursor.execute(f"CREATE INDEX IF NOT EXISTS {index_name(table)} ON {table} USING gin ({words})")
    return True


def drop_search_index(connection: BaseDatabaseWrapper, table: str) -> None:
    """Drop the index where there is one; pg_trgm stays, as others may use it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {index_name(table)}")


def index_name(table: str) -> str:
    return f"{table}_by_words"


def no_search_index(table: str) -> str:
    """Return what to tell where `create_search_index` could not create one."""
    return (
        f"{table} has no index for searches: PostgreSQL lacks the extension pg_trgm here, or may not add it. "
        "Searches work, and read all rows. Once it is there: manage.py create_search_indexes"
    )
