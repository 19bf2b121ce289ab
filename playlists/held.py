"""The channels that an account holds, as rows for lists: one statement, planned once for each connection."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models.expressions import Combinable

from channels.statements import prepared_cursor
from playlists.account import Account
from playlists.entries import listed
from subscribers.entitlements import channels_held

ROWS_AT_ONCE = 2_000
# Stand for what is held in the statement that is made once: no ids of rows.
PACKAGES, CHANNELS = [-1], [-2]


def held_rows(account: Account, columns: tuple[str | Combinable, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield the columns of the channels that lists show to the account, in playlist order, in one query.

    Making the statement of a query takes Django as long as PostgreSQL takes for the answer, so that is done once.
    """
    sql, parameters = _statement(columns, settings.PLAYLIST_HIDE_ORPHANS)
    with prepared_cursor() as cursor:
        cursor.execute(sql, [_filled(parameter, account) for parameter in parameters])
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


def _filled(parameter: Any, account: Account) -> Any:
    if parameter == PACKAGES:
        return account.packages
    return account.channels if parameter == CHANNELS else parameter


@lru_cache(maxsize=32)
def _statement(columns: tuple[str | Combinable, ...], hide_orphans: bool) -> tuple[str, tuple[Any, ...]]:
    """Return the statement and its parameters; settings are part of the key."""
    rows = listed(channels_held(PACKAGES, CHANNELS)).values_list(*columns)
    sql, parameters = rows.query.sql_with_params()
    return sql, tuple(parameters)
