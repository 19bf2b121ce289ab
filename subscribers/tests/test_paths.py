"""By which paths channels are granted."""

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channel, make_channels
from subscribers.paths import Path, Paths, paths_to
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def told(path: Path) -> str:
    return " > ".join([path.kind, *(row.name for row in (path.tariff, path.package) if row)])


def test_every_way_is_named_direct_ones_first() -> None:
    channel = make_channel()
    sport, basic = make_package(name="Sport", channels=[channel]), make_package(name="Basic", channels=[channel])
    tariff = make_tariff(name="Premium", packages=[sport, basic])
    subscriber = make_subscriber(channels=[channel], packages=[sport], tariffs=[tariff])

    found = paths_to([channel.pk], subscriber)[channel.pk]

    ways = ["direct", "package > Sport", "tariff > Premium > Basic", "tariff > Premium > Sport"]
    assert ([told(path) for path in found.shown], found.more) == (ways, 0)


def test_of_many_paths_the_first_are_named_and_the_rest_counted() -> None:
    channel = make_channel()
    packages = [make_package(name=f"Package {letter}", channels=[channel]) for letter in "EDCBA"]
    subscriber = make_subscriber(packages=packages)

    found = paths_to([channel.pk], subscriber, most=3)[channel.pk]

    assert [told(path) for path in found.shown] == [f"package > Package {letter}" for letter in "ABC"]
    assert found.more == 2


def test_what_others_hold_and_what_is_not_asked_for_is_left_out() -> None:
    own, asked, not_asked = make_channels(3)
    subscriber = make_subscriber(channels=[own, not_asked])
    make_subscriber(channels=[asked], packages=[make_package(channels=[own])])

    assert paths_to([own.pk, asked.pk], subscriber) == {own.pk: Paths((Path("direct"),))}


@pytest.mark.parametrize("amount", [2, 20])
def test_any_number_of_channels_takes_one_query(amount: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    channels = make_channels(amount)
    packages = [make_package(channels=channels) for _ in range(amount)]
    subscriber = make_subscriber(packages=packages, tariffs=[make_tariff(packages=packages)])

    with django_assert_num_queries(1):
        found = paths_to([channel.pk for channel in channels], subscriber)

    assert {len(paths.shown) for paths in found.values()} == {2 * amount}
