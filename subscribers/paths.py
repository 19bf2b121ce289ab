"""By which paths a subscriber gets channels: directly, by a package, or by a package in a tariff."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from django.db import connection

from subscribers.models import Subscriber

# The same three ways as in ``entitlements``; the names are read for what is shown only.
PATHS = """
    WITH path (channel_id, package_id, tariff_id) AS (
        SELECT channel_id, NULL::bigint, NULL::bigint FROM subscribers_subscriber_channels
        WHERE subscriber_id = %(subscriber)s AND channel_id = ANY(%(channels)s)
        UNION ALL
        SELECT channel_id, package_id, NULL FROM subscribers_subscriber_packages
        JOIN catalog_package_channels USING (package_id)
        WHERE subscriber_id = %(subscriber)s AND channel_id = ANY(%(channels)s)
        UNION ALL
        SELECT channel_id, package_id, tariff_id FROM subscribers_subscriber_tariffs
        JOIN catalog_tariff_packages USING (tariff_id)
        JOIN catalog_package_channels USING (package_id)
        WHERE subscriber_id = %(subscriber)s AND channel_id = ANY(%(channels)s)
    ), ranked AS (
        SELECT channel_id, tariff.id AS tariff_id, tariff.name AS tariff, package.id AS package_id,
            package.name AS package, count(*) OVER (PARTITION BY channel_id) AS total, row_number() OVER (
                PARTITION BY channel_id
                ORDER BY path.package_id IS NOT NULL, path.tariff_id IS NOT NULL, tariff.name, package.name
            ) AS place
        FROM path
        LEFT JOIN catalog_package AS package ON package.id = path.package_id
        LEFT JOIN catalog_tariff AS tariff ON tariff.id = path.tariff_id
    )
    SELECT channel_id, total, tariff_id, tariff, package_id, package FROM ranked
    WHERE place <= %(most)s ORDER BY channel_id, place
"""
ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Named:
    """A row by id and name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """One way by which a channel is granted: directly, by a package, or by a package in a tariff."""

    kind: Literal["direct", "package", "tariff"]
    tariff: Named | None = None
    package: Named | None = None


@dataclass(frozen=True, slots=True)
class Paths:
    """The first of the paths to a channel, and how many more there are."""

    shown: tuple[Path, ...] = ()
    more: int = 0


def paths_to(channel_ids: Collection[int], subscriber: Subscriber, *, most: int = ALL) -> dict[int, Paths]:
    """Return the paths to each of the channels, ``most`` of each, in one query: direct ones first, then by name.

    A channel to which nothing leads is left out. Whether staff or a source have switched it off is not asked.
    """
    found: dict[int, list[Path]] = {}
    totals: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(PATHS, {"subscriber": subscriber.pk, "channels": list(channel_ids), "most": most})
        for channel_id, total, *way in cursor.fetchall():
            found.setdefault(channel_id, []).append(_path(*way))
            totals[channel_id] = total
    return {pk: Paths(tuple(paths), totals[pk] - len(paths)) for pk, paths in found.items()}


def _path(tariff_id: int | None, tariff: str, package_id: int | None, package: str) -> Path:
    if package_id is None:
        return Path("direct")
    if tariff_id is None:
        return Path("package", package=Named(package_id, package))
    return Path("tariff", Named(tariff_id, tariff), Named(package_id, package))
