"""From the entries of a list to what channels are made of: what fills which field, and by what an entry is known."""

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from channels.logos import BadLogo, normalise_logo
from channels.m3u import ListEntry
from channels.models import Source

TITLE = "title"
"""Stands for the text after the comma, among the names of attributes."""
FIELDS = ("display_name", "tvg_name", "tvg_id", "tvg_logo", "group")
"""What a list may fill; a field that is not mapped stays empty."""
DEFAULT_MAPPING = {
    "display_name": "tvg-name",
    "tvg_name": "tvg-name",
    "tvg_id": "tvg-id",
    "tvg_logo": "tvg-logo",
    "group": "group-title",
}
LONGEST_NAME = 255
LONGEST_ID = LONGEST_GROUP = 100
LONGEST_LOGO = 2_000
CODE_LETTERS = 16
MOST_ATTRIBUTES = 100
LONGEST_SAMPLE = 100

# /live/USER/PASSWORD/ID.ts, as Xtream panels have it: the id alone says which channel it is. The short form without
# "live" looks like any path of three, so it is one where all of a host have the same user and password (`import_sql`).
PANEL = re.compile(
    r"[a-zA-Z]+://(?P<host>[^/?]+)/(?:(?P<kind>live|movie|series)/)?(?P<login>[^/?]+/[^/?]+)/(?P<id>\d+)"
    r"(?:\.(?:ts|m3u8|mp4|mkv|avi))?(?:\?.*)?"
)
WITH_PATHS = frozenset(
    ("http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "mms", "mmsh", "hls", "hlss", "tshttp", "tshttps")
)
# Names of parameters by which servers let somebody in; not those that may as well name the channel.
LOGIN = re.compile(
    r"(?:user(?:name)?|login|pass(?:word|phrase)?|pwd|token|auth|api_?key|session|mac|sig(?:n(?:ature)?)?|expires?|exp|st"
    r"|wmsauthsign)",
    re.IGNORECASE,
)
# Of a logo, so that the many that are like this need no closer look.
PLAIN_HOST = re.compile(r"https?://[a-zA-Z0-9.-]+(?::[0-9]{1,4})?(?:[/?#]|\Z)")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


Incoming = tuple[str, str, str, str, str, str, str, str, str]
"""An entry as a channel would have it: short hash of its key, address, and `FIELDS`; what there is none of is empty.

Of an address that is a panel's in the short form, if it is one, the host and the login come last.
"""


def mapper(mapping: Mapping[str, str], identity: str) -> Callable[[ListEntry], Incoming]:
    """Return what makes an `Incoming` of an entry; the name is empty where the list gives none.

    What an entry is known by does not depend on the mapping, or another mapping would make other channels.
    """
    name_at, tvg_name_at, id_at, logo_at, group_at = (mapping.get(field, "") for field in FIELDS)
    with_title = TITLE in mapping.values()

    def incoming(entry: ListEntry) -> Incoming:
        _line, title, url, attributes = entry
        value = attributes.get
        if with_title:
            value = {**attributes, TITLE: title}.get
        name = text(value(name_at, ""), LONGEST_NAME) or text(title, LONGEST_NAME)
        key, host, login = "", "", ""
        if identity == Source.Identity.TVG_ID:
            key = identifier(attributes.get("tvg-id", ""))
        elif identity == Source.Identity.NAME:
            key = text(title or attributes.get("tvg-name", ""), LONGEST_NAME)
        if not key:
            key, host, login = address_key(url)
        return (
            code_of(key),
            url,
            name,
            name if tvg_name_at == name_at else text(value(tvg_name_at, ""), LONGEST_NAME) or name,
            identifier(value(id_at, "")),
            logo(value(logo_at, "")),
            text(value(group_at, ""), LONGEST_GROUP),
            host,
            login,
        )

    return incoming


def code_of(key: str) -> str:
    """Return the short hash of a key, as it stands in the names of streams."""
    return sha256(key.encode(errors="replace")).hexdigest()[:CODE_LETTERS]


def address_key(url: str) -> tuple[str, str, str]:
    """Return what stays of an address when the source moves to another host or the login changes.

    That is the path with the query, without parameters that log in; of a panel's address the id of the stream. Where
    the host says all (multicast, SRT), it is the host. Of the short form of a panel's address host and login come too.
    """
    panel = PANEL.fullmatch(url)
    if panel:
        host, kind, login, number = panel.groups()
        if kind is None:
            return f"/{number}", host, login
        return f"/{number}" if kind == "live" else f"/{kind}/{number}", "", ""
    scheme, _, rest = url.partition("://")
    rest, _, query = rest.partition("?")
    _host, slash, path = rest.partition("/")
    if (path or (slash and query)) and scheme.lower() in WITH_PATHS:
        key = f"/{path}"
    else:
        key = rest.removesuffix("/").rpartition("@")[2]
    kept = [pair for pair in query.split("&") if not LOGIN.fullmatch(pair.partition("=")[0])] if query else ()
    return f"{key}?{'&'.join(kept)}" if kept else key, "", ""


def holds_login(url: str) -> bool:
    """Tell whether whoever reads the address learns a login by it."""
    rest, _, query = url.partition("://")[2].partition("?")
    user, _, _host = rest.partition("/")[0].rpartition("@")
    return (
        user != ""  # of multicast, an "@" with nothing before it is usual
        or PANEL.fullmatch(url) is not None
        or any(LOGIN.fullmatch(pair.partition("=")[0]) for pair in query.split("&"))
    )


def text(written: str, longest: int) -> str:
    """Return it in one line, no longer than the column."""
    if written.isprintable() and len(written) <= longest:
        return written
    return " ".join(CONTROLS.sub(" ", written).split())[:longest].strip()


def identifier(written: str) -> str:
    """Return an EPG id, or nothing: one that is cut would be another's."""
    found = text(written, LONGEST_ID + 1)
    return found if len(found) <= LONGEST_ID else ""


def logo(written: str) -> str:
    """Return the address of a picture, or nothing where it is none that players could open, or holds a login."""
    if not written.startswith(("http://", "https://")) or len(written) > LONGEST_LOGO or not written.isprintable():
        return ""
    if PLAIN_HOST.match(written):
        return written
    try:
        return normalise_logo(written)
    except BadLogo:
        return ""


class Attributes:
    """What the entries of a list have, counted as they pass by."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._samples: dict[str, str] = {}

    def see(self, entry: ListEntry) -> None:
        for name, value in entry.attributes.items():
            if not value:
                continue
            if name in self._counts:
                self._counts[name] += 1
            elif len(self._counts) < MOST_ATTRIBUTES:
                self._counts[name] = 1
                self._samples[name] = value[:LONGEST_SAMPLE]

    def found(self) -> list[dict[str, Any]]:
        """Return them, the most frequent first: name, count of entries, and the value of the first."""
        by_count = sorted(self._counts, key=lambda name: (-self._counts[name], name))
        return [{"name": name, "count": self._counts[name], "sample": self._samples[name]} for name in by_count]
