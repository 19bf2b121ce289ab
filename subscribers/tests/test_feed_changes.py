"""What the feed tells: who, by which way, what, before and after, with names and without secrets."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from catalog.models import Package
from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel
from channels.tests.factories import make_channel, make_group
from demo.flussonic import FlussonicStandIn
from playlist_project.history import made_by
from subscribers.feed.changes import HIDDEN, Change
from subscribers.feed.events import Selection
from subscribers.feed.following import latest
from subscribers.feed.names import Thing
from subscribers.models import Subscriber
from subscribers.services import rotate_token
from subscribers.tests.factories import make_subscriber
from subscribers.tests.feed_steps import told

pytestmark = pytest.mark.django_db


def last(**selection: Any) -> Change:
    return latest(Selection(**selection), limit=1)[0]


def test_a_change_tells_the_changed_fields_only() -> None:
    subscriber = make_subscriber(notes="old", valid_until=datetime(2026, 1, 1, tzinfo=UTC))
    Subscriber.objects.filter(pk=subscriber.pk).update(notes="new", valid_until=None)

    change = last()

    assert (change.action, change.subject) == ("changed", Thing("subscriber", subscriber.pk, str(subscriber)))
    assert change.before == {"notes": "old", "valid_until": datetime(2026, 1, 1, tzinfo=UTC)}
    assert change.after == {"notes": "new", "valid_until": None}


def test_before_and_after_of_a_creation_and_a_deletion_are_all_fields() -> None:
    make_package(name="Basic", description="news").delete()

    deleted, created = latest(limit=2)

    assert (created.action, created.before, created.after) == ("created", {}, {"name": "Basic", "description": "news"})
    assert (deleted.action, deleted.before, deleted.after) == ("deleted", created.after, {})


def test_ids_in_fields_are_told_by_name() -> None:
    old, new = make_group(name="News"), make_group(name="Sport")
    channel = make_channel(group=old)
    Channel.objects.update(group=new)

    change = last(type="channel", id=channel.pk)

    assert change.before == {"group": Thing("group", old.pk, "News")}
    assert change.after == {"group": Thing("group", new.pk, "Sport")}


def test_an_assignment_tells_both_ends() -> None:
    package, tariff, channel = make_package(name="Basic"), make_tariff(name="Family"), make_channel(display_name="ОТР")
    subscriber = make_subscriber(last_name="Petrova", first_name="Anna", agreement_number="A")
    package.channels.add(channel)
    tariff.packages.add(package)
    subscriber.tariffs.add(tariff)
    subscriber.packages.add(package)
    subscriber.channels.add(channel)
    subscriber.channels.clear()

    assert [told(change) for change in reversed(latest(limit=6))] == [
        ("assigned", "package", "Basic", "ОТР"),
        ("assigned", "tariff", "Family", "Basic"),
        ("assigned", "subscriber", "Petrova Anna (A)", "Family"),
        ("assigned", "subscriber", "Petrova Anna (A)", "Basic"),
        ("assigned", "subscriber", "Petrova Anna (A)", "ОТР"),
        ("unassigned", "subscriber", "Petrova Anna (A)", "ОТР"),
    ]


def test_what_is_gone_keeps_its_last_name() -> None:
    package, subscriber = make_package(name="Old"), make_subscriber()
    subscriber.packages.add(package)
    Package.objects.update(name="Basic")
    package.delete()

    assert told(last(type="subscriber", id=subscriber.pk)) == ("unassigned", "subscriber", str(subscriber), "Basic")


def test_secrets_are_told_as_changed_and_never_shown() -> None:
    subscriber = make_subscriber(token="secret-token-1")
    rotate_token(subscriber)
    Subscriber.objects.update(password_digest="hashed$secret")

    password, token = latest(limit=2)

    assert (token.action, token.before, token.after) == ("changed", {"token": HIDDEN}, {"token": HIDDEN})
    assert (password.action, password.before, password.after) == ("changed", {"password": HIDDEN}, {"password": HIDDEN})
    everything = repr(latest(limit=100))
    assert subscriber.token not in everything
    assert "secret" not in everything


def test_a_logo_is_told_by_its_hash() -> None:
    make_channel()
    Channel.objects.update(tvg_logo="data:image/png;base64,AAAA")

    change = last()

    assert change.before == {"logo": None}
    assert len(change.after["logo"]) == 32


def test_the_admin_says_who_and_by_which_way(client: Client, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_superuser("olga"))
    client.post("/admin/catalog/package/add/", {"name": "Basic"})

    change = last()

    assert (change.actor, change.way, told(change)) == ("olga", "admin", ("created", "package", "Basic"))


def test_the_api_says_who_by_which_way_and_why(client: Client, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_superuser("olga"))
    client.post("/api/v1/packages", {"name": "Basic"}, "application/json", headers={"X-Reason": "a new offer"})

    change = last()

    assert (change.actor, change.way, change.reason) == ("olga", "api", "a new offer")


def test_a_command_says_so(settings: Any) -> None:
    with FlussonicStandIn([{"name": "news", "named_by": "config"}]) as flussonic:
        settings.FLUSSONIC_URL = flussonic.url
        call_command("sync_channels", stdout=StringIO(), stderr=StringIO())

    change = last()

    assert (change.actor, change.way, change.action) == ("command line", "command", "created")


def test_sql_by_hand_is_kept_too() -> None:
    make_package(name="Basic")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_package SET name = 'Extra'")

    change = last()

    assert (change.actor, change.way, change.before) == ("", "database", {"name": "Basic"})


def test_rows_that_are_copied_in_are_kept_too() -> None:
    package, channel = make_package(), make_channel()
    with made_by("importer", way="command"), connection.cursor() as cursor:
        cursor.execute("SET LOCAL application_name = 'x'")  # COPY alone would carry no context
        with cursor.copy("COPY catalog_package_channels (package_id, channel_id) FROM STDIN") as copy:
            copy.write_row((package.pk, channel.pk))

    change = last()

    assert (change.actor, told(change)) == ("importer", ("assigned", "package", package.name, str(channel)))


def test_a_selection_finds_what_concerns_either_end() -> None:
    package, channel = make_package(name="Basic"), make_channel(display_name="news")
    subscriber = make_subscriber(packages=[package])
    with made_by("olga", way="admin"):
        package.channels.add(channel)

    def found(**selection: Any) -> list[str]:
        return [change.action for change in latest(Selection(**selection), limit=10)]

    assert found(type="channel") == ["assigned", "created"]
    assert found(type="package", id=package.pk) == ["assigned", "assigned", "created"]
    assert found(type="subscriber", id=subscriber.pk) == ["assigned", "created"]
    assert found(type="subscriber", id=package.pk + 1000) == []
    assert found(actor="olga") == found(way="admin") == ["assigned"]
    assert found(way="database") == ["assigned", "created", "created", "created"]
    assert found(type="group", visible=["channel"]) == []
    assert found(visible=["channel"]) == ["created"]
    assert found(begin=datetime(2000, 1, 1, tzinfo=UTC)) == found()
    assert found(end=datetime(2000, 1, 1, tzinfo=UTC)) == []


@pytest.mark.parametrize("amount", [2, 20])
def test_any_number_of_changes_takes_the_same_queries(
    amount: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(amount):
        channel = make_channel(group=make_group())
        package = make_package(channels=[channel])
        make_subscriber(packages=[package], channels=[channel], tariffs=[make_tariff(packages=[package])])
        package.delete()

    with django_assert_num_queries(8):  # the events, six kinds of names, names of packages that are gone
        latest(limit=1000)
