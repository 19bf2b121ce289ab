"""The entries of playlists, read from the database as plain rows."""

from collections.abc import Iterator

from django.conf import settings
from django.db.models import F, TextField, Value
from django.db.models.expressions import Combinable

from channels import m3u
from channels.models import ChannelQuerySet
from playlists.links import Output, logo_url, stream_url

ROWS_AT_ONCE = 2_000

LOGO_COLUMNS: dict[str, Combinable] = {
    "url": F("logo_ref"),
    "data": F("tvg_logo"),
    "none": Value(None, output_field=TextField()),
}


def listed(channels: ChannelQuerySet) -> ChannelQuerySet:
    """Return those of the channels granted to somebody that lists for players show, in their order."""
    shown = channels.synced() if settings.PLAYLIST_HIDE_ORPHANS else channels
    return shown.in_playlist_order()


def playlist_entries(channels: ChannelQuerySet, query: str, output: Output = "m3u8") -> Iterator[m3u.Entry]:
    """Yield the channels as a playlist shows them, in one query; ``query`` is what tells Flussonic the subscriber.

    Read it to its end inside a transaction: outside of one, PostgreSQL first copies the whole result. Settings say
    which form logos take: a URL, the image itself as a data URI (players show none, and VLC stops at a line of 200 kB),
    or none.
    """
    rows = channels.values_list(
        "pk",
        "display_name",
        "stream_name",
        "stream_base_url",
        "tvg_name",
        "tvg_id",
        "catchup_days",
        "group__name",
        LOGO_COLUMNS[settings.PLAYLIST_LOGOS],
    )
    logos_at = settings.PUBLIC_URL if settings.PLAYLIST_LOGOS == "url" else None
    for pk, title, stream, base_url, tvg_name, tvg_id, days, group, logo in rows.iterator(chunk_size=ROWS_AT_ONCE):
        if logo and logos_at:
            logo = logo_url(logos_at, pk, logo)
        url = stream_url(base_url, stream, query, output)
        yield m3u.Entry(pk, title or stream, url, tvg_name, tvg_id, days, group, logo)
