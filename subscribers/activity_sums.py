"""What is added up of each day: all together, by channel, by subscriber, by family of players."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import models
from django.utils import timezone

from subscribers.activity_models import ChannelDay, PlayerDay, SubscriberDay
from subscribers.players import family

ADD = """
    INSERT INTO {table} AS sums (day, {key}, views, bytes)
    SELECT * FROM unnest(%s::date[], %s::{type}[], %s::bigint[], %s::bigint[]) ORDER BY 1, 2
    ON CONFLICT (day, {key}) DO UPDATE SET views = sums.views + excluded.views, bytes = sums.bytes + excluded.bytes
    RETURNING day, {key}, views, bytes
"""
ADD_TO_DAYS = """
    INSERT INTO subscribers_day AS sums (day, views, bytes, subscribers)
    SELECT * FROM unnest(%s::date[], %s::bigint[], %s::bigint[], %s::bigint[]) ORDER BY 1
    ON CONFLICT (day) DO UPDATE SET
        views = sums.views + excluded.views,
        bytes = sums.bytes + excluded.bytes,
        subscribers = sums.subscribers + excluded.subscribers
"""


class Watched(NamedTuple):
    """What is new of an activity: bytes, and a view where it has just begun."""

    at: datetime
    subscriber_id: int
    channel_id: int | None
    user_agent: str
    views: int
    bytes: int

    @property
    def day(self) -> date:
        """The operator's day."""
        return self.at.astimezone(timezone.get_default_timezone()).date()


def add_up(cursor: Any, watched: Iterable[Watched]) -> None:
    """Add what was watched to the sums. The tables, and the rows of each, come in the same order everywhere."""
    watched = [one for one in watched if one.views or one.bytes]
    if not watched:
        return
    new_on = _add(cursor, SubscriberDay, "subscriber_id", "bigint", watched, lambda one: one.subscriber_id)
    _add(cursor, ChannelDay, "channel_id", "bigint", watched, lambda one: one.channel_id)
    _add(cursor, PlayerDay, "player", "text", watched, lambda one: family(one.user_agent))
    days = _sums(watched, lambda one: one.day)
    rows = [(day, *sums, new_on[day]) for day, sums in sorted(days.items())]
    cursor.execute(ADD_TO_DAYS, [list(column) for column in zip(*rows, strict=True)])


def _add(
    cursor: Any,
    model: type[models.Model],
    key: str,
    kind: str,
    watched: Iterable[Watched],
    key_of: Callable[[Watched], Any],
) -> dict[date, int]:
    """Add to the sums of one table, and return how many rows of each day are new."""
    sums = _sums((one for one in watched if key_of(one) is not None), lambda one: (one.day, key_of(one)))
    new_on: dict[date, int] = defaultdict(int)
    if sums:
        columns = zip(*((*keys, *values) for keys, values in sums.items()), strict=True)
        cursor.execute(ADD.format(table=model._meta.db_table, key=key, type=kind), [list(column) for column in columns])
        for day, value, *present in cursor.fetchall():
            new_on[day] += tuple(present) == sums[day, value]  # no row has been there with nothing in it
    return new_on


def _sums(watched: Iterable[Watched], key_of: Callable[[Watched], Any]) -> dict[Any, tuple[int, int]]:
    sums: dict[Any, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for one in watched:
        views, count = sums[key_of(one)]
        sums[key_of(one)] = views + one.views, count + one.bytes
    return sums
