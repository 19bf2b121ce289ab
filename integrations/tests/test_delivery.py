"""What is delivered to the Auth Service, against a real one over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channel, make_channels
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due, deliver_subscriber
from integrations.auth_service.tokens import moment_text
from integrations.models import RemoteToken
from integrations.tests.agreement import held, later
from subscribers.models import OutboxEntry, Subscriber
from subscribers.services import enable, extend, rotate_token, suspend
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db


def test_a_new_subscriber_becomes_a_token_with_exactly_the_entitled_streams(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    channels = make_channels(3)
    make_channel()
    subscriber = make_subscriber(
        channels=channels[:1],
        tariffs=[make_tariff(packages=[make_package(channels=channels)])],
        max_sessions=2,
        valid_until=datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC),
    )

    result = deliver_due(token_client)

    token = held(auth_service, subscriber)
    assert result.delivered == 1
    assert token["allowed_streams"] == sorted(channel.stream_name for channel in channels)
    assert (token["user_id"], token["status"], token["max_sessions"]) == (subscriber.agreement_number, "active", 2)
    assert token["valid_until"].startswith("2030-12-31T23:59:59")
    assert token["meta"] == {"first_name": subscriber.first_name, "last_name": subscriber.last_name}
    subscriber.refresh_from_db()
    assert subscriber.auth_token_id == token["id"]
    assert not OutboxEntry.objects.exists()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "active"),
        ({"status": "disabled"}, "suspended"),
        ({"valid_until": datetime(2020, 1, 1, tzinfo=UTC)}, "suspended"),
        ({"valid_from": datetime(2040, 1, 1, tzinfo=UTC)}, "active"),
    ],
    ids=["enabled", "disabled", "lapsed", "not yet valid: the service waits for valid_from"],
)
def test_status_over_there(
    fields: dict[str, Any], status: str, auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()], **fields)
    deliver_due(token_client)
    assert held(auth_service, subscriber)["status"] == status


def test_a_subscriber_without_channels_is_suspended_as_an_empty_list_allows_every_stream(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber()
    deliver_due(token_client)
    assert held(auth_service, subscriber)["status"] == "suspended"


def test_nothing_is_sent_where_nothing_changed_over_there(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    deliver_due(token_client)
    auth_service.requests.clear()

    Subscriber.objects.filter(pk=subscriber.pk).update(status="disabled")
    Subscriber.objects.filter(pk=subscriber.pk).update(status="enabled")
    deliver_due(token_client)

    assert not auth_service.requests
    assert not OutboxEntry.objects.exists()


def test_an_open_end_again_takes_a_new_token_row_as_patch_ignores_nulls(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()], valid_until=datetime(2030, 1, 1, tzinfo=UTC))
    deliver_due(token_client)

    Subscriber.objects.filter(pk=subscriber.pk).update(valid_until=None)
    deliver_due(token_client)

    assert held(auth_service, subscriber)["valid_until"] is None


@pytest.mark.parametrize(
    ("field", "value", "there"),
    [
        ("agreement_number", "B-77", ("user_id", "B-77")),
        ("valid_from", datetime(2026, 3, 1, tzinfo=UTC), ("valid_from", "2026-03-01T00:00:00")),
    ],
    ids=["user_id", "valid_from"],
)
def test_what_patch_ignores_is_changed_by_deleting_and_creating(
    field: str, value: Any, there: tuple[str, str], auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    deliver_due(token_client)

    Subscriber.objects.filter(pk=subscriber.pk).update(**{field: value})
    deliver_due(token_client)

    assert str(held(auth_service, subscriber)[there[0]]).startswith(there[1])
    assert len(auth_service.tokens) == 1


def test_a_rotated_token_is_created_before_the_old_one_is_deleted(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    deliver_due(token_client)
    auth_service.requests.clear()

    rotate_token(subscriber)
    deliver_due(token_client)

    assert [request.method for request in auth_service.requests if request.method != "GET"] == ["POST", "DELETE"]
    assert list(auth_service.by_token()) == [subscriber.token]
    assert deliver_subscriber(subscriber.pk).state == "delivered"


def test_a_renewal_after_the_end_sends_active_as_the_service_keeps_expired_by_itself(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()], valid_until=datetime(2030, 1, 1, tzinfo=UTC))
    deliver_due(token_client)
    auth_service.tokens[held(auth_service, subscriber)["id"]]["status"] = "expired"

    extend(subscriber, days=30, now=datetime(2030, 2, 1, tzinfo=UTC))
    deliver_due(token_client)

    assert held(auth_service, subscriber)["status"] == "active"


def test_a_subscriber_whose_end_passes_is_suspended_without_anybody_changing_anything(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()], valid_until=later(hours=1))
    deliver_due(token_client)

    deliver_due(token_client, now=later(hours=2))

    assert held(auth_service, subscriber)["status"] == "suspended"


def test_a_lapsed_token_that_cannot_be_delivered_waits_like_any_other(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    make_subscriber(channels=[make_channel()], valid_until=later(hours=1))
    deliver_due(token_client)
    auth_service.faults.status = 500

    deliver_due(token_client, now=later(hours=2))
    assert deliver_due(token_client, now=later(hours=2)).failed == 0


def test_a_deleted_subscriber_is_deleted_over_there(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    deliver_due(token_client)

    subscriber.delete()
    deliver_due(token_client)

    assert not auth_service.tokens
    assert not RemoteToken.objects.exists()


def test_a_service_that_has_lost_its_data_gives_ids_to_others_and_is_put_right(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    one, two = make_subscriber(channels=[make_channel()]), make_subscriber(channels=[make_channel()])
    deliver_due(token_client)
    auth_service.swap_ids(one.token, two.token)

    suspend(one)
    deliver_due(token_client)
    deliver_due(token_client)

    assert (held(auth_service, one)["status"], held(auth_service, two)["status"]) == ("suspended", "active")
    assert held(auth_service, two)["allowed_streams"] == [two.channels.get().stream_name]


def test_deleting_never_hits_a_token_that_has_the_id_by_now(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    gone = make_subscriber(channels=[make_channel()])
    deliver_due(token_client)
    auth_service.tokens[held(auth_service, gone)["id"]]["token"] = "somebody-elses"

    gone.delete()
    deliver_due(token_client)

    assert list(auth_service.by_token()) == ["somebody-elses"]


def test_a_request_delivers_its_own_subscriber_at_once_and_says_so(auth_service: AuthServiceStandIn) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    assert deliver_subscriber(subscriber.pk).state == "delivered"
    assert held(auth_service, subscriber)["status"] == "active"


def test_a_request_waits_no_longer_than_its_deadline(auth_service: AuthServiceStandIn, settings: Any) -> None:
    settings.AUTH_SERVICE_REQUEST_DEADLINE = 0.3
    auth_service.faults.delay = 10
    subscriber = make_subscriber(channels=[make_channel()])

    started = timezone.now()
    state = deliver_subscriber(subscriber.pk)

    assert timezone.now() - started < timedelta(seconds=3)
    assert state.state == "failing"
    assert "in time" in state.error


def test_without_an_auth_service_the_state_is_not_configured() -> None:
    assert deliver_subscriber(make_subscriber().pk).state == "not_configured"


def test_an_enabled_subscriber_is_active_again(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()], status="disabled")
    deliver_due(token_client)

    enable(subscriber)
    deliver_due(token_client)

    assert held(auth_service, subscriber)["status"] == "active"


def test_an_address_that_cannot_be_used_is_told_and_costs_no_claim(settings: Any) -> None:
    settings.AUTH_SERVICE_URL = "auth-service:8000"
    state = deliver_subscriber(make_subscriber().pk)
    assert (state.state, "not an http" in state.error) == ("failing", True)
    assert not OutboxEntry.objects.filter(lease_owner__isnull=False).exists()


@pytest.mark.parametrize(("form", "text"), [("z", "2026-03-01T00:00:00Z"), ("naive", "2026-03-01T00:00:00")])
def test_dates_go_out_in_utc_as_the_service_drops_offsets(form: str, text: str, settings: Any) -> None:
    settings.AUTH_SERVICE_DATES = form
    assert moment_text(datetime(2026, 3, 1, 3, tzinfo=timezone.get_fixed_timezone(180))) == text
