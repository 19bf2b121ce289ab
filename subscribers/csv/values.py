"""What the cells of a subscribers' CSV file mean, and how values are written into them.

Reading back what was written gives the same values: the tests hold that.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any

from subscribers.csv.format import Problem

STATUSES = ("enabled", "disabled")
MOMENTS = ("valid_from", "valid_until")
NAMES = ("tariffs", "packages", "channels")
CLEAR = "-"
# What a single dash makes of an optional column.
CLEARED: dict[str, Any] = {
    **dict.fromkeys(("username", "external_id", *MOMENTS)),
    **dict.fromkeys(("email", "notes"), ""),
    **dict.fromkeys(NAMES, ()),
}

# A spreadsheet would take these for formulas. Apostrophes before them are counted in, so that one can be taken away.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
GUARDED = re.compile(r"'+[=+\-@\t\r]")

CLOCK = r"(?P<H>[0-9]{1,2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:\.(?P<f>[0-9]{1,6}))?)?"
TIME = rf"(?:[ T]+{CLOCK}\s*(?P<z>Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?"
ISO = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})" + TIME)
DOTTED = re.compile(r"(?P<d>[0-9]{1,2})\.(?P<m>[0-9]{1,2})\.(?P<y>[0-9]{4})" + TIME)
FORMS = ("minutes", "seconds", "microseconds")

# One name of a cell. In quotation marks it may hold whatever it likes, and those twice.
NAME = re.compile(r'\s*(?:"((?:[^"]|"")*+)"\s*|([^;]*+))(?:;|\Z)')


def parse(cells: Mapping[str, str], zone: tzinfo) -> tuple[dict[str, Any], dict[str, Problem]]:
    """Return the values of cells by column, and what is wrong with others.

    Moments are in UTC, the names of what is held are tuples, numbers that are none stay text.
    """
    values: dict[str, Any] = {}
    problems: dict[str, Problem] = {}
    for column, cell in cells.items():
        if column in CLEARED and cell.strip() == CLEAR:
            values[column] = CLEARED[column]
            continue
        value = _value(column, plain(cell), zone)
        if isinstance(value, Problem):
            problems[column] = value
        else:
            values[column] = value
    return values, problems


def plain(cell: str) -> str:
    """Return what a cell says, without the apostrophe of `text_cell`."""
    return cell[1:] if GUARDED.match(cell) else cell


def text_cell(text: str | None) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text and FORMULA.match(text) else text or ""


def names_cell(names: Iterable[str]) -> str:
    return text_cell("; ".join(_quoted(name) for name in names))


@lru_cache(maxsize=4096)
def moment_cell(moment: datetime | None, zone: tzinfo, *, end: bool) -> str:
    """Return the shortest form that means this moment in the zone."""
    if moment is None:
        return ""
    try:
        local = moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:  # beyond the year 9999 in the zone
        return moment.astimezone(UTC).isoformat(" ")
    for text in (str(local.date()), *(local.isoformat(" ", form) for form in FORMS)):
        if _moment(text, zone, end=end) == moment:
            return text
    # In the hour that a change of clocks repeats, the local time alone says too little.
    return moment.astimezone(UTC).isoformat(" ")


def _value(column: str, text: str, zone: tzinfo) -> Any:
    if column in NAMES:
        return _names(text)
    if column in MOMENTS:
        return _moment(text.strip(), zone, end=column == "valid_until") or Problem("moment", {"text": text[:50]})
    if column == "status":
        status = text.strip().lower()
        return status if status in STATUSES else Problem("status", {"text": text[:50], "known": ", ".join(STATUSES)})
    if column == "max_sessions":
        number = text.strip()
        return int(number) if re.fullmatch(r"[0-9]{1,9}", number) else Problem("number", {"text": text[:50]})
    return text


def _moment(text: str, zone: tzinfo, *, end: bool) -> datetime | None:
    """Return the moment that a text means, in UTC; a date alone is the beginning of its day, or else the end."""
    found = ISO.fullmatch(text) or DOTTED.fullmatch(text)
    if found is None:
        return None
    if found["H"]:
        clock = (int(found["H"]), int(found["M"]), int(found["S"] or 0), int((found["f"] or "0").ljust(6, "0")))
    else:
        clock = (23, 59, 59, 0) if end else (0, 0, 0, 0)
    try:
        date = int(found["y"]), int(found["m"]), int(found["d"])
        local = datetime(*date, *clock, tzinfo=_offset(found["z"]) or zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):  # 31 February; before the year 1 in UTC
        return None


def _offset(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def _names(text: str) -> tuple[str, ...]:
    names: dict[str, None] = {}
    place = 0
    while place < len(text):
        found = NAME.match(text, place)
        assert found is not None  # the second form takes anything
        name = found[2].strip() if found[1] is None else found[1].replace('""', '"')
        if name:
            names[name] = None
        place = found.end()
    return tuple(names)


def _quoted(name: str) -> str:
    plain = name and ";" not in name and name[0] != '"' and name == name.strip()
    return name if plain else '"{}"'.format(name.replace('"', '""'))
