"""When a programme in the archive starts and how long it runs, as Xtream players write it into an address.

Each family of players has a form of its own. All moments are UTC, as the guide's times and ``server_info.timezone``
are here.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote

# 2026-11-21:18-00, 2026-11-21:18:00:00, 2026-11-21_18-00, 2026-11-21 18:00:00
DATE_AND_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[:_ ]([0-9]{2})[-:]([0-9]{2})(?:[-:]([0-9]{2}))?")
# 2026-11-21T18:00:00.000Z
ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?"
    r"(?:Z|(?P<offset>[+ -][0-9]{2}:?[0-9]{2}))?"
)
# 20261121-18, an hour of XUI
HOUR = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})-([0-9]{2})")
SECONDS = re.compile(r"[0-9]{10}")
MILLISECONDS = re.compile(r"[0-9]{13}")


def parse_start(text: str) -> int | None:
    """Return the moment in Unix seconds, or None where it is none."""
    text = unquote(text).strip()
    if SECONDS.fullmatch(text):
        return int(text)
    if MILLISECONDS.fullmatch(text):
        return int(text) // 1000
    match = DATE_AND_TIME.fullmatch(text) or ISO.fullmatch(text) or HOUR.fullmatch(text)
    if match is None:
        return None
    offset = match.groupdict().get("offset")
    parts = [int(part) for part in match.groups()[:6] if part]
    try:
        return int(datetime(*parts, tzinfo=_zone(offset)).timestamp())  # type: ignore[misc, arg-type]
    except ValueError:
        return None


def parse_minutes(text: str) -> int:
    """Return the minutes of a programme, or 0 where they are not known."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def _zone(offset: str | None) -> timezone:
    """Return the zone of ``+0300``; a blank is the plus that a query turns into one."""
    if offset is None:
        return UTC
    distance = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    return timezone(-distance if offset[0] == "-" else distance)
