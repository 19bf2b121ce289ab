"""What a feed says is on, made into what can be on: one thing after the other."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from channels.xmltv import Broadcast

LONGEST = timedelta(hours=24)
# Of the last one of a channel, or one before a long gap, that has no end.
USUAL = timedelta(hours=1)
# Players show a gap as a hole; so short a one is none.
SHORT_GAP = timedelta(minutes=5)


class Slot(NamedTuple):
    start: datetime
    stop: datetime
    broadcast: Broadcast


def near(broadcast: Broadcast, start: datetime, end: datetime) -> bool:
    """Tell whether a programme with a start may matter for [start, end): by itself, or as the next of one that does."""
    begins = broadcast.start
    return begins is not None and start - LONGEST < begins < end + LONGEST


def schedule(broadcasts: Iterable[Broadcast], start: datetime, end: datetime) -> list[Slot]:
    """Return what overlaps [start, end) in order: each stops when the next starts, at the latest.

    Of several that start at once, the first in the feed counts. All must have a start.
    """
    first: dict[datetime, Broadcast] = {}
    for broadcast in broadcasts:
        if broadcast.start is not None:
            first.setdefault(broadcast.start, broadcast)
    in_order = sorted(first.values(), key=attrgetter("start"))
    following = [broadcast.start for broadcast in in_order[1:]] + [None]
    slots = []
    for broadcast, following_start in zip(in_order, following, strict=True):
        begins = broadcast.start
        if begins is None or begins >= end:
            continue
        stops = _stop(begins, broadcast.stop, following_start)
        if stops > start:
            slots.append(Slot(begins, stops, broadcast))
    return slots


def _stop(start: datetime, stop: datetime | None, following: datetime | None) -> datetime:
    if stop is None or stop <= start or stop - start > LONGEST:
        stop = following if following and following - start <= LONGEST else start + USUAL
    if following and following - stop <= SHORT_GAP:
        return following  # it overlaps, or there is next to nothing between
    return stop
