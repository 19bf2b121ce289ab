"""What is on: the programmes of our channels, as they are asked for by players."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db import connection

# One statement, so that a refresh that commits meanwhile is seen as a whole or not at all. Of the sources that have
# the channel's programmes, the first by priority gives them all.
PROGRAMMES = """
    SELECT chosen.channel_id, start, stop, title, description, language
    FROM (
        SELECT DISTINCT ON (channel.id) channel.id AS channel_id, piece.guide_channel_id
        FROM channels_channel AS channel
        JOIN channels_guidepiece AS piece USING (tvg_id)
        JOIN channels_guidechannel AS guide_channel ON guide_channel.id = piece.guide_channel_id
        JOIN channels_guidesource AS source ON source.id = guide_channel.source_id
        WHERE channel.id = ANY(%(channels)s) AND source.is_active
        ORDER BY channel.id, source.sort_order, source.id
    ) AS chosen
    JOIN channels_guideprogramme AS programme USING (guide_channel_id)
    WHERE programme.stop > %(start)s AND programme.start < %(end)s
    ORDER BY chosen.channel_id, programme.start
"""
ID_BITS = 0x7FFFFFFF  # Jellyfin reads 32 bits with a sign
SPREAD = 2_654_435_761


class Programme(NamedTuple):
    """What is on a channel. The id is the same in every refresh as long as channel and start are."""

    id: int
    start: datetime
    stop: datetime
    title: str
    description: str
    language: str


def programmes_of(channel_ids: Collection[int], *, start: datetime, end: datetime) -> dict[int, list[Programme]]:
    """Return what is on these channels in [start, end), by channel and in order, in one query.

    Channels without programmes are left out. Those of one channel do not overlap.
    """
    found: dict[int, list[Programme]] = {}
    with connection.cursor() as cursor:
        cursor.execute(PROGRAMMES, {"channels": list(channel_ids), "start": start, "end": end})
        for channel_id, starts, *rest in cursor.fetchall():
            found.setdefault(channel_id, []).append(Programme(programme_id(channel_id, starts), starts, *rest))
    return found


def programme_id(channel_id: int, start: datetime) -> int:
    """Return a number below 2^31, unique in its channel by the start, and hardly ever met in another."""
    return (int(start.timestamp()) ^ channel_id * SPREAD) & ID_BITS
