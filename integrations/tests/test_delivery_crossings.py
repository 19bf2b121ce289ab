"""Workers that cross each other, or staff, on the same tokens: the last committed truth wins, and nobody fails."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from channels.tests.factories import make_channel
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.attempts import Work, attempt, plan
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due, deliver_subscriber
from integrations.auth_service.recording import record
from integrations.http import RemoteUnavailable
from integrations.tests.agreement import assert_agreement, later
from playlist_project.tests.waiting import in_thread, somebody_waits_for_a_lock, wait_until
from subscribers import outbox
from subscribers.models import OutboxEntry, Subscriber
from subscribers.outbox import StaleToken
from subscribers.services import enable, suspend
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def claim(*, now: datetime) -> tuple[UUID, list[Work]]:
    """Begin as a worker does whose lease ends within a second."""
    owner = uuid4()
    return owner, plan(outbox.claim_due(owner, now=now, limit=10, lease=timedelta(seconds=1)), now)


@pytest.mark.parametrize("meanwhile", [enable, Subscriber.delete], ids=["enabled", "deleted"])
def test_what_a_worker_sends_after_its_lease_ran_out_is_put_right(
    meanwhile: Callable[[Subscriber], object], auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()], status="disabled")
    late, late_work = claim(now=timezone.now())
    meanwhile(subscriber)
    deliver_due(token_client, now=later(minutes=1))

    record(late, [attempt(token_client, work, 5) for work in late_work], later(minutes=1))
    deliver_due(token_client, now=later(minutes=2))

    assert_agreement(auth_service, token_client)


def test_a_worker_that_holds_the_token_by_now_keeps_it_and_makes_sure(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()], status="disabled")
    late, late_work = claim(now=timezone.now())
    enable(subscriber)
    owner, work = claim(now=later(minutes=1))
    sent = [attempt(token_client, item, 5) for item in work]

    record(late, [attempt(token_client, item, 5) for item in late_work], later(minutes=1))
    assert OutboxEntry.objects.get().lease_owner == owner
    record(owner, sent, later(minutes=1))
    deliver_due(token_client, now=later(minutes=2))

    assert_agreement(auth_service, token_client)


@pytest.fixture
def swapped(auth_service: AuthServiceStandIn, token_client: AuthServiceClient) -> tuple[Subscriber, Subscriber]:
    """Two whose ids over there stand for each other's tokens by now."""
    one, two = make_subscriber(channels=[make_channel()]), make_subscriber(channels=[make_channel()])
    deliver_due(token_client)
    auth_service.swap_ids(one.token, two.token)
    return one, two


def test_a_token_that_was_overwritten_while_another_worker_held_it_untried_is_sent_again(
    swapped: tuple[Subscriber, Subscriber], auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    one, two = swapped
    outbox.enqueue([StaleToken(two.token, two.pk, None)], now=timezone.now())
    owner, work = claim(now=timezone.now())
    suspend(one)
    deliver_due(token_client)  # by an id that leads to the other's token

    record(owner, [attempt(token_client, item, 0) for item in work], timezone.now())
    deliver_due(token_client, now=later(minutes=1))

    assert_agreement(auth_service, token_client)


def refuse(*_: object, **__: object) -> int:
    raise RemoteUnavailable("The line is cut.")


def test_a_token_that_was_overwritten_is_sent_again_also_where_the_rest_failed(
    swapped: tuple[Subscriber, Subscriber],
    auth_service: AuthServiceStandIn,
    token_client: AuthServiceClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, _ = swapped
    suspend(one)
    with monkeypatch.context() as patched:
        patched.setattr(token_client, "create", refuse)
        deliver_due(token_client)

    deliver_due(token_client, now=later(minutes=10))

    assert_agreement(auth_service, token_client)


def test_a_lapsed_token_that_cannot_be_delivered_is_told_to_be_failing(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()], valid_until=later(hours=1))
    deliver_due(token_client)
    auth_service.faults.status = 500
    deliver_due(token_client, now=later(hours=2))
    OutboxEntry.objects.update(subscriber_id=None)  # as it was before anybody looked whose it is

    suspend(subscriber)

    assert deliver_subscriber(subscriber.pk).state == "failing"


@pytest.mark.django_db(transaction=True)
def test_whoever_records_gives_way_to_staff_who_delete_the_subscriber(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    """A deletion locks the entry before the subscriber, and recording the other way round."""
    make_subscriber(channels=[make_channel()])
    owner, work = claim(now=timezone.now())
    outcomes = [attempt(token_client, item, 5) for item in work]
    params = connection.get_connection_params() | {"cursor_factory": psycopg.ClientCursor}
    with ThreadPoolExecutor(1) as threads, psycopg.connect(**params) as staff:
        staff.execute("DELETE FROM subscribers_subscriber_channels")
        recorded = in_thread(threads, lambda: record(owner, outcomes, timezone.now()))
        wait_until(somebody_waits_for_a_lock)
        staff.execute("DELETE FROM subscribers_subscriber")
        staff.commit()
        recorded.result()
    deliver_due(token_client, now=later(minutes=1))

    assert not auth_service.tokens
