"""The URLs of streams, as lists have them."""

import re
import string
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from channels.m3u.faults import Fault

SCHEMES = frozenset(
    (
        *("http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "rtp", "udp", "srt", "mms", "mmsh"),
        *("hls", "hlss", "tshttp", "tshttps"),  # Flussonic's own for HLS and MPEG-TS by HTTP
    )
)
URL_LETTERS = 2_000

# A URL that begins like this and goes on in these letters needs no closer look: nearly all of nearly all lists.
ORIGIN = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*+(?::(?:[1-5]\d{4}|[1-9]\d{0,3}))?/", re.ASCII)
PLAIN_IN_URL = f"{string.ascii_letters}{string.digits}!#$%&'()*+,-./:;=?@[]_~".encode()
SCHEME = re.compile(r"([a-z][a-z0-9+-]+):(?!\d)", re.IGNORECASE)
NO_URL_LETTER = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
NO_HOST_LETTER = re.compile(r"[\s\x00-\x20\x7f-\x9f\"<>\\^`{|}%]")


class Address(NamedTuple):
    """A URL, and what was said behind a ``|`` about how to ask for it."""

    url: str
    options: dict[str, str]


def address_of(text: str) -> Address | Fault:
    """Return what a line says that should hold a URL.

    Spaces in it are encoded; it has one of SCHEMES, a host and a port that is one, and urlsplit() takes it.
    """
    written, _, options = (part.strip(" \t\0\ufeff\x1a") for part in text.partition("|"))
    scheme = SCHEME.match(written)
    if scheme and scheme[1].lower() not in SCHEMES:
        return Fault.UNKNOWN_SCHEME
    if scheme and len(written) > URL_LETTERS:
        return Fault.URL_TOO_LONG
    if not scheme or NO_URL_LETTER.search(written):
        return Fault.NOT_A_URL
    url = _without_spaces(written)
    if not _has_host(url):
        return Fault.NOT_A_URL
    return Fault.URL_TOO_LONG if len(url) > URL_LETTERS else Address(url, _options(options))


def looks_like_text(line: str) -> bool:
    """Tell whether a line is rather the rest of a title that was broken in two than an address gone wrong."""
    return not any(letter in line for letter in ":/\\.|")


def _without_spaces(url: str) -> str:
    if url.isprintable() and " " not in url:
        return url
    return "".join(letter if letter.isprintable() and letter != " " else quote(letter) for letter in url)


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        if parts.port == 0:
            return False
    except ValueError:
        return False
    return bool(host) and not NO_HOST_LETTER.search(parts.netloc.rpartition("@")[2])


def _options(text: str) -> dict[str, str]:
    """Read ``User-Agent=...&Referer=...``, as Kodi has it."""
    pairs = (option.partition("=") for option in text.split("&"))
    return {name.strip().lower(): unquote(value).strip() for name, equals, value in pairs if equals and name.strip()}
