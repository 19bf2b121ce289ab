"""Deliveries that fail, are cut short or cross each other: nothing is lost, and the last committed truth wins."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from channels.tests.factories import make_channel
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service import delivery
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import _batches, deliver_due, deliver_subscriber
from integrations.tests.agreement import held, later
from subscribers.models import OutboxEntry, Subscriber
from subscribers.services import enable, extend, rotate_token, suspend
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def test_a_failure_keeps_the_entry_with_its_error_and_waits_longer_each_time(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    make_subscriber(channels=[make_channel()])
    auth_service.faults.status = 500
    now = timezone.now() + timedelta(seconds=1)

    waits = []
    for _ in range(8):
        deliver_due(token_client, now=now)
        entry = OutboxEntry.objects.get()
        waits.append((entry.due_at - now).total_seconds())
        now = entry.due_at

    assert "500" in entry.last_error
    assert entry.failing_since is not None
    assert waits[0] < 6 < waits[4] <= 80
    assert max(waits) <= 300


def test_the_failure_goes_away_by_itself(auth_service: AuthServiceStandIn, token_client: AuthServiceClient) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    auth_service.faults.status = 500
    deliver_due(token_client)
    auth_service.faults.status = None

    assert deliver_due(token_client).delivered == 0  # not due yet
    assert deliver_due(token_client, now=later(minutes=10)).delivered == 1
    assert held(auth_service, subscriber)["status"] == "active"


def test_a_lost_reply_is_found_again_by_the_token_string(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    auth_service.faults.drop_reply_after_store = 1
    deliver_due(token_client)
    suspend(subscriber)

    deliver_due(token_client, now=later(minutes=10))

    assert len(auth_service.tokens) == 1
    assert held(auth_service, subscriber)["status"] == "suspended"


def test_a_token_whose_reply_was_lost_is_deleted_with_its_subscriber(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    auth_service.faults.drop_reply_after_store = 1
    deliver_due(token_client)

    subscriber.delete()
    deliver_due(token_client, now=later(minutes=10))

    assert not auth_service.tokens


def test_a_token_that_vanished_over_there_is_created_again(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    deliver_due(token_client)
    auth_service.tokens.clear()

    suspend(subscriber)
    deliver_due(token_client)

    assert held(auth_service, subscriber)["status"] == "suspended"


def test_a_change_whose_reply_was_lost_and_that_is_taken_back_leaves_nothing_behind(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()], status="disabled")
    deliver_due(token_client)
    enable(subscriber)
    auth_service.faults.drop_reply_after_store = 1
    deliver_due(token_client)

    suspend(subscriber)  # as it was when it was last accepted
    deliver_due(token_client, now=later(minutes=10))

    assert held(auth_service, subscriber)["status"] == "suspended"


def test_an_end_whose_reply_was_lost_and_that_is_taken_away_again_is_open_over_there(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    deliver_due(token_client)
    extend(subscriber, days=30, now=timezone.now())
    auth_service.faults.drop_reply_after_store = 1
    deliver_due(token_client)

    Subscriber.objects.filter(pk=subscriber.pk).update(valid_until=None)
    deliver_due(token_client, now=later(minutes=10))

    assert held(auth_service, subscriber)["valid_until"] is None


def test_a_wrong_key_stops_the_run_as_nobody_gets_through(auth_service: AuthServiceStandIn) -> None:
    channels = [make_channel()]
    for _ in range(12):
        make_subscriber(channels=channels)
    with AuthServiceClient(auth_service.url, "wrong", connections=1) as client:
        assert deliver_due(client).failed == 10  # two batches of five


def test_after_its_seconds_a_run_takes_up_nothing_more(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    make_subscriber(channels=[make_channel()])
    assert deliver_due(token_client, seconds=-1).delivered == 0
    assert deliver_due(token_client).delivered == 1


def test_a_change_made_during_a_long_run_is_delivered_by_it(auth_service: AuthServiceStandIn) -> None:
    channels = [make_channel()]
    town = [make_subscriber(channels=channels) for _ in range(30)]
    auth_service.faults.delay = 0.03
    with AuthServiceClient(auth_service.url, "secret", connections=1) as client:
        batches = iter_batches(client)
        next(batches)
        suspend(town[0])
        list(batches)
    assert held(auth_service, town[0])["status"] == "suspended"


def iter_batches(client: AuthServiceClient) -> Iterator[object]:
    with ThreadPoolExecutor(1) as pool:
        yield from _batches(client, pool, uuid4(), timezone.now(), 60.0)


def test_a_token_whose_turn_did_not_come_is_pending_and_has_not_failed(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient, settings: Any
) -> None:
    settings.AUTH_SERVICE_REQUEST_DEADLINE = 0.3
    subscriber = make_subscriber(channels=[make_channel()])
    deliver_due(token_client)
    old = subscriber.token
    rotate_token(subscriber)
    auth_service.faults.delay = 1

    assert deliver_subscriber(subscriber.pk).state == "failing"

    entry = OutboxEntry.objects.get(token=old)
    assert (entry.attempts, entry.failing_since, entry.lease_owner) == (0, None, None)


def test_a_batch_that_waited_too_long_is_given_back_untried(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    make_subscriber(channels=[make_channel()])
    settings.AUTH_SERVICE_TIMEOUT = 1
    monkeypatch.setattr(delivery, "LEASE_RESERVE", -14.9)

    result = deliver_due(token_client)

    assert (result.delivered, result.failed) == (0, 0)
    assert not auth_service.requests
    assert OutboxEntry.objects.get().attempts == 0
