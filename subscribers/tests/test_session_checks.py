"""Whatever can take access away adds a session check by itself; what only gives adds none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import Package, Tariff
from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, Source
from channels.tests.factories import make_channel
from subscribers import session_checks
from subscribers.models import OutboxEntry, SessionCheck, SessionWatch, Subscriber
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
Change = Callable[[Subscriber], Any]
NOW = timezone.now()


def change(**values: Any) -> Change:
    return lambda s: Subscriber.objects.filter(pk=s.pk).update(**values)


OF_ONE: dict[str, Change] = {
    "disabled": change(status="disabled"),
    "an earlier end": change(valid_until=NOW + timedelta(days=1)),
    "a beginning that lies ahead": change(valid_from=NOW + timedelta(days=1)),
    "a new token": change(token="another-token"),
    "a channel of its own less": lambda s: s.channels.clear(),
    "a package less": lambda s: s.packages.clear(),
    "a tariff less": lambda s: s.tariffs.clear(),
    "raw SQL": lambda s: connection.cursor().execute("DELETE FROM subscribers_subscriber_tariffs"),
}
OF_EVERYBODY: dict[str, Change] = {
    "a channel taken out of a package": lambda s: s.packages.get().channels.clear(),
    "a package taken out of a tariff": lambda s: s.tariffs.get().packages.clear(),
    "a channel switched off": lambda s: Channel.objects.update(is_active=False),
    "a channel renamed": lambda s: Channel.objects.filter(packages__tariffs__subscribers=s).update(stream_name="new"),
    "a source switched off": lambda s: Source.objects.update(is_active=False),
    "a package deleted that a tariff has": lambda s: Package.objects.filter(tariffs__subscribers=s).delete(),
}
OF_NOBODY: dict[str, Change] = {
    "a later end": change(valid_until=NOW + timedelta(days=99)),
    "no end": change(valid_until=None),
    "names, sessions, last access": change(last_name="new", max_sessions=9, last_access=NOW),
    "a channel more": lambda s: s.channels.add(make_channel()),
    "a package more": lambda s: s.packages.add(make_package()),
    "a tariff more": lambda s: s.tariffs.add(make_tariff()),
    "a channel more in a package": lambda s: s.packages.get().channels.add(make_channel()),
    "a package more in a tariff": lambda s: s.tariffs.get().packages.add(make_package()),
    "a channel's title": lambda s: Channel.objects.update(display_name="new"),
    "a new subscriber": lambda s: make_subscriber(),
}


@pytest.fixture
def subscriber() -> Subscriber:
    holder = make_subscriber(
        agreement_number="A-1",
        token="the-first-token",
        valid_until=NOW + timedelta(days=9),
        channels=[make_channel()],
        packages=[make_package(channels=[make_channel()])],
        tariffs=[make_tariff(packages=[make_package(channels=[make_channel()])])],
    )
    session_checks.forget_all()
    return holder


def numbers() -> set[str]:
    return set(SessionCheck.objects.values_list("agreement_number", flat=True))


@pytest.mark.parametrize("name", OF_ONE)
def test_what_may_take_access_from_one_subscriber_has_a_check_of_its_own(name: str, subscriber: Subscriber) -> None:
    make_subscriber(agreement_number="B-1")
    OF_ONE[name](subscriber)
    assert numbers() == {"A-1"}
    assert set(SessionCheck.objects.values_list("subscriber_id", flat=True)) == {subscriber.pk}


@pytest.mark.parametrize("name", OF_EVERYBODY)
def test_what_may_take_access_from_many_is_one_check_of_everybody(name: str, subscriber: Subscriber) -> None:
    OF_EVERYBODY[name](subscriber)
    assert numbers() == {""}


@pytest.mark.parametrize("name", OF_NOBODY)
def test_what_only_gives_adds_none(name: str, subscriber: Subscriber) -> None:
    OF_NOBODY[name](subscriber)
    assert numbers() == set()


def test_an_old_agreement_number_and_a_deleted_subscribers_are_not_lost(subscriber: Subscriber) -> None:
    change(agreement_number="A-2", token="another-token")(subscriber)
    assert "A-1" in numbers()
    session_checks.forget_all()
    subscriber.delete()
    assert "A-2" in numbers()


def test_many_at_once_are_one_check_of_everybody() -> None:
    for _ in range(51):
        make_subscriber()
    session_checks.forget_all()
    Subscriber.objects.update(status="disabled")
    assert list(SessionCheck.objects.values_list("agreement_number", flat=True)) == [""]


def test_many_new_tokens_at_once_have_each_a_check() -> None:
    for number in range(51):
        make_subscriber(agreement_number=f"N-{number}")
    session_checks.forget_all()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE subscribers_subscriber SET token = token || 'x'")
    assert numbers() == {f"N-{number}" for number in range(51)}


def test_a_subscription_that_ends_by_itself_is_checked_once() -> None:
    make_subscriber(agreement_number="ended", valid_until=NOW - timedelta(minutes=1))
    make_subscriber(agreement_number="runs", valid_until=NOW + timedelta(minutes=1))
    make_subscriber(agreement_number="disabled", valid_until=NOW - timedelta(minutes=1), status="disabled")
    session_checks.forget_all()
    assert session_checks.add_lapsed(now=NOW) == 1
    assert session_checks.add_lapsed(now=NOW) == 0
    assert numbers() == {"ended"}
    assert session_checks.add_lapsed(now=NOW + timedelta(minutes=1)) == 1
    assert SessionWatch.objects.count() == 1


def test_a_check_is_in_one_hand_at_a_time_until_its_lease_ends(subscriber: Subscriber) -> None:
    OF_ONE["disabled"](subscriber)
    now = timezone.now()
    lease = timedelta(seconds=30)
    first = session_checks.claim_due(uuid4(), now=now, limit=9, lease=lease)
    assert [check.agreement_number for check in first] == ["A-1"]
    assert session_checks.claim_due(uuid4(), now=now, limit=9, lease=lease) == []
    session_checks.remove(uuid4(), first)  # by somebody who does not hold it
    again = session_checks.claim_due(uuid4(), now=now + lease, limit=9, lease=lease)
    assert [check.attempts for check in again] == [2]


def test_a_check_waits_for_the_auth_service_to_hear_of_the_change(subscriber: Subscriber) -> None:
    OF_ONE["disabled"](subscriber)
    OF_EVERYBODY["a channel switched off"](subscriber)
    checks = session_checks.claim_due(uuid4(), now=timezone.now(), limit=9, lease=timedelta(seconds=30))
    assert session_checks.untold(checks) == {check.id for check in checks}
    OutboxEntry.objects.all().delete()
    make_subscriber()  # what is stale only by now has a check of its own, if any
    assert session_checks.untold(checks) == set()


def test_deleting_a_tariff_with_holders_checks_them(subscriber: Subscriber) -> None:
    Tariff.objects.all().delete()
    assert "A-1" in numbers()
