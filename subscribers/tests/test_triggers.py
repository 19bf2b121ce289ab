"""The database marks tokens stale by itself, whoever makes the change and however."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import Package, Tariff
from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, Source
from channels.tests.factories import make_channel
from subscribers.models import OutboxEntry, Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db

ACCESS: dict[str, Callable[[Subscriber], Any]] = {
    "status by QuerySet.update": lambda s: Subscriber.objects.filter(pk=s.pk).update(status="disabled"),
    "valid_until": lambda s: Subscriber.objects.filter(pk=s.pk).update(valid_until=timezone.now()),
    "valid_from": lambda s: Subscriber.objects.filter(pk=s.pk).update(valid_from=timezone.now()),
    "max_sessions": lambda s: Subscriber.objects.filter(pk=s.pk).update(max_sessions=7),
    "agreement number": lambda s: Subscriber.objects.filter(pk=s.pk).update(agreement_number="new"),
    "name": lambda s: Subscriber.objects.filter(pk=s.pk).update(last_name="new"),
    "a direct channel": lambda s: s.channels.add(make_channel()),
    "a package less": lambda s: s.packages.clear(),
    "a tariff less": lambda s: s.tariffs.clear(),
    "a package's channels": lambda s: s.packages.get().channels.add(make_channel()),
    "the channels of a package in a tariff": lambda s: s.tariffs.get().packages.get().channels.clear(),
    "a tariff's packages": lambda s: s.tariffs.get().packages.add(make_package()),
    "a channel renamed": lambda s: Channel.objects.filter(packages__tariffs__subscribers=s).update(stream_name="new"),
    "a channel switched off": lambda s: Channel.objects.filter(packages__subscribers=s).update(is_active=False),
    "a channel moved to another source": lambda s: Channel.objects.filter(packages__subscribers=s).update(
        source=Source.objects.create(name="other", kind="m3u", slug="other")
    ),
    "a source switched off": lambda s: Source.objects.update(is_active=False),
    "a channel deleted": lambda s: Channel.objects.filter(packages__subscribers=s).delete(),
    "a package deleted": lambda s: s.packages.get().delete(),
    "a tariff deleted": lambda s: s.tariffs.get().delete(),
    "raw SQL": lambda s: connection.cursor().execute("DELETE FROM catalog_package_channels"),
}
NO_ACCESS: dict[str, Callable[[Subscriber], Any]] = {
    "last_access": lambda s: Subscriber.objects.filter(pk=s.pk).update(last_access=timezone.now()),
    "auth_token_id": lambda s: Subscriber.objects.filter(pk=s.pk).update(auth_token_id=5),
    "notes": lambda s: Subscriber.objects.filter(pk=s.pk).update(notes="new"),
    "the same values again": lambda s: s.save(),
    "a channel's title": lambda s: Channel.objects.update(display_name="new"),
    "a channel's order, group, logo": lambda s: Channel.objects.update(sort_order=9, group=None, tvg_logo="http://x"),
    "a channel seen by a sync": lambda s: Channel.objects.update(last_seen_at=timezone.now()),
    "a package's name": lambda s: Package.objects.update(name="new") if Package.objects.count() == 1 else None,
    "a tariff's name": lambda s: Tariff.objects.update(name="new"),
    "somebody else's package": lambda s: make_package(channels=[make_channel()]),
}


@pytest.fixture
def subscriber() -> Subscriber:
    package = make_package(channels=[make_channel()])
    tariff = make_tariff(packages=[make_package(channels=[make_channel()])])
    subscriber = make_subscriber(packages=[package], tariffs=[tariff])
    OutboxEntry.objects.all().delete()
    return subscriber


@pytest.mark.parametrize("change", ACCESS.values(), ids=ACCESS)
def test_what_access_depends_on_makes_the_token_stale(
    change: Callable[[Subscriber], Any], subscriber: Subscriber
) -> None:
    change(subscriber)
    assert [entry.token for entry in OutboxEntry.objects.all()] == [subscriber.token]


@pytest.mark.parametrize("change", NO_ACCESS.values(), ids=NO_ACCESS)
def test_what_access_does_not_depend_on_marks_nothing(
    change: Callable[[Subscriber], Any], subscriber: Subscriber
) -> None:
    change(subscriber)
    assert not OutboxEntry.objects.exists()


def test_a_new_token_marks_the_old_one_with_its_id_over_there(subscriber: Subscriber) -> None:
    Subscriber.objects.filter(pk=subscriber.pk).update(auth_token_id=41)
    Subscriber.objects.filter(pk=subscriber.pk).update(token="another-token", auth_token_id=None)
    assert dict(OutboxEntry.objects.values_list("token", "auth_token_id")) == {
        subscriber.token: 41,
        "another-token": None,
    }


def test_a_changed_token_marks_both_the_old_and_the_new(subscriber: Subscriber) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE subscribers_subscriber SET token = reverse(token)")
    assert OutboxEntry.objects.count() == 2


def test_a_deleted_subscriber_leaves_token_and_id(subscriber: Subscriber) -> None:
    Subscriber.objects.filter(pk=subscriber.pk).update(auth_token_id=41)
    subscriber.delete()
    entry = OutboxEntry.objects.get()
    assert (entry.token, entry.auth_token_id) == (subscriber.token, 41)


def test_every_change_gives_the_entry_a_fresh_change_id_and_keeps_its_age(subscriber: Subscriber) -> None:
    subscriber.channels.add(make_channel())
    first = OutboxEntry.objects.get()
    subscriber.channels.add(make_channel())
    second = OutboxEntry.objects.get()
    assert first.change_id != second.change_id
    assert first.stale_since == second.stale_since


def test_all_holders_are_marked_by_the_statement_of_the_change(django_assert_num_queries: Any) -> None:
    package = make_package()
    for _ in range(20):
        make_subscriber(packages=[package])
    channel = make_channel()
    OutboxEntry.objects.all().delete()
    link = Package.channels.through(package=package, channel=channel)
    with django_assert_num_queries(1):
        Package.channels.through.objects.bulk_create([link])
    assert OutboxEntry.objects.count() == 20
