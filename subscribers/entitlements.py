"""Who may watch what: the one resolution of subscriptions into channels, for one subscriber and for many."""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from catalog.models import Package
from channels.models import Channel, ChannelQuerySet
from subscribers.models import Subscriber


def entitled_channels(subscriber: Subscriber) -> ChannelQuerySet:
    """Return the channels granted to a subscriber: directly, by package, by tariff.

    Each channel once, in one query, however the caller goes on from here. Nothing that staff or
    a source have switched off.
    """
    direct = Subscriber.channels.through.objects.filter(subscriber=subscriber)
    by_package = Package.channels.through.objects.filter(package__subscribers=subscriber)
    by_tariff = Package.channels.through.objects.filter(package__tariffs__subscribers=subscriber)
    # UNION, not OR-ed EXISTS or joins: 15 times faster at 90,000 channels, and no DISTINCT over wide rows.
    granted = direct.values("channel").union(by_package.values("channel"), by_tariff.values("channel"))
    return Channel.objects.deliverable().filter(pk__in=granted)


def entitled_streams(subscriber_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the sorted stream names granted to each of many subscribers, in one query.

    The same rule as ``entitled_channels``; a subscriber without any is left out.
    """
    if not subscriber_ids:
        return {}
    granted, granted_params = grants(subscriber_ids).query.sql_with_params()
    deliverable, deliverable_params = (
        Channel.objects.deliverable().order_by().values("pk", "stream_name").query.sql_with_params()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT granted.subscriber_id, array_agg(channel.stream_name ORDER BY channel.stream_name COLLATE "C")
            FROM ({granted}) AS granted (subscriber_id, channel_id)
            JOIN ({deliverable}) AS channel (id, stream_name) ON channel.id = granted.channel_id
            GROUP BY granted.subscriber_id
            """,
            [*granted_params, *deliverable_params],
        )
        return dict(cursor.fetchall())


def grants(subscriber_ids: Collection[int]) -> "QuerySet[Any, tuple[int, int]]":
    """Return each (subscriber id, channel id) that some path grants, once."""
    direct = Subscriber.channels.through.objects.filter(subscriber__in=subscriber_ids)
    by_package = Subscriber.packages.through.objects.filter(
        subscriber__in=subscriber_ids, package__channels__isnull=False
    )
    by_tariff = Subscriber.tariffs.through.objects.filter(
        subscriber__in=subscriber_ids, tariff__packages__channels__isnull=False
    )
    return direct.values_list("subscriber_id", "channel_id").union(
        by_package.values_list("subscriber_id", "package__channels"),
        by_tariff.values_list("subscriber_id", "tariff__packages__channels"),
    )
