"""The playlist of a subscriber: for players one of those that all share who hold the same, for staff its beginning."""

from collections.abc import Iterable, Iterator
from typing import Any

from channels import m3u
from channels.models import GuideSource
from playlists.account import Account
from playlists.contents import TOKEN_PLACE, Content, content_of, held_content
from playlists.entries import listed, playlist_columns, playlist_entries
from playlists.held import held_rows
from playlists.links import Output, guide_url, token_query
from subscribers.entitlements import entitled_channels
from subscribers.models import Subscriber


def playlist_content(account: Account, output: Output = "m3u8") -> Content:
    """Return the playlist of any subscriber, lapsed ones included.

    All of it, so that an error comes before the first byte.
    """

    def make() -> Content:
        return content_of(_text(held_rows(account, playlist_columns()), TOKEN_PLACE, output))

    return held_content(("playlist", output), account, make)


def preview_text(subscriber: Subscriber, limit: int) -> str:
    """Return the beginning of the playlist, ``limit`` channels long, for people to read."""
    rows = listed(entitled_channels(subscriber)).values_list(*playlist_columns())[:limit]
    return b"".join(_text(rows, subscriber.token, "m3u8")).decode()


def _text(rows: Iterable[tuple[Any, ...]], token: str, output: Output) -> Iterator[bytes]:
    guide = guide_url(token) if GuideSource.objects.active().exists() else ""
    entries = playlist_entries(rows, token_query(token), output)
    return m3u.write(entries, guide_url=guide, catchup="flussonic-ts" if output == "ts" else "flussonic")
