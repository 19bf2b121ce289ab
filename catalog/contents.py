"""Which channels are in which packages. The database marks the tokens concerned stale by itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalog.models import Package
from channels.models import Channel, ChannelQuerySet

# One statement each: a package has up to tens of thousands of channels, and triggers fire once for each statement.
ADD = """
    INSERT INTO {table} (package_id, channel_id)
    SELECT package, channel FROM unnest(%s::bigint[]) AS package CROSS JOIN unnest(%s::bigint[]) AS channel
    ORDER BY package, channel
    ON CONFLICT DO NOTHING
"""
REMOVE = "DELETE FROM {table} WHERE package_id = ANY(%s) AND channel_id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Arranged:
    """What became of channels: who they were, how many were written, and how many places in packages came and went."""

    ids: frozenset[int]
    changed: int
    added: int
    removed: int


def in_package(channels: ChannelQuerySet, package_id: int) -> ChannelQuerySet:
    return channels.filter(pk__in=Package.channels.through.objects.filter(package=package_id).values("channel"))


def in_no_package(channels: ChannelQuerySet) -> ChannelQuerySet:
    # NOT IN would compare each channel with all places, once these are too many to be hashed: minutes instead of 0.1 s.
    return channels.filter(~Exists(Package.channels.through.objects.filter(channel=OuterRef("pk"))))


@transaction.atomic
def set_packages(channel: Channel, packages: Collection[int]) -> None:
    """Put a channel into the packages with these ids, and out of all others."""
    channel.packages.set(packages)


@transaction.atomic
def arrange(
    channels: ChannelQuerySet,
    *,
    columns: Mapping[str, Any],
    add: Collection[int] = (),
    remove: Collection[int] = (),
) -> Arranged:
    """Write columns of operators, such as the group, to many channels, and put them into packages and out of others.

    Packages are given by their ids. What is so already is left untouched, and not counted.
    """
    ids = list(channels.order_by("pk").values_list("pk", flat=True))
    changed = 0
    if columns:
        different = Channel.objects.filter(pk__in=ids).exclude(**columns)
        changed = different.update(**columns, updated_at=timezone.now())
    added = _execute(ADD, add, ids) if add else 0
    removed = _execute(REMOVE, remove, ids) if remove else 0
    return Arranged(frozenset(ids), changed, added, removed)


def _execute(sql: str, packages: Collection[int], channels: list[int]) -> int:
    table = connection.ops.quote_name(Package.channels.through._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(sql.format(table=table), [sorted(packages), channels])
        return int(cursor.rowcount)
