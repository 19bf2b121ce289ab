"""Who holds a channel, a package or a tariff: the resolution of ``entitlements`` read from the other end."""

from collections.abc import Collection
from typing import Any

from django.db import connection, models

from catalog.models import Package
from subscribers.models import Subscriber, SubscriberQuerySet

Ids = Collection[int] | models.QuerySet[Any, Any]
"""Or a query for them, where they are tens of thousands."""

# What each subscriber holds, those without tariffs and packages left out; to be grouped by subscriber_id.
HOLDINGS = """
    SELECT subscriber_id, array_agg(tariff_id ORDER BY tariff_id), array_agg(package_id ORDER BY package_id)
    FROM (
        SELECT subscriber_id, tariff_id, NULL::bigint FROM subscribers_subscriber_tariffs
        UNION ALL
        SELECT subscriber_id, NULL, package_id FROM subscribers_subscriber_packages
    ) AS held (subscriber_id, tariff_id, package_id)
"""
# Subscribers who hold the same are counted together: a hundred thousand of them hold a few hundred combinations.
HOLDER_COUNTS = f"""
    WITH alike (n, tariffs, packages) AS MATERIALIZED (
        SELECT count(*), tariffs, packages FROM (
            {HOLDINGS} GROUP BY subscriber_id
        ) AS holding (subscriber_id, tariffs, packages)
        GROUP BY tariffs, packages
    ), given (tariffs, packages, n, package_id) AS (
        SELECT tariffs, packages, n, unnest(packages) FROM alike
        UNION
        SELECT tariffs, packages, n, package_id
        FROM (SELECT tariffs, packages, n, unnest(tariffs) AS tariff_id FROM alike) AS held
        JOIN catalog_tariff_packages USING (tariff_id)
    )
    SELECT package_id, sum(n)::bigint FROM given WHERE package_id = ANY (%s) GROUP BY package_id
"""


def holders_of_tariffs(ids: Collection[int]) -> SubscriberQuerySet:
    """Return the subscribers with any of the tariffs, each once."""
    held = Subscriber.tariffs.through.objects.filter(tariff__in=ids)
    return Subscriber.objects.filter(pk__in=held.values("subscriber"))


def holders_of_packages(ids: Collection[int]) -> SubscriberQuerySet:
    """Return the subscribers with any of the packages, directly or by a tariff, each once."""
    direct = Subscriber.packages.through.objects.filter(package__in=ids)
    by_tariff = Subscriber.tariffs.through.objects.filter(tariff__packages__in=ids)
    return Subscriber.objects.filter(pk__in=direct.values("subscriber").union(by_tariff.values("subscriber")))


def holders_of_channels(ids: Ids) -> SubscriberQuerySet:
    """Return the subscribers with any of the channels, directly, by a package or by a tariff, each once."""
    packages = Package.channels.through.objects.filter(channel__in=ids).values("package")
    direct = Subscriber.channels.through.objects.filter(channel__in=ids)
    by_package = Subscriber.packages.through.objects.filter(package__in=packages)
    by_tariff = Subscriber.tariffs.through.objects.filter(tariff__packages__in=packages)
    held = direct.values("subscriber").union(by_package.values("subscriber"), by_tariff.values("subscriber"))
    return Subscriber.objects.filter(pk__in=held)


def holder_counts(package_ids: Collection[int]) -> dict[int, int]:
    """Return how many subscribers have each of many packages, in one query; packages that nobody has are left out."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDER_COUNTS, [list(package_ids)])
        return dict(cursor.fetchall())
