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
# Stand for what is held and asked for in the statement that is made once: no ids of rows.
PACKAGES, CHANNELS, GROUP = [-1], [-2], -3
EVERY_GROUP = -4


def held_rows(
    account: Account, columns: tuple[str | Combinable, ...], group: int | None = EVERY_GROUP
) -> Iterator[tuple[Any, ...]]:
    """Yield the columns of the channels that lists show to the account, in playlist order, in one query.

    Only those of a group, if one is given; of None, those without a group. Making the statement of a query takes Django
    as long as PostgreSQL takes for the answer, so that is done once.
    """
    kind = group if group in (None, EVERY_GROUP) else GROUP
    sql, parameters = _statement(columns, settings.PLAYLIST_HIDE_ORPHANS, kind)
    with prepared_cursor() as cursor:
        cursor.execute(sql, [_filled(parameter, account, group) for parameter in parameters])
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from rows


def _filled(parameter: Any, account: Account, group: int | None) -> Any:
    if parameter == PACKAGES:
        return account.packages
    if parameter == CHANNELS:
        return account.channels
    return group if parameter == GROUP else parameter


@lru_cache(maxsize=32)
def _statement(
    columns: tuple[str | Combinable, ...], hide_orphans: bool, group: int | None
) -> tuple[str, tuple[Any, ...]]:
    """Return the statement and its parameters; settings are part of the key."""
    channels = listed(channels_held(PACKAGES, CHANNELS))
    rows = (channels if group == EVERY_GROUP else channels.filter(group=group)).values_list(*columns)
    sql, parameters = rows.query.sql_with_params()
    return sql, tuple(parameters)
