"""What the sums of the days tell: views and bytes by day, popular channels, players, who watches now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Sum

from channels.models import Channel
from subscribers.activity_models import Activity, ChannelDay, Day, DayQuerySet, PlayerDay


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened on a day."""

    day: date
    views: int = 0
    bytes: int = 0
    subscribers: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """A part of all views: a channel's, or a family of players'."""

    name: str
    views: int
    bytes: int
    percent: int
    channel_id: int | None = None
    """None where there is no such channel any more, or it is none."""


def first_day(today: date, days: int) -> date:
    """Return where a time of so many days begins that ends today."""
    return today - timedelta(days=days - 1)


def by_day(rows: DayQuerySet, *, today: date, days: int) -> list[Figures]:
    """Return one entry for each of the last days, today's the last; those without a row are 0."""
    found = {row.day: row for row in rows.since(first_day(today, days))}
    all_days = [first_day(today, days) + timedelta(days=number) for number in range(days)]
    return [
        Figures(day, row.views, row.bytes, getattr(row, "subscribers", 0)) if (row := found.get(day)) else Figures(day)
        for day in all_days
    ]


def of_today(today: date) -> Figures:
    """Return what has happened today so far."""
    row = Day.objects.filter(day=today).first()
    return Figures(today, row.views, row.bytes, row.subscribers) if row else Figures(today)


def popular_channels(*, today: date, days: int, most: int) -> list[Share]:
    """Return the channels with the most views in the last days."""
    since = ChannelDay.objects.since(first_day(today, days))
    sums = list(_sums(since, "channel_id")[:most])
    channels = Channel.objects.only("display_name", "stream_name").in_bulk([row[0] for row in sums])
    named = [
        (str(channels[pk]) if pk in channels else "", views, count, pk if pk in channels else None)
        for pk, views, count in sums
    ]
    return _shares(named, since.aggregate(views=Sum("views"))["views"] or 0)


def players(*, today: date, days: int) -> list[Share]:
    """Return the families of players, the most used first."""
    sums = [
        (name, views, count, None)
        for name, views, count in _sums(PlayerDay.objects.since(first_day(today, days)), "player")
    ]
    return _shares(sums, sum(views for _name, views, _count, _pk in sums))


def watching_now(now: datetime) -> int:
    """Return how many streams run, as far as Flussonic tells of them."""
    return Activity.objects.sessions_since(now - timedelta(seconds=2 * settings.FLUSSONIC_AUTH_SECONDS)).count()


def is_empty() -> bool:
    """Tell whether nothing has been watched yet."""
    return not Day.objects.exists()


def _sums(rows: DayQuerySet, column: str) -> Any:
    """Return rows of the column's value, views and bytes, the most views first."""
    sums = rows.values_list(column).annotate(Sum("views"), Sum("bytes")).filter(views__sum__gt=0)
    return sums.order_by("-views__sum", column)


def _shares(sums: Iterable[tuple[str, int, int, int | None]], total: int) -> list[Share]:
    return [Share(name, views, count, round(100 * views / total), pk) for name, views, count, pk in sums]
