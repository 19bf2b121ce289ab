"""The entries of a subscriber's playlist, read from the database as plain rows."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import F, TextField, Value
from django.db.models.expressions import Combinable

from channels import m3u
from channels.models import ChannelQuerySet
from playlists.links import logo_url, stream_url, token_query
from subscribers.entitlements import entitled_channels
from subscribers.models import Subscriber

ROWS_AT_ONCE = 2_000

LOGO_COLUMNS: dict[str, Combinable] = {
    "url": F("logo_ref"),
    "data": F("tvg_logo"),
    "none": Value(None, output_field=TextField()),
}


def listed_channels(subscriber: Subscriber) -> ChannelQuerySet:
    """Return the channels that the subscriber's playlist lists."""
    channels = entitled_channels(subscriber)
    return channels.synced() if settings.PLAYLIST_HIDE_ORPHANS else channels


def playlist_entries(subscriber: Subscriber, *, limit: int | None = None) -> Iterator[m3u.Entry]:
    """Yield what a subscriber is entitled to, in playlist order, in one query; ``limit`` keeps only the first.

    Read it to its end inside a transaction: outside of one, PostgreSQL first copies the whole result. Whether
    the subscriber may watch at this moment is not asked here. Settings say whether orphans are left out and
    which form logos take: a URL, the image itself as a data URI (players show none, and VLC stops at a line of
    200 kB), or none.
    """
    rows = (
        listed_channels(subscriber)
        .in_playlist_order()
        .values_list(
            "pk",
            "display_name",
            "stream_name",
            "stream_base_url",
            "tvg_name",
            "tvg_id",
            "catchup_days",
            "group__name",
            LOGO_COLUMNS[settings.PLAYLIST_LOGOS],
        )[:limit]
    )
    query = token_query(subscriber.token)
    logos_at = settings.PUBLIC_URL if settings.PLAYLIST_LOGOS == "url" else None
    for pk, title, stream, base_url, tvg_name, tvg_id, days, group, logo in rows.iterator(chunk_size=ROWS_AT_ONCE):
        if logo and logos_at:
            logo = logo_url(logos_at, pk, logo)
        yield m3u.Entry(pk, title or stream, stream_url(base_url, stream, query), tvg_name, tvg_id, days, group, logo)
