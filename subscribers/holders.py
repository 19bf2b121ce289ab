"""Who holds a channel, a package or a tariff: the resolution of ``entitlements`` read from the other end."""

from collections.abc import Collection

from catalog.models import Package
from subscribers.models import Subscriber, SubscriberQuerySet


def holders_of_tariffs(ids: Collection[int]) -> SubscriberQuerySet:
    """Return the subscribers with any of the tariffs, each once."""
    held = Subscriber.tariffs.through.objects.filter(tariff__in=ids)
    return Subscriber.objects.filter(pk__in=held.values("subscriber"))


def holders_of_packages(ids: Collection[int]) -> SubscriberQuerySet:
    """Return the subscribers with any of the packages, directly or by a tariff, each once."""
    direct = Subscriber.packages.through.objects.filter(package__in=ids)
    by_tariff = Subscriber.tariffs.through.objects.filter(tariff__packages__in=ids)
    return Subscriber.objects.filter(pk__in=direct.values("subscriber").union(by_tariff.values("subscriber")))


def holders_of_channels(ids: Collection[int]) -> SubscriberQuerySet:
    """Return the subscribers with any of the channels, directly, by a package or by a tariff, each once."""
    packages = Package.channels.through.objects.filter(channel__in=ids).values("package")
    direct = Subscriber.channels.through.objects.filter(channel__in=ids)
    by_package = Subscriber.packages.through.objects.filter(package__in=packages)
    by_tariff = Subscriber.tariffs.through.objects.filter(tariff__packages__in=packages)
    held = direct.values("subscriber").union(by_package.values("subscriber"), by_tariff.values("subscriber"))
    return Subscriber.objects.filter(pk__in=held)
