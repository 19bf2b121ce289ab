"""The channels of an account, as Xtream players are told of them: each question is one query."""

from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.db.models import BigIntegerField, F, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Extract

from channels.statements import prepared_cursor
from playlists.account import Account
from playlists.held import held_rows
from playlists.xtream.payloads import UNGROUPED, CategoryRow, StreamRow

LARGEST_ID = 2**31 - 1
MOST_DAYS = 3650
"""Of an archive; a server may tell any number."""

# The rule of ``channels_held`` for one channel: by the primary key, so that opening a stream costs next to nothing.
HELD = """
    SELECT channel.id, stream_name, stream_base_url, source_url, tvg_id,
        least(coalesce(catchup_days, 0), %(most_days)s::int)
    FROM channels_channel AS channel JOIN channels_source AS source ON source.id = source_id
    WHERE channel.id = %(channel)s AND channel.is_active AND source.is_active AND (
        channel.id = ANY(%(channels)s::bigint[])
        OR EXISTS (
            SELECT FROM catalog_package_channels
            WHERE channel_id = %(channel)s AND package_id = ANY(%(packages)s::bigint[])
        )
    )
"""


class HeldChannel(NamedTuple):
    id: int
    stream_name: str
    stream_base_url: str
    source_url: str
    tvg_id: str | None
    catchup_days: int


CREATED = Cast(Extract("created_at", "epoch"), BigIntegerField())
NO_LOGO = Value(None, TextField())


def stream_columns() -> tuple[str | Combinable, ...]:
    """Return the columns of a `StreamRow`."""
    logo: Combinable = F("logo_ref") if settings.PLAYLIST_LOGOS != "none" else NO_LOGO
    return "pk", "display_name", "stream_name", "tvg_id", "catchup_days", "group_id", "group__name", logo, CREATED


def channel_rows(account: Account, category: int | None = None) -> Iterable[StreamRow]:
    """Return what lists tell of the account's channels, or those of one category, in playlist order."""
    if category is None:
        return held_rows(account, stream_columns())
    return held_rows(account, stream_columns(), None if category == UNGROUPED else category)


def category_rows(account: Account) -> Iterable[CategoryRow]:
    """Return the groups that the account has something of, in order; the channels without one come last, as None."""
    return dict.fromkeys(held_rows(account, ("group_id", "group__name")))


def held_channel(account: Account, channel_id: int | None) -> HeldChannel | None:
    """Return the channel if the account holds it."""
    if channel_id is None:
        return None
    with prepared_cursor() as cursor:
        cursor.execute(
            HELD,
            {
                "channel": channel_id,
                "channels": account.channels,
                "packages": account.packages,
                "most_days": MOST_DAYS,
            },
        )
        row = cursor.fetchone()
    return HeldChannel(*row) if row else None


def channel_id_of(text: str) -> int | None:
    """Return the id that a player means, or None where no channel can have it."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    return number if (number := int(text)) <= LARGEST_ID else None
