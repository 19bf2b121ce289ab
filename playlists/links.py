"""The addresses that players get; the only place that builds a stream's.

Thousands are built at once, so what is the same in all of them comes in ready made.
"""

import re
from urllib.parse import quote

from django.conf import settings

PLAIN_NAME = re.compile(r"[A-Za-z0-9/._~-]++")


def token_query(token: str) -> str:
    """Return the query by which Flussonic knows the subscriber."""
    return f"{settings.FLUSSONIC_TOKEN_KEY}={token}"


def stream_url(base_url: str, stream_name: str, query: str) -> str:
    """Return where Flussonic plays the stream: HLS with all audio tracks in one list.

    ``/`` in a name stays as it is, the rest is percent-encoded.
    """
    path = stream_name if PLAIN_NAME.fullmatch(stream_name) else quote(stream_name)
    return f"{base_url}/{path}/video.m3u8?{query}"


def logo_url(public_url: str, channel_id: int, logo_ref: str) -> str:
    """Return where players find the logo, given ``Channel.logo_ref``: an image is served here, under its hash."""
    if logo_ref.startswith("http"):
        return logo_ref
    return f"{public_url}/logos/{channel_id}.png?v={logo_ref}"
