"""The playlist of a subscriber: for players one of those that all share who hold the same, for staff its beginning."""

from collections.abc import Iterator

from django.db import transaction

from channels import m3u
from channels.models import ChannelQuerySet, GuideSource
from playlists.account import Account
from playlists.contents import TOKEN_PLACE, Content, content_of, held_content
from playlists.entries import listed, playlist_entries
from playlists.links import Output, guide_url, token_query
from subscribers.entitlements import channels_held, entitled_channels
from subscribers.models import Subscriber


def playlist_content(account: Account, output: Output = "m3u8") -> Content:
    """Return the playlist of any subscriber, lapsed ones included.

    All of it, so that an error comes before the first byte and a slow player holds no transaction open.
    """

    def make() -> Content:
        channels = listed(channels_held(account.packages, account.channels))
        with transaction.atomic(savepoint=False):
            return content_of(_text(channels, TOKEN_PLACE, output))

    return held_content(("playlist", output), account, make)


def preview_text(subscriber: Subscriber, limit: int) -> str:
    """Return the beginning of the playlist, ``limit`` channels long, for people to read."""
    channels = listed(entitled_channels(subscriber))[:limit]
    with transaction.atomic(savepoint=False):
        return b"".join(_text(channels, subscriber.token, "m3u8")).decode()


def _text(channels: ChannelQuerySet, token: str, output: Output) -> Iterator[bytes]:
    guide = guide_url(token) if GuideSource.objects.active().exists() else ""
    entries = playlist_entries(channels, token_query(token), output)
    return m3u.write(entries, guide_url=guide, catchup="flussonic-ts" if output == "ts" else "flussonic")
