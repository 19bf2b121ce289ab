"""Who holds a channel, a package or a tariff."""

import pytest

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channel
from subscribers.holders import holders_of_channels, holders_of_packages, holders_of_tariffs
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def test_holders_are_found_by_every_path_and_counted_once() -> None:
    channel = make_channel()
    package = make_package(channels=[channel])
    tariff = make_tariff(packages=[package])
    direct = make_subscriber(channels=[channel])
    by_package = make_subscriber(packages=[package])
    by_tariff = make_subscriber(tariffs=[tariff])
    by_all = make_subscriber(channels=[channel], packages=[package], tariffs=[tariff])
    make_subscriber(channels=[make_channel()], packages=[make_package()], tariffs=[make_tariff()])

    assert sorted(holders_of_tariffs([tariff.pk]), key=lambda s: s.pk) == [by_tariff, by_all]
    assert sorted(holders_of_packages([package.pk]), key=lambda s: s.pk) == [by_package, by_tariff, by_all]
    assert sorted(holders_of_channels([channel.pk]), key=lambda s: s.pk) == [direct, by_package, by_tariff, by_all]


def test_several_are_asked_for_at_once() -> None:
    packages = [make_package(), make_package()]
    both, one = make_subscriber(packages=packages), make_subscriber(packages=packages[:1])

    assert set(holders_of_packages([package.pk for package in packages])) == {both, one}
