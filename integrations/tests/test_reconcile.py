"""Drift between the two sides: named, and repaired through the outbox only."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses
from django.utils import timezone

from channels.tests.factories import make_channel, make_channels
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.client import PAGE_SIZE, AuthServiceClient
from integrations.auth_service.delivery import deliver_due
from integrations.auth_service.reconcile import reconcile, reconcile_due
from integrations.http import Deadline, RemoteError
from integrations.models import ReconcileRun, Run
from subscribers.models import OutboxEntry, Subscriber
from subscribers.services import suspend
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def subscriber(token_client: AuthServiceClient) -> Subscriber:
    """One who is delivered."""
    dates: dict[str, Any] = {
        "valid_from": datetime(2025, 2, 3, tzinfo=UTC),
        "valid_until": datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC),
    }
    subscriber = make_subscriber(channels=make_channels(2), **dates)
    deliver_due(token_client)
    return subscriber


def change_there(auth_service: AuthServiceStandIn, **fields: Any) -> None:
    next(iter(auth_service.tokens.values())).update(fields)


def test_there_is_no_drift_after_a_delivery(subscriber: Subscriber, token_client: AuthServiceClient) -> None:
    report = reconcile(token_client)
    assert (report.compared, report.drift) == (1, ())


@pytest.mark.parametrize(
    ("field", "there"),
    [
        ("status", "suspended"),
        ("status", "expired"),
        ("max_sessions", 9),
        ("user_id", "somebody else"),
        ("valid_from", "2026-01-01T00:00:00"),
        ("valid_until", "2039-01-01T00:00:00"),
        ("valid_until", None),
        ("allowed_streams", ["stolen"]),
        ("allowed_streams", []),
        ("allowed_streams", None),
        ("meta", {}),
        ("id", 777),
    ],
)
def test_each_field_that_differs_is_named_and_repaired(
    field: str, there: Any, subscriber: Subscriber, auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    change_there(auth_service, **{field: there})
    if field == "id":
        auth_service.tokens = {777: next(iter(auth_service.tokens.values()))}

    report = reconcile(token_client)
    deliver_due(token_client)

    (drift,) = report.drift
    assert drift.kind == "different"
    assert drift.subscriber == subscriber.agreement_number
    assert drift.since is not None
    assert set(drift.fields) == ({"first_name", "last_name"} if field == "meta" else {field})
    assert reconcile(token_client).drift == ()


def test_a_token_that_is_missing_over_there_is_named_and_created_again(
    subscriber: Subscriber, auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    auth_service.tokens.clear()
    report = reconcile(token_client)
    deliver_due(token_client)
    assert [drift.kind for drift in report.drift] == ["missing"]
    assert list(auth_service.by_token()) == [subscriber.token]


def test_a_service_that_has_lost_all_its_data_is_filled_again(
    token_client: AuthServiceClient, auth_service: AuthServiceStandIn
) -> None:
    for _ in range(3):
        make_subscriber(channels=[make_channel()])
    deliver_due(token_client)
    auth_service.tokens.clear()
    auth_service.add("new-here", user_id="other")  # and ids begin anew, for others

    reconcile(token_client)
    deliver_due(token_client)

    assert reconcile(token_client).drift == ()


def test_a_token_that_nobody_here_has_is_extra_and_deleted(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    auth_service.add("left-behind-token", user_id="gone", status="active")
    report = reconcile(token_client)
    deliver_due(token_client)
    assert [(drift.kind, drift.subscriber) for drift in report.drift] == [("extra", "gone")]
    assert not auth_service.tokens


def test_what_waits_in_the_outbox_is_no_drift(
    subscriber: Subscriber, auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    suspend(subscriber)
    make_subscriber(channels=[make_channel()])
    report = reconcile(token_client)
    assert (report.drift, report.waiting) == ((), 1)


def test_expired_over_there_is_what_a_lapsed_subscriber_should_be(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    make_subscriber(channels=[make_channel()], valid_until=datetime(2020, 1, 1, tzinfo=UTC))
    deliver_due(token_client)
    change_there(auth_service, status="expired")
    assert reconcile(token_client).drift == ()


def test_a_beginning_that_we_leave_open_may_be_filled_by_the_service(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    make_subscriber(channels=[make_channel()])
    deliver_due(token_client)
    change_there(auth_service, valid_from="2026-01-01T00:00:00")
    assert reconcile(token_client).drift == ()
    change_there(auth_service, valid_from="2039-01-01T00:00:00")
    assert set(reconcile(token_client).drift[0].fields) == {"valid_from"}


def test_a_dry_run_enqueues_nothing_and_keeps_no_run(
    subscriber: Subscriber, auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    auth_service.tokens.clear()
    assert len(reconcile(token_client, dry_run=True).drift) == 1
    assert not OutboxEntry.objects.exists()
    assert not ReconcileRun.objects.exists()


def test_a_service_that_cannot_be_read_is_unknown_and_changes_nothing(
    subscriber: Subscriber, auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    auth_service.faults.status = 500
    with pytest.raises(RemoteError):
        reconcile(token_client)
    assert ReconcileRun.objects.get().state == Run.State.FAILED
    assert not OutboxEntry.objects.exists()


def test_more_tokens_than_a_page_holds_are_all_compared(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    for number in range(2100):
        auth_service.add(f"left-behind-{number}", user_id="gone")
    report = reconcile(token_client)
    assert report.count("extra") == 2100


def test_accept_and_drop_is_found_and_repaired_within_one_interval(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    auth_service.faults.accept_and_drop = True
    subscriber = make_subscriber(channels=[make_channel()])
    deliver_due(token_client)
    assert not auth_service.tokens
    auth_service.faults.accept_and_drop = False

    assert len(reconcile(token_client).drift) == 1
    deliver_due(token_client)

    assert list(auth_service.by_token()) == [subscriber.token]
    assert reconcile(token_client).drift == ()


def test_it_is_due_every_reconcile_minutes_and_sooner_after_a_failure(settings: Any) -> None:
    settings.RECONCILE_MINUTES = 60
    now = timezone.now()
    assert reconcile_due(now=now)
    run = ReconcileRun.objects.create(started_at=now, state=Run.State.DONE)
    assert not reconcile_due(now=now + timedelta(minutes=59))
    assert reconcile_due(now=now + timedelta(minutes=60))
    run.state = Run.State.FAILED
    run.save()
    assert reconcile_due(now=now + timedelta(minutes=5))


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"meta": ["x"]}, id="meta is a list"),
        pytest.param({"allowed_streams": [None, 5]}, id="streams are no texts"),
        pytest.param({"allowed_streams": 5}, id="streams are a number"),
        pytest.param({"valid_until": "9999-12-31T23:59:59-01:00"}, id="a date beyond all clocks"),
        pytest.param({"valid_from": "soon"}, id="a date that is none"),
        pytest.param({"user_id": "a\0b"}, id="NUL"),
    ],
)
def test_an_odd_token_is_different_and_put_right(
    odd: dict[str, Any], subscriber: Subscriber, auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    change_there(auth_service, **odd)
    assert len(reconcile(token_client).drift) == 1
    deliver_due(token_client)
    assert reconcile(token_client).drift == ()


@pytest.mark.parametrize("entry", [{"id": 2**31, "token": "long-enough"}, {"id": 7, "token": "a\0b"}, {"id": "x"}, 5])
def test_an_entry_that_is_no_token_of_ours_stops_nothing(entry: Any) -> None:
    with responses.RequestsMock() as remote, AuthServiceClient("http://auth.test", "secret") as client:
        remote.get("http://auth.test/api/tokens", json=[entry])
        assert list(client.pages(deadline=Deadline.after(5))) == [[]]


def test_a_list_that_goes_in_a_circle_is_left() -> None:
    page = [{"id": number, "token": f"token-{number}"} for number in range(PAGE_SIZE)]
    with responses.RequestsMock() as remote, AuthServiceClient("http://auth.test", "secret") as client:
        remote.get("http://auth.test/api/tokens", json=page)
        with pytest.raises(RemoteError, match="circle"):
            list(client.pages(deadline=Deadline.after(5)))


def test_a_page_that_is_too_large_is_asked_for_in_halves(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        auth_service.add(f"left-behind-{number}", user_id="gone", allowed_streams=["x" * 1000])
    monkeypatch.setattr(token_client._http, "max_bytes", 20_000)
    assert reconcile(token_client).count("extra") == 40
