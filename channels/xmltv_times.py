"""Times as feeds write them: of all that can be read, the offset counts, and without one it is UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

FORM = re.compile(
    r"(\d{4})[-./]?(\d\d)[-./]?(\d\d)(?:[T\s]*(\d\d):?(\d\d)?(?::?(\d\d)(?:[.,]\d+)?)?)?"
    r"\s*(?:([+-])(\d\d?):?(\d\d)?|([A-Za-z]{1,5}))?"
)
UNIX = re.compile(r"\d{9,10}")
EARLIEST_YEAR = 1971
# Minutes from UTC. A name that is not here may be anything, so such a time is none.
ZONES = {
    **dict.fromkeys(("Z", "UT", "UTC", "GMT", "WET"), 0),
    **{"BST": 60, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180, "MSK": 180},
    **{"EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420},
}


@lru_cache(maxsize=8192)
def parse_time(text: str) -> datetime | None:
    """Return the moment in UTC, or None where the text is none."""
    text = text.strip()
    found = FORM.fullmatch(text)
    if found and int(found[1]) >= EARLIEST_YEAR:
        try:
            return _moment(found)
        except (ValueError, OverflowError):
            return None
    return datetime.fromtimestamp(int(text), UTC) if UNIX.fullmatch(text) else None


def written(moment: datetime) -> str:
    """Return the one form that every player reads."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S +0000")


def _moment(found: re.Match[str]) -> datetime | None:
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    sign, hours, minutes, name = found.groups()[6:]
    if name is not None:
        if name.upper() not in ZONES:
            return None
        offset = ZONES[name.upper()]
    else:
        offset = (int(hours or 0) * 60 + int(minutes or 0)) * (-1 if sign == "-" else 1)
    # 24:00 is the next day's 0:00.
    days, hour = (1, 0) if hour == 24 else (0, hour)
    there = datetime(year, month, day, hour, minute, second, tzinfo=timezone(timedelta(minutes=offset)))
    return (there + timedelta(days=days)).astimezone(UTC)
