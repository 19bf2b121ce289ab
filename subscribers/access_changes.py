"""What a change of the catalogue would do to access: who would gain and lose which channels. Nothing is written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from channels.models import Channel
from subscribers.access_difference import DIFFERENCE
from subscribers.holders import HOLDINGS
from subscribers.models import Subscriber

CHANNELS_SHOWN = 20
SUBSCRIBERS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Example:
    """One of the subscribers concerned."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Side:
    """How many subscribers gain, or lose, how many different channels; and the first of both."""

    subscribers: int
    examples: tuple[Example, ...]
    channels: int
    channel_names: tuple[str, ...]

    @property
    def more_channels(self) -> int:
        return self.channels - len(self.channel_names)


@dataclass(frozen=True, slots=True)
class AccessChange:
    """What would become of the access of all subscribers, those who are disabled or lapsed included.

    Channels that are switched off are nobody's, before and after; a channel that is kept by another path is neither
    gained nor lost. ``left_with_nothing`` of those who lose would have no channel at all.
    """

    gain: Side
    loss: Side
    left_with_nothing: int
    left_examples: tuple[Example, ...]

    @property
    def alters(self) -> bool:
        """Tell whether anybody's access would be another one."""
        return bool(self.gain.subscribers or self.loss.subscribers)


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """How the catalogue would differ: tariffs with other packages, channels that come into packages and go out.

    Only a tariff in ``tariffs`` changes its packages, to the pairs given. ``removed`` None stands for every channel.
    """

    tariffs: Collection[int] = ()
    pairs: Collection[tuple[int, int]] = ()
    added: Collection[int] = ()
    into: Collection[int] = ()
    removed: Collection[int] | None = field(default=())
    out_of: Collection[int] = ()

    def params(self) -> dict[str, Any]:
        return {
            "tariffs": sorted(self.tariffs),
            "pair_tariffs": [tariff for tariff, _ in self.pairs],
            "pair_packages": [package for _, package in self.pairs],
            "added": sorted(self.added),
            "into": sorted(self.into),
            "removed": None if self.removed is None else sorted(self.removed),
            "out_of": sorted(self.out_of),
            "channels_shown": CHANNELS_SHOWN,
            "subscribers_shown": SUBSCRIBERS_SHOWN,
        }


def tariff_gets_packages(tariff_id: int, package_ids: Collection[int]) -> AccessChange:
    """Say what it would do if a tariff had these packages, and no others."""
    return _difference(_Catalogue(tariffs=[tariff_id], pairs=[(tariff_id, package) for package in set(package_ids)]))


def tariffs_deleted(tariff_ids: Collection[int]) -> AccessChange:
    return _difference(_Catalogue(tariffs=tariff_ids))


def packages_deleted(package_ids: Collection[int]) -> AccessChange:
    return _difference(_Catalogue(removed=None, out_of=package_ids))


def channels_arranged(
    channel_ids: Collection[int], *, add: Collection[int] = (), remove: Collection[int] = ()
) -> AccessChange:
    """Say what ``catalog.contents.arrange`` would do with these channels, and with the ids of packages."""
    into = set(add) - set(remove)  # they are taken out last
    return _difference(
        _Catalogue(added=channel_ids if into else (), into=into, removed=channel_ids if remove else (), out_of=remove)
    )


def _difference(catalogue: _Catalogue) -> AccessChange:
    deliverable, params = Channel.objects.deliverable().order_by().values("pk").query.sql_with_params()
    names = {f"deliverable_{number}": value for number, value in enumerate(params)}
    deliverable %= tuple(f"%({name})s" for name in names)
    with connection.cursor() as cursor:
        statement = DIFFERENCE.format(deliverable=deliverable, holdings=HOLDINGS)
        cursor.execute(statement, {**catalogue.params(), **names})
        (gaining, losing, left, gainers, losers, left_ids, gained, lost, gained_ids, lost_ids) = cursor.fetchone()
    subscribers = Subscriber.objects.in_bulk({*gainers, *losers, *left_ids})
    channels = Channel.objects.only("display_name", "stream_name").in_bulk({*gained_ids, *lost_ids})

    def examples(ids: Sequence[int]) -> tuple[Example, ...]:
        return tuple(Example(pk, str(subscribers[pk])) for pk in ids if pk in subscribers)

    def side(count: int, ids: Sequence[int], total: int, channel_ids: Sequence[int]) -> Side:
        return Side(count, examples(ids), total, tuple(str(channels[pk]) for pk in channel_ids if pk in channels))

    return AccessChange(
        gain=side(gaining, gainers, gained, gained_ids),
        loss=side(losing, losers, lost, lost_ids),
        left_with_nothing=left,
        left_examples=examples(left_ids),
    )
