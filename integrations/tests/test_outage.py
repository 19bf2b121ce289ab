"""The Auth Service at its worst: afterwards every token there equals the truth here."""

import io
import random
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from time import monotonic, sleep

import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channels
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due
from integrations.auth_service.reconcile import reconcile
from integrations.tests.agreement import assert_agreement
from playlist_project.tests.processes import start_command
from subscribers.models import OutboxEntry, Subscriber
from subscribers.services import extend, rotate_token, suspend
from subscribers.tests.factories import make_subscriber


def assert_all_is_well(auth_service: AuthServiceStandIn, client: AuthServiceClient) -> None:
    assert not OutboxEntry.objects.exists()
    assert_agreement(auth_service, client)
    call_command("check_access", stdout=io.StringIO())


def make_town(size: int) -> list[Subscriber]:
    packages = [make_package(channels=make_channels(3)) for _ in range(4)]
    tariffs = [make_tariff(packages=packages[:2]), make_tariff(packages=packages[2:])]
    return [make_subscriber(tariffs=[random.choice(tariffs)], packages=[random.choice(packages)]) for _ in range(size)]


def change_something(town: list[Subscriber]) -> None:
    subscriber = random.choice(town)
    subscriber.refresh_from_db()
    package = random.choice(list(subscriber.packages.model.objects.all()))
    changes: list[Callable[[], object]] = [
        lambda: subscriber.packages.set([package]),
        lambda: subscriber.packages.clear(),
        lambda: rotate_token(subscriber),
        lambda: extend(subscriber, days=30, now=timezone.now()),
        lambda: Subscriber.objects.filter(pk=subscriber.pk).update(valid_until=None, max_sessions=5),
        lambda: package.channels.set(package.channels.order_by("?")[:2]),
        lambda: Subscriber.objects.filter(pk=subscriber.pk).update(agreement_number=f"moved-{random.random()}"),
    ]
    random.choice(changes)()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 500}, id="500"),
        pytest.param({"delay": 10.0}, id="slow: 10 s"),
        pytest.param({"accept_and_drop": True}, id="accept and drop"),
        pytest.param({"drop_reply_after_store": 30}, id="duplicate, answer lost: 400 on retry"),
        pytest.param({"not_found_on_patch": True}, id="404 on PATCH"),
        pytest.param({"garbage_json": True}, id="not JSON"),
        pytest.param({"html_error": True, "status": 502}, id="HTML error page"),
    ],
)
def test_after_each_fault_both_sides_agree(fault: dict[str, object], auth_service: AuthServiceStandIn) -> None:
    town = make_town(8)
    with closing(AuthServiceClient(auth_service.url, "secret", timeout=0.4, connections=8)) as client:
        deliver_due(client)
        for name, value in fault.items():
            setattr(auth_service.faults, name, value)
        for _ in range(20):
            change_something(town)
        deliver_due(client)
        for subscriber in town[:3]:
            subscriber.refresh_from_db()
            suspend(subscriber)
        town.pop().delete()
        deliver_due(client, now=timezone.now() + timedelta(minutes=10))

        auth_service.faults = type(auth_service.faults)()
        deliver_due(client, now=timezone.now() + timedelta(minutes=20))
        reconcile(client)
        deliver_due(client, now=timezone.now() + timedelta(minutes=30))

        assert_all_is_well(auth_service, client)


@pytest.mark.django_db
def test_refused_connections_leave_everything_waiting(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    make_town(3)
    with auth_service.refuse():
        assert deliver_due(token_client).failed == 3
    deliver_due(token_client, now=timezone.now() + timedelta(minutes=10))
    assert_all_is_well(auth_service, token_client)


@pytest.mark.django_db(transaction=True)
def test_an_hour_of_outage_with_workers_killed_loses_nothing(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    town = make_town(60)
    deliver_due(token_client)
    start = timezone.now()
    auth_service.down()
    for minute in range(0, 60, 6):
        for _ in range(50):
            change_something(town)
        for subscriber in random.sample(town, 5):
            subscriber.refresh_from_db()
            suspend(subscriber)
        deliver_due(token_client, now=start + timedelta(minutes=minute))
    OutboxEntry.objects.update(due_at=start)
    auth_service.faults.delay = 0.3
    auth_service.up()
    for _ in range(2):
        kill_a_worker_in_the_middle_of_it(auth_service)

    auth_service.faults.delay = 0
    deliver_due(token_client, now=start + timedelta(hours=2))  # by then the leases of the killed have ended

    assert_all_is_well(auth_service, token_client)


def kill_a_worker_in_the_middle_of_it(auth_service: AuthServiceStandIn) -> None:
    variables = {"AUTH_SERVICE_URL": auth_service.url, "AUTH_SERVICE_API_KEY": "secret", "AUTH_SERVICE_CONNECTIONS": 3}
    auth_service.requests.clear()
    with start_command("worker", **variables) as worker:
        end = monotonic() + 20
        while not any(request.method != "GET" for request in auth_service.requests):
            assert worker.poll() is None
            assert monotonic() < end
            sleep(0.02)
        worker.kill()
