"""Why a subscriber has a channel, or why not: every path to it, what stands in the way, and where the token stands."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from django.conf import settings

from catalog.models import Package, Tariff
from channels.models import Channel
from integrations.auth_service.standing import DeliveryState, delivery_state
from subscribers.models import Subscriber
from subscribers.paths import Named, Path, Paths, paths_to

Obstacle = Literal["disabled", "not_yet_valid", "expired", "channel_inactive", "source_inactive", "no_path"]
OBSTACLES: tuple[Obstacle, ...] = get_args(Obstacle)


@dataclass(frozen=True, slots=True)
class Offer:
    """A package with the channel that the subscriber does not have, and the tariffs that would give it."""

    package: Named
    tariffs: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The facts. ``has``: may watch the channel now, as far as this service decides.

    ``obstacles`` are all that stands in the way, so none where ``has``. ``offers`` are what would grant
    the channel where no path does. An orphaned channel stays granted; playlists leave it out where
    ``hidden_as_orphan``.
    """

    subscriber: Named
    channel: Named
    has: bool
    obstacles: tuple[Obstacle, ...]
    status: str
    valid_from: datetime | None
    valid_until: datetime | None
    paths: tuple[Path, ...]
    offers: tuple[Offer, ...]
    orphaned: bool
    hidden_as_orphan: bool
    delivery: DeliveryState


def explain(subscriber: Subscriber, channel: Channel, *, now: datetime) -> Explanation:
    """Tell all that decides whether a subscriber may watch a channel, in a number of queries that does not grow."""
    paths = paths_to([channel.pk], subscriber).get(channel.pk, Paths()).shown
    obstacles = _obstacles(subscriber, channel, paths, now)
    orphaned = channel.sync_status == Channel.SyncStatus.ORPHANED
    return Explanation(
        subscriber=Named(subscriber.pk, str(subscriber)),
        channel=Named(channel.pk, channel.stream_name),
        has=not obstacles,
        obstacles=obstacles,
        status=subscriber.status,
        valid_from=subscriber.valid_from,
        valid_until=subscriber.valid_until,
        paths=paths,
        offers=() if paths else _offers(channel),
        orphaned=orphaned,
        hidden_as_orphan=orphaned and settings.PLAYLIST_HIDE_ORPHANS,
        delivery=delivery_state(subscriber.pk),
    )


def _offers(channel: Channel) -> tuple[Offer, ...]:
    tariffs: dict[int, list[Named]] = defaultdict(list)
    in_tariffs = Tariff.packages.through.objects.filter(package__channels=channel).order_by("tariff__name")
    for package_id, tariff_id, tariff in in_tariffs.values_list("package_id", "tariff_id", "tariff__name"):
        tariffs[package_id].append(Named(tariff_id, tariff))
    packages = Package.objects.filter(channels=channel).order_by("name").values_list("pk", "name")
    return tuple(Offer(Named(pk, name), tuple(tariffs[pk])) for pk, name in packages)


def _obstacles(
    subscriber: Subscriber, channel: Channel, paths: tuple[Path, ...], now: datetime
) -> tuple[Obstacle, ...]:
    conditions: dict[Obstacle, bool] = {
        "disabled": subscriber.status != Subscriber.Status.ENABLED,
        "not_yet_valid": subscriber.valid_from is not None and subscriber.valid_from > now,
        "expired": subscriber.valid_until is not None and subscriber.valid_until <= now,
        "channel_inactive": not channel.is_active,
        "source_inactive": not channel.source.is_active,
        "no_path": not paths,
    }
    return tuple(obstacle for obstacle, is_met in conditions.items() if is_met)
