"""The addresses that players get; the only place that builds a stream's.

Thousands are built at once, so what is the same in all of them comes in ready made.
"""

import re
import string
from typing import Literal
from urllib.parse import quote

from django.conf import settings
from django.utils.encoding import iri_to_uri, punycode

PLAIN_IN_NAME = f"{string.ascii_letters}{string.digits}/._~-".encode()

Output = Literal["m3u8", "ts"]
"""HLS or MPEG-TS, by the endings that Xtream players know them by."""
AUTHORITY = re.compile(r"(?:[^/?#]*@)?(?P<host>[^/?#:]*)")
LIVE = {"m3u8": "video.m3u8", "ts": "mpegts"}


def token_query(token: str) -> str:
    """Return the query by which Flussonic knows the subscriber."""
    return f"{settings.FLUSSONIC_TOKEN_KEY}={token}"


def stream_url(base_url: str, stream_name: str, query: str, output: Output = "m3u8") -> str:
    """Return where Flussonic plays the stream live: HLS with all audio tracks in one list, or MPEG-TS.

    ``/`` in a name stays as it is, the rest is percent-encoded.
    """
    return f"{base_url}/{_path(stream_name)}/{LIVE[output]}?{query}"


def direct_url(source_url: str, output: Output = "m3u8") -> str:
    """Return where the channel of a list plays that players open by the list's own address; MPEG-TS where they ask.

    With other letters than ASCII encoded: headers can hold no others, and few players ask for them as they are.
    """
    if not source_url.isascii():
        source_url = _in_ascii(source_url)
    if output == "m3u8":
        return source_url
    path, question, query = source_url.partition("?")
    return f"{path.removesuffix('.m3u8')}.ts{question}{query}" if path.endswith(".m3u8") else source_url


def archive_url(
    base_url: str, stream_name: str, query: str, output: Output = "m3u8", *, start: int, seconds: int | None
) -> str:
    """Return where Flussonic plays the stream's archive from a moment on, in Unix seconds.

    As HLS for so many seconds, or up to now where the end is not known; as MPEG-TS without an end.
    """
    path = f"{base_url}/{_path(stream_name)}"
    if output == "ts":
        return f"{path}/timeshift_abs-{start}.ts?{query}"
    return f"{path}/archive-{start}-{seconds or 'now'}.m3u8?{query}"


def logo_url(public_url: str, channel_id: int, logo_ref: str) -> str:
    """Return where players find the logo, given ``Channel.logo_ref``: an image is served here, under its hash."""
    if logo_ref.startswith("http"):
        return logo_ref
    return f"{public_url}/logos/{channel_id}.png?v={logo_ref}"


def guide_url(token: str) -> str:
    """Return where players find the subscriber's guide."""
    return f"{settings.PUBLIC_URL}/epg/{token}.xml.gz"


def _path(stream_name: str) -> str:
    plain = stream_name.isascii() and not stream_name.encode().translate(None, PLAIN_IN_NAME)
    return stream_name if plain else quote(stream_name)


def _in_ascii(url: str) -> str:
    scheme, _, rest = url.partition("://")
    authority = AUTHORITY.match(rest)
    if authority and not authority["host"].isascii():
        try:
            host = punycode(authority["host"])
        except UnicodeError:  # no name that DNS could know
            host = authority["host"]
        rest = f"{rest[: authority.start('host')]}{host}{rest[authority.end('host') :]}"
    return str(iri_to_uri(f"{scheme}://{rest}"))
