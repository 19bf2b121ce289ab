"""Why a subscriber has a channel, or why not: every path to it, what stands in the way, and where the token stands."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from django.conf import settings
from django.db.models import Exists, OuterRef

from catalog.models import Package, Tariff
from channels.models import Channel
from integrations.auth_service.standing import DeliveryState, delivery_state
from subscribers.models import Subscriber

Obstacle = Literal["disabled", "not_yet_valid", "expired", "channel_inactive", "source_inactive", "no_path"]
OBSTACLES: tuple[Obstacle, ...] = get_args(Obstacle)


@dataclass(frozen=True, slots=True)
class Named:
    """A row by id and name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """One way by which the channel is granted: directly, by a package, or by a package in a tariff."""

    kind: Literal["direct", "package", "tariff"]
    tariff: Named | None = None
    package: Named | None = None


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
    paths, offers = _paths_and_offers(subscriber, channel)
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
        offers=() if paths else offers,
        orphaned=orphaned,
        hidden_as_orphan=orphaned and settings.PLAYLIST_HIDE_ORPHANS,
        delivery=delivery_state(subscriber.pk),
    )


def _paths_and_offers(subscriber: Subscriber, channel: Channel) -> tuple[tuple[Path, ...], tuple[Offer, ...]]:
    held_packages = Subscriber.packages.through.objects.filter(subscriber=subscriber, package=OuterRef("pk"))
    held_tariffs = Subscriber.tariffs.through.objects.filter(subscriber=subscriber, tariff=OuterRef("tariff"))
    packages = Package.objects.filter(channels=channel).order_by("name").annotate(held=Exists(held_packages))
    in_tariffs = (
        Tariff.packages.through.objects.filter(package__channels=channel)
        .order_by("tariff__name", "package__name")
        .values_list("package_id", "package__name", "tariff_id", "tariff__name", Exists(held_tariffs))
    )
    by_tariff: list[Path] = []
    tariffs: dict[int, list[Named]] = defaultdict(list)
    for package_id, package, tariff_id, tariff, held in in_tariffs:
        tariffs[package_id].append(Named(tariff_id, tariff))
        if held:
            by_tariff.append(Path("tariff", Named(tariff_id, tariff), Named(package_id, package)))
    direct = [Path("direct")] if subscriber.channels.filter(pk=channel.pk).exists() else []
    by_package = []
    offers = []
    for pk, name, held in packages.values_list("pk", "name", "held"):
        offers.append(Offer(Named(pk, name), tuple(tariffs[pk])))
        if held:
            by_package.append(Path("package", package=Named(pk, name)))
    return (*direct, *by_package, *by_tariff), tuple(offers)


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
