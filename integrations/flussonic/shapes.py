"""Flussonic's JSON -> our words. What its fields are called is known here and nowhere else.

Everything comes from outside, so nothing is taken to be of the type that it should be.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

MAX_LETTERS = 255
_HOUR = 3_600
_DAY = 86_400
_NEVER = 10**12  # Seconds.
# Control characters, line separators, and halves of surrogate pairs, which JSON can carry and UTF-8 cannot.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SECONDS = {"s": 1, "m": 60, "h": _HOUR, "d": _DAY, "w": 7 * _DAY}


@dataclass(frozen=True, slots=True)
class Stream:
    """What a sync has to know of a stream.

    ``name`` is exactly Flussonic's; ``title`` is never empty and at most 255 letters. ``catchup_days`` is None without
    an archive, or with one of less than an hour, and never 0. ``quality`` is "", "SD", "HD", "FHD" or "4K".
    """

    name: str
    title: str
    catchup_days: int | None
    quality: str


class Page(NamedTuple):
    """One page of a list: its entries as they came, the cursor of the next page, how many there may be in all."""

    entries: list[Any]
    following: str | None
    estimated: int | None


def read_page(body: Any) -> Page:
    """Take a page of the list apart: an object with ``streams`` and perhaps ``next``, or (old servers) a bare array.

    Raises `ValueError` with a few words for people if it is neither.
    """
    if isinstance(body, list):
        return Page(body, None, len(body))
    entries = body.get("streams") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        raise ValueError("without a list of streams")
    following, estimated = body.get("next"), body.get("estimated_count")
    if following is not None and not (isinstance(following, str) and not _UNFIT.search(following)):
        raise ValueError("with a cursor that is not text")
    return Page(entries, following or None, estimated if isinstance(estimated, int) else None)


def flattened(entry: Any) -> dict[str, Any] | None:
    """Return the stream of an entry with its fields on top, where v3 has them; None if it is of another kind.

    Old servers wrap it (``{"entry": "stream", "value": {...}}``) and keep title and dvr in ``options``. What is no
    object has no fields.
    """
    stream = _object(entry)
    if "entry" in stream:
        if stream["entry"] != "stream":
            return None
        stream = _object(stream.get("value"))
    return {**_object(stream["options"]), **stream} if "options" in stream else stream


def fault_in_name(name: str) -> str | None:
    """Say why a stream of this name cannot be taken over, or return None if it can."""
    if len(name) > MAX_LETTERS:
        return f"has a name of more than {MAX_LETTERS} letters"
    if not name.isprintable() and _UNFIT.search(name):
        return "has a control character in its name"
    return None


def read_stream(name: str, stream: dict[str, Any], *, expiration_of: Callable[[str], object], now: float) -> Stream:
    """Return what a stream's fields say. ``expiration_of`` looks up the seconds that a storage keeps, by reference."""
    stats = _object(stream.get("stats"))
    media = _object(stats.get("media_info"))
    title = line_of_text(stream.get("title")) or line_of_text(media.get("title")) or name
    seconds = _archive_seconds(stream.get("dvr"), _object(stats.get("dvr_info")), expiration_of, now)
    return Stream(name, title, _days(seconds), _quality(media))


def line_of_text(value: object) -> str:
    """Return a text made fit for one line of at most 255 letters; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    if not value.isprintable():
        value = _UNFIT.sub(" ", value)
    return value.strip()[:MAX_LETTERS].rstrip()


def _archive_seconds(
    dvr: object, recorded: dict[str, Any], expiration_of: Callable[[str], object], now: float
) -> float:
    """Return how far back a stream can be watched, in seconds; 0 without an archive.

    What is configured counts before what is recorded. No limit, or one of 0, does not mean that there is no archive.
    """
    if isinstance(dvr, str):
        dvr = _directive(dvr)
    if isinstance(dvr, dict):
        configured = _positive(dvr.get("expiration")) or _positive(dvr.get("dvr_limit"))
        if configured:
            return configured
        reference = dvr.get("reference")
        if isinstance(reference, str) and reference and (kept := _positive(expiration_of(reference))):
            return kept
    if depth := _positive(recorded.get("depth")):
        return depth
    since = _positive(recorded.get("from"))
    return max(0.0, now - since) if since else 0.0


def _directive(text: str) -> dict[str, Any]:
    """Read the form of the configuration file: ``/storage 7d 97%`` or ``@reference 12h``."""
    found: dict[str, Any] = {}
    for word in text.split():
        if word.startswith("@"):
            found["reference"] = word[1:]
        elif limit := re.fullmatch(r"([0-9]{1,9})([smhdw])", word):
            found["expiration"] = int(limit[1]) * _SECONDS[limit[2]]
    return found


def _days(seconds: float) -> int | None:
    if seconds < _HOUR:
        return None
    return max(int(seconds // _DAY), 1)


def _quality(media: dict[str, Any]) -> str:
    tracks = media.get("tracks") or media.get("streams")  # Servers before v3 say streams.
    height = 0.0
    if isinstance(tracks, list):
        for track in tracks:
            if isinstance(track, dict) and "height" in track:
                height = max(height, _positive(track["height"]))
    if height >= 2000:
        return "4K"
    if height >= 1000:
        return "FHD"
    if height >= 700:
        return "HD"
    return "SD" if height else ""


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _positive(value: object) -> float:
    """Return a number above 0 as it is, and 0 for everything else, also for one that no clock will reach."""
    return value if isinstance(value, int | float) and value is not True and 0 < value < _NEVER else 0
