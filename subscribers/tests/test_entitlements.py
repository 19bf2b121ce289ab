import pytest

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channels
from subscribers.entitlements import entitled_channels, entitled_streams
from subscribers.models import OutboxEntry
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def test_channels_come_directly_by_package_and_by_tariff_each_once() -> None:
    a, b, c, _unrelated = make_channels(4)
    package = make_package(channels=[b])
    tariff = make_tariff(packages=[make_package(channels=[b, c]), package])
    subscriber = make_subscriber(channels=[a, b], packages=[package], tariffs=[tariff])

    assert list(entitled_channels(subscriber).order_by("pk")) == [a, b, c]
    assert entitled_streams([subscriber.pk]) == {subscriber.pk: sorted(c.stream_name for c in (a, b, c))}
    OutboxEntry.objects.all().delete()
    from catalog.models import Package

    Package.channels.through.objects.filter(package=package).delete()
    assert OutboxEntry.objects.count() == 1
