"""Requests that are repeated with their Idempotency-Key."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from demo.auth_service import AuthServiceStandIn
from playlist_project.api.idempotency import forget_old_keys
from playlist_project.models import IdempotencyKey
from playlist_project.tests.api_client import ApiClient, by_token, data_of, error_of, make_staff
from playlist_project.tests.waiting import in_thread, somebody_waits_for_a_lock, wait_until
from subscribers.models import Subscriber

pytestmark = pytest.mark.django_db
ANNA = {"first_name": "Анна", "last_name": "Иванова", "agreement_number": "A-1"}
PERMISSIONS = [f"subscribers.{verb}_subscriber" for verb in ("view", "add", "change")]


@pytest.fixture
def billing() -> ApiClient:
    return by_token(make_staff(*PERMISSIONS))


def create(client: ApiClient, key: str = "order-1", path: str = "users", **fields: Any) -> Any:
    return client.call("POST", path, {**ANNA, **fields}, Idempotency_Key=key)


def test_a_repeat_is_answered_as_the_first_time_and_not_done_again(
    billing: ApiClient, auth_service: AuthServiceStandIn
) -> None:
    first = create(billing)
    data_of(billing.call("PATCH", f"users/{data_of(first, 201)['id']}", {"last_name": "Petrova"}))

    repeat = create(billing)

    assert (repeat.status_code, repeat.json()) == (201, first.json())
    assert "Idempotent-Replayed" not in first.headers
    assert repeat.headers["Idempotent-Replayed"] == "true"
    assert Subscriber.objects.get().last_name == "Petrova"


def test_the_order_of_names_makes_no_other_body(billing: ApiClient) -> None:
    first = create(billing)
    body = dict(reversed(ANNA.items()))

    assert billing.call("POST", "users", body, Idempotency_Key="order-1").json() == first.json()


def test_the_key_with_another_body_is_a_conflict(billing: ApiClient) -> None:
    create(billing)

    error = error_of(create(billing, agreement_number="A-2"), 409)

    assert error["code"] == "IDEMPOTENCY_CONFLICT"
    assert Subscriber.objects.count() == 1


def test_the_key_at_another_address_is_a_conflict(billing: ApiClient) -> None:
    create(billing)
    body = {"users": [ANNA]}

    response = billing.call("POST", "users/bulk", body, Idempotency_Key="order-1")

    assert error_of(response, 409)["code"] == "IDEMPOTENCY_CONFLICT"


def test_what_failed_may_be_mended_and_sent_with_the_same_key(billing: ApiClient) -> None:
    error_of(create(billing, max_sessions=0), 422)
    assert not IdempotencyKey.objects.exists()

    data_of(create(billing, max_sessions=1), 201)


def test_other_accounts_have_keys_of_their_own(billing: ApiClient) -> None:
    create(billing)
    other = by_token(make_staff(*PERMISSIONS))

    assert data_of(create(other, agreement_number="A-2"), 201)["agreement_number"] == "A-2"


def test_many_users_are_also_done_once(billing: ApiClient) -> None:
    body = {"users": [ANNA]}

    first, repeat = (billing.call("POST", "users/bulk", body, Idempotency_Key="night") for _ in range(2))

    assert data_of(first)["created"] == data_of(repeat)["created"] == 1
    assert Subscriber.objects.count() == 1


def test_a_dry_run_leaves_the_key_free(billing: ApiClient) -> None:
    body = {"users": [ANNA], "dry_run": True}
    data_of(billing.call("POST", "users/bulk", body, Idempotency_Key="night"))

    assert data_of(billing.call("POST", "users/bulk", {"users": [ANNA]}, Idempotency_Key="night"))["created"] == 1


def test_an_answer_that_nobody_lived_to_keep_is_made_of_the_result(billing: ApiClient) -> None:
    first = create(billing)
    IdempotencyKey.objects.update(answer=None)  # as if the process had been killed after its commit

    assert create(billing).json() == first.json()
    assert Subscriber.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "ключ"])
def test_what_is_no_key_is_refused(billing: ApiClient, key: str) -> None:
    assert "Idempotency-Key" in error_of(create(billing, key), 422)["fields"]
    assert not Subscriber.objects.exists()


def test_keys_are_forgotten_after_their_hours(billing: ApiClient, settings: Settings) -> None:
    settings.IDEMPOTENCY_HOURS = 2
    now = timezone.now()
    create(billing, "old")
    IdempotencyKey.objects.update(created_at=now - timedelta(hours=3))
    create(billing, "new", agreement_number="A-2")

    assert forget_old_keys(now=now) == 1
    assert IdempotencyKey.objects.get().key == "new"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_second_waits_and_gets_the_answer_of_the_first() -> None:
    account = make_staff(*PERMISSIONS)
    one, two = by_token(account), by_token(account)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            first = create(one)
            second = in_thread(threads, lambda: create(two))
            wait_until(somebody_waits_for_a_lock)

        assert second.result().json() == first.json()
    assert Subscriber.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_where_the_first_of_two_at_once_is_undone_the_second_is_done() -> None:
    account = make_staff(*PERMISSIONS)
    one, two = by_token(account), by_token(account)
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            create(one, agreement_number="A-2")
            second = in_thread(threads, lambda: create(two))
            wait_until(somebody_waits_for_a_lock)
            transaction.set_rollback(True)

        assert data_of(second.result(), 201)["agreement_number"] == "A-1"
    assert Subscriber.objects.get().agreement_number == "A-1"
