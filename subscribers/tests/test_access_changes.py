"""What a change of the catalogue would do to access, said before it is made."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.contents import arrange
from catalog.models import Package, Tariff
from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, Source
from channels.tests.factories import make_channel
from subscribers.access_changes import (
    AccessChange,
    channels_arranged,
    packages_deleted,
    tariff_gets_packages,
    tariffs_deleted,
)
from subscribers.entitlements import entitled_streams
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
CHANNELS, PACKAGES, TARIFFS, SUBSCRIBERS = 8, 5, 4, 7


def subsets(size: int) -> st.SearchStrategy[set[int]]:
    return st.sets(st.integers(0, size - 1))


def lists_of(amount: int, size: int) -> st.SearchStrategy[list[set[int]]]:
    return st.lists(subsets(size), min_size=amount, max_size=amount)


TOWNS = st.fixed_dictionaries(
    {
        "hidden": subsets(CHANNELS),
        "elsewhere": subsets(CHANNELS),
        "packages": lists_of(PACKAGES, CHANNELS),
        "tariffs": lists_of(TARIFFS, PACKAGES),
        "with_tariffs": lists_of(SUBSCRIBERS, TARIFFS),
        "with_packages": lists_of(SUBSCRIBERS, PACKAGES),
        "with_channels": lists_of(SUBSCRIBERS, CHANNELS),
    }
)
CHANGES = st.one_of(
    st.tuples(st.just("tariff gets packages"), st.integers(0, TARIFFS - 1), subsets(PACKAGES)),
    st.tuples(st.just("tariffs deleted"), subsets(TARIFFS), st.none()),
    st.tuples(st.just("packages deleted"), subsets(PACKAGES), st.none()),
    st.tuples(st.just("channels arranged"), subsets(CHANNELS), st.tuples(subsets(PACKAGES), subsets(PACKAGES))),
)


class Town:
    """A small catalogue with its subscribers."""

    def __init__(self, plan: dict[str, Any]) -> None:
        other = Source.objects.create(name="Switched off", kind="m3u", slug="off", is_active=False)
        self.channels = [
            make_channel(is_active=number not in plan["hidden"], source=other if number in plan["elsewhere"] else None)
            for number in range(CHANNELS)
        ]
        self.packages = [make_package(channels=self.those(self.channels, chosen)) for chosen in plan["packages"]]
        self.tariffs = [make_tariff(packages=self.those(self.packages, chosen)) for chosen in plan["tariffs"]]
        self.subscribers = [
            make_subscriber(
                tariffs=self.those(self.tariffs, tariffs),
                packages=self.those(self.packages, packages),
                channels=self.those(self.channels, channels),
            )
            for tariffs, packages, channels in zip(
                plan["with_tariffs"], plan["with_packages"], plan["with_channels"], strict=True
            )
        ]

    @staticmethod
    def those(rows: list[Any], chosen: Iterable[int]) -> list[Any]:
        return [rows[number] for number in sorted(chosen)]

    def ids(self, rows: list[Any], chosen: Iterable[int]) -> list[int]:
        return [row.pk for row in self.those(rows, chosen)]

    def planned(self, change: tuple[str, Any, Any]) -> tuple[AccessChange, Callable[[], object]]:
        """Return what a change would do, and what makes it."""
        match change:
            case "tariff gets packages", number, chosen:
                tariff, ids = self.tariffs[number], self.ids(self.packages, chosen)
                return tariff_gets_packages(tariff.pk, ids), lambda: tariff.packages.set(ids)
            case "tariffs deleted", chosen, _:
                ids = self.ids(self.tariffs, chosen)
                return tariffs_deleted(ids), Tariff.objects.filter(pk__in=ids).delete
            case "packages deleted", chosen, _:
                ids = self.ids(self.packages, chosen)
                return packages_deleted(ids), Package.objects.filter(pk__in=ids).delete
            case _, chosen, (into, out_of):
                ids = self.ids(self.channels, chosen)
                add, remove = self.ids(self.packages, into), self.ids(self.packages, out_of)
                rows = Channel.objects.filter(pk__in=ids)
                return (
                    channels_arranged(ids, add=add, remove=remove),
                    lambda: arrange(rows, columns={}, add=add, remove=remove),
                )
        raise AssertionError(change)

    def access(self) -> dict[int, set[str]]:
        streams = entitled_streams([subscriber.pk for subscriber in self.subscribers])
        return {subscriber.pk: set(streams.get(subscriber.pk, ())) for subscriber in self.subscribers}


def expected(before: dict[int, set[str]], after: dict[int, set[str]]) -> tuple[Any, ...]:
    gained = {pk: after[pk] - before[pk] for pk in before if after[pk] - before[pk]}
    lost = {pk: before[pk] - after[pk] for pk in before if before[pk] - after[pk]}
    left = [pk for pk in lost if not after[pk]]
    return side(gained), side(lost), len(left), sorted(left)[:5]


def side(changed: dict[int, set[str]]) -> tuple[Any, ...]:
    streams = set().union(*changed.values())
    channels = Channel.objects.filter(stream_name__in=streams).order_by("sort_order")
    return len(changed), sorted(changed)[:5], len(streams), [str(channel) for channel in channels]


def told(change: AccessChange) -> tuple[Any, ...]:
    sides = [
        (part.subscribers, [example.id for example in part.examples], part.channels, list(part.channel_names))
        for part in (change.gain, change.loss)
    ]
    return *sides, change.left_with_nothing, [example.id for example in change.left_examples]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=TOWNS, change=CHANGES)
def test_what_is_said_before_a_change_is_what_it_does(plan: dict[str, Any], change: Any, db: None) -> None:
    with transaction.atomic():
        town = Town(plan)
        said, make = town.planned(change)
        before = town.access()
        make()
        assert told(said) == expected(before, town.access())
        transaction.set_rollback(True)
