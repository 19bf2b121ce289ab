"""The entries of playlists, from plain rows of the database."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import F, TextField, Value
from django.db.models.expressions import Combinable

from channels import m3u
from channels.models import ChannelQuerySet
from playlists.links import Output, direct_url, logo_url, stream_url

LOGO_COLUMNS: dict[str, Combinable] = {
    "url": F("logo_ref"),
    "data": F("tvg_logo"),
    "none": Value(None, output_field=TextField()),
}


def listed(channels: ChannelQuerySet) -> ChannelQuerySet:
    """Return those of the channels granted to somebody that lists for players show, in their order."""
    shown = channels.synced() if settings.PLAYLIST_HIDE_ORPHANS else channels
    return shown.in_playlist_order()


def playlist_columns() -> tuple[str | Combinable, ...]:
    """Return the columns of the rows for `playlist_entries`. Settings say which form logos take.

    A URL, the image itself as a data URI (players show none, and VLC stops at a line of 200 kB), or none.
    """
    return (
        "pk",
        "display_name",
        "stream_name",
        "stream_base_url",
        "source_url",
        "tvg_name",
        "tvg_id",
        "catchup_days",
        "group__name",
        LOGO_COLUMNS[settings.PLAYLIST_LOGOS],
    )


def playlist_entries(rows: Iterable[tuple[Any, ...]], query: str, output: Output = "m3u8") -> Iterator[m3u.EntryTuple]:
    """Yield the channels as a playlist shows them; ``query`` is what tells Flussonic the subscriber."""
    logos_at = settings.PUBLIC_URL if settings.PLAYLIST_LOGOS == "url" else None
    for pk, title, stream, base_url, source_url, tvg_name, tvg_id, days, group, logo in rows:
        if logo and logos_at:
            logo = logo_url(logos_at, pk, logo)
        url = stream_url(base_url, stream, query, output) if base_url else direct_url(source_url, output)
        yield pk, title or stream, url, tvg_name, tvg_id, days, group, logo
