"""What a player's request learns of its subscriber in one query."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channel
from playlists.account import account_by_token, account_by_username
from subscribers.models import Activity, LoginFailure
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def test_one_query_tells_what_is_held_with_tariffs_resolved_into_packages(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    own, by_tariff, both = make_channel(), make_package(), make_package()
    subscriber = make_subscriber(
        channels=[own], packages=[both], tariffs=[make_tariff(packages=[by_tariff, both])], username="anna"
    )

    with django_assert_num_queries(1):
        account = account_by_token(subscriber.token, now=NOW)

    assert account is not None
    assert (account.packages, account.channels) == (sorted([by_tariff.pk, both.pk]), [own.pk])
    assert account == account_by_username("anna", now=NOW, address="192.0.2.1")


def test_an_unknown_token_or_user_name_has_no_account() -> None:
    make_subscriber()

    assert account_by_token("nobody-has-this", now=NOW) is None
    assert account_by_username("nobody", now=NOW, address="192.0.2.1") is None


@pytest.mark.parametrize(
    ("fields", "may"),
    [
        ({}, True),
        ({"status": "disabled"}, False),
        ({"valid_until": NOW}, False),
        ({"valid_until": NOW + timedelta(seconds=1)}, True),
        ({"valid_from": NOW}, True),
        ({"valid_from": NOW + timedelta(seconds=1)}, False),
    ],
)
def test_an_account_may_watch_while_enabled_and_within_its_dates(fields: dict[str, Any], may: bool) -> None:
    account = account_by_token(make_subscriber(**fields).token, now=NOW)

    assert account is not None
    assert account.may_watch(NOW) is may


def test_sessions_count_until_flussonic_has_missed_asking_again_twice() -> None:
    subscriber = make_subscriber()
    for key, kind, seconds in (("a", "session", 80), ("b", "session", 100), ("c", "live", 1)):
        at = NOW - timedelta(seconds=seconds)
        Activity.objects.create(key=key, subscriber=subscriber, kind=kind, started_at=at, last_at=at)

    account = account_by_token(subscriber.token, now=NOW)

    assert account is not None
    assert account.active_sessions == 1


def test_wrong_passwords_of_late_are_counted_by_address_and_by_user_name() -> None:
    make_subscriber(username="anna")
    for address, username, guess, minutes in (
        ("192.0.2.1", "anna", "1", 14),
        ("192.0.2.1", "anna", "2", 16),
        ("192.0.2.1", "bert", "1", 1),
        ("192.0.2.2", "anna", "3", 1),
        ("192.0.2.2", "bert", "1", 1),
    ):
        at = NOW - timedelta(minutes=minutes)
        LoginFailure.objects.create(address=address, username=username, guess=guess, at=at)

    account = account_by_username("anna", now=NOW, address="192.0.2.1")

    assert account is not None
    assert (account.failures_of_address, account.failures_of_username) == (2, 2)
