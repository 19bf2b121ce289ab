"""From the entries of a list to what channels are made of: what fills which field, and by what an entry is known."""

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

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
LONGEST_ID = 100
LONGEST_LOGO = 2_000
CODE_LETTERS = 16
MOST_ATTRIBUTES = 100
LONGEST_SAMPLE = 100

# /USER/PASSWORD/ID, as Xtream panels have it: the id alone says which channel it is.
XTREAM = re.compile(r"/(?:(?P<kind>live|movie|series)/)?[^/]+/[^/]+/(?P<id>\d+)(?:\.(?:ts|m3u8|mp4|mkv|avi))?")
WITH_PATHS = frozenset(
    ("http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "mms", "mmsh", "hls", "hlss", "tshttp", "tshttps")
)
LOGIN = re.compile(
    r"(?:user(?:name)?|login|pass(?:word)?|pwd|token|auth|key|api_?key|sid|session|mac|sig(?:n(?:ature)?)?|hash"
    r"|expires?|exp|e|st|wmsauthsign|uid|t)",
    re.IGNORECASE,
)
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


class Incoming(NamedTuple):
    """An entry as a channel would have it; ``code`` is the short hash of its key."""

    line: int
    code: str
    source_url: str
    display_name: str | None
    tvg_name: str | None
    tvg_id: str | None
    tvg_logo: str | None
    group: str | None


IncomingTuple = tuple[int, str, str, str | None, str | None, str | None, str | None, str | None]


def mapper(mapping: Mapping[str, str], identity: str) -> Callable[[ListEntry], IncomingTuple]:
    """Return what makes the values of an `Incoming` of an entry; the name is None where the list gives none."""
    name_at, tvg_name_at, id_at, logo_at, group_at = (mapping.get(field, "") for field in FIELDS)

    def incoming(entry: ListEntry) -> IncomingTuple:
        line, title, url, attributes = entry

        def value(name: str) -> str:
            return title if name == TITLE else attributes.get(name, "")

        name = text(value(name_at), LONGEST_NAME) or text(title, LONGEST_NAME)
        tvg_name = text(value(tvg_name_at), LONGEST_NAME) or name
        tvg_id = identifier(value(id_at))
        return (
            line,
            code_of(_key(url, identity, tvg_id, name)),
            url,
            name,
            tvg_name,
            tvg_id,
            logo(value(logo_at)),
            text(value(group_at), LONGEST_ID),
        )

    return incoming


def code_of(key: str) -> str:
    """Return the short hash of a key, as it stands in the names of streams."""
    return sha256(key.encode(errors="replace")).hexdigest()[:CODE_LETTERS]


def address_key(url: str) -> str:
    """Return what stays of an address when the source moves to another host or the login changes.

    That is the path with the query, without parameters that log in; of a panel's address the id of the stream. Where
    the host says all (multicast, SRT), it is the host.
    """
    scheme, _, rest = url.partition("://")
    _host, slash, path = rest.partition("/")
    if scheme not in WITH_PATHS or not path:
        return rest.rpartition("@")[2]
    path, question, query = f"{slash}{path}".partition("?")
    match = XTREAM.fullmatch(path)
    if match:
        kind = match["kind"]
        path = f"/{kind}/{match['id']}" if kind in ("movie", "series") else f"/{match['id']}"
    if not question:
        return path
    kept = [pair for pair in query.split("&") if not LOGIN.fullmatch(pair.partition("=")[0])]
    return f"{path}?{'&'.join(kept)}" if kept else path


def holds_login(url: str) -> bool:
    """Tell whether whoever reads the address learns a login by it."""
    host, _, path = url.partition("://")[2].partition("/")
    path, _, query = path.partition("?")
    return (
        "@" in host
        or XTREAM.fullmatch(f"/{path}") is not None
        or any(LOGIN.fullmatch(pair.partition("=")[0]) for pair in query.split("&"))
    )


def _key(url: str, identity: str, tvg_id: str | None, name: str | None) -> str:
    if identity == Source.Identity.TVG_ID and tvg_id:
        return tvg_id
    if identity == Source.Identity.NAME and name:
        return name
    return address_key(url)


def text(written: str, longest: int) -> str | None:
    """Return it in one line, no longer than the column; None where nothing is left."""
    if not written.isprintable():
        written = " ".join(CONTROLS.sub(" ", written).split())
    return written[:longest].strip() or None


def identifier(written: str) -> str | None:
    """Return an EPG id, or None: one that is cut would be another's."""
    found = text(written, LONGEST_ID + 1)
    return found if found and len(found) <= LONGEST_ID else None


def logo(written: str) -> str | None:
    """Return the address of a picture, or None where it is none that players could open."""
    if written.startswith(("http://", "https://")) and len(written) <= LONGEST_LOGO and written.isprintable():
        return written
    return None


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
