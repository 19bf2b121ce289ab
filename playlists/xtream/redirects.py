"""From the address of an Xtream player to the one at which Flussonic plays: live, or from a moment of the archive."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from channels.guide import programmes_of
from playlists.account import Account
from playlists.links import Output, archive_url, direct_url, stream_url, token_query
from playlists.xtream.holdings import channel_id_of, held_channel
from playlists.xtream.starts import parse_minutes, parse_start

# 101.m3u8, 101.ts, 101 (MPEG-TS), and what Kodi makes of these where it takes them for Flussonic's own
STREAM = re.compile(
    r"(?P<id>[0-9]{1,10})"
    r"(?:-timeshift_(?:rel-(?P<ago>[0-9]{1,10})|abs-(?P<at>[0-9]{1,10})))?"
    r"(?:\.(?P<ending>m3u8|ts))?"
)
ENDINGS: dict[str | None, Output] = {"m3u8": "m3u8", "ts": "ts", None: "ts", "": "ts"}
UNIX_SECONDS = re.compile(r"[0-9]{1,10}")
MOST_MINUTES = 480
DEFAULT_MINUTES = 120
TAIL_SECONDS = 5 * 60
"""Programmes run late: so much more of one whose length is asked for in minutes."""


class Span(NamedTuple):
    """A part of the archive. Its length is ``seconds``, or where it ``follows_guide`` what the guide says."""

    start: int
    seconds: int | None = None
    follows_guide: bool = False
    otherwise: int | None = None
    """The length where the guide does not know it; without one, all up to now."""
    tail: int = 0


class Wanted(NamedTuple):
    """What a player wants to see."""

    channel_id: int
    output: Output
    span: Span | None = None
    """The part of the archive, or None: live."""


def wanted_live(stream: str, asked: Mapping[str, str], now: datetime) -> Wanted | None:
    """Return what a live address means, or None where it means nothing.

    ``utc`` in the query leads into the archive, up to the end of the programme or to ``utcend``. What is no number
    there is a placeholder that a player has not filled in, and is passed over.
    """
    match = STREAM.fullmatch(stream)
    channel_id = channel_id_of(match["id"]) if match else None
    if match is None or channel_id is None:
        return None
    span = None
    if match["ago"]:
        span = Span(int(now.timestamp()) - int(match["ago"]))
    elif match["at"]:
        span = Span(int(match["at"]))
    elif UNIX_SECONDS.fullmatch(asked.get("utc", "")):
        span = _span_from(int(asked["utc"]), asked.get("utcend", ""))
    return Wanted(channel_id, ENDINGS[match["ending"]], span)


def wanted_timeshift(stream: str, ending: str | None, start: str, duration: str) -> Wanted | None:
    """Return what an address of the archive means, or None where it means nothing."""
    channel_id, begins, minutes = channel_id_of(stream), parse_start(start), parse_minutes(duration)
    if channel_id is None or begins is None or ending not in ENDINGS:
        return None
    span = Span(begins, follows_guide=True, otherwise=DEFAULT_MINUTES * 60, tail=TAIL_SECONDS)
    if minutes:
        span = Span(begins, seconds=min(minutes, MOST_MINUTES) * 60, tail=TAIL_SECONDS)
    return Wanted(channel_id, ENDINGS[ending], span)


def address_of(account: Account, wanted: Wanted, now: datetime) -> str | None:
    """Return where it plays, or None where the account has no such channel or its archive no such moment.

    That is at Flussonic, or where the source's list says, which has no archive.
    """
    channel = held_channel(account, wanted.channel_id)
    if channel is None:
        return None
    if not channel.stream_base_url:
        return None if wanted.span else direct_url(channel.source_url, wanted.output)
    stream = channel.stream_base_url, channel.stream_name, token_query(account.token), wanted.output
    if wanted.span is None:
        return stream_url(*stream)
    begin = now - timedelta(days=channel.catchup_days)
    if not channel.catchup_days or not begin.timestamp() <= wanted.span.start <= now.timestamp():
        return None
    # As MPEG-TS, the archive plays on without an end.
    seconds = _seconds_of(wanted.span, channel.id, now) if wanted.output == "m3u8" else None
    return archive_url(*stream, start=wanted.span.start, seconds=seconds)


def _span_from(start: int, end: str) -> Span:
    if UNIX_SECONDS.fullmatch(end) and int(end) > start:
        return Span(start, seconds=min(int(end) - start, MOST_MINUTES * 60))
    return Span(start, follows_guide=True)


def _seconds_of(span: Span, channel_id: int, now: datetime) -> int | None:
    """Return the length, or None where its end is not known or still to come."""
    seconds = span.seconds
    if span.follows_guide:
        seconds = _seconds_by_guide(channel_id, span.start) or span.otherwise
    if seconds is None:
        return None
    ends = span.start + seconds + span.tail
    return ends - span.start if ends <= now.timestamp() else None


def _seconds_by_guide(channel_id: int, start: int) -> int | None:
    """Return for how long the programme goes on that is on at the moment."""
    moment = datetime.fromtimestamp(start, UTC)
    programmes = programmes_of([channel_id], start=moment, end=moment + timedelta(seconds=1)).get(channel_id, [])
    ends = [programme.stop for programme in programmes if programme.start <= moment < programme.stop]
    return int((min(ends) - moment).total_seconds()) if ends else None
