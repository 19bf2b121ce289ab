"""Whatever staff, billing, SQL and the network do in whatever order: in the end, access is what it should be."""

import io
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from catalog.models import Package, Tariff
from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, Source
from channels.tests.factories import make_channels
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due
from integrations.auth_service.reconcile import reconcile
from integrations.tests.agreement import assert_agreement
from subscribers.models import Subscriber
from subscribers.services import enable, extend, rotate_token, suspend
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db

index = st.integers(0, 5)
CHANGES = (
    "rotate",
    "suspend",
    "enable",
    "extend",
    "delete subscriber",
    "sign up",
    "give package",
    "take package",
    "give tariff",
    "give channel",
    "fill package",
    "empty package",
    "fill tariff",
    "switch channel",
    "rename channel",
    "switch source",
    "delete package",
    "end by raw SQL",
    "open end by QuerySet.update",
    "agreement by the admin's form",
    "links by raw SQL",
    "fault",
    "no fault",
    "reconcile",
    *("deliver",) * 6,
)
FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 500},
    {"fail_next": 3},
    {"accept_and_drop": True},
    {"drop_reply_after_store": 2},
    {"not_found_on_patch": True},
    {"garbage_json": True},
)


def pick(rows: Any, number: int) -> Any:
    """Return the row at that place, round and round; None where there is none."""
    rows = list(rows.order_by("pk"))
    return rows[number % len(rows)] if rows else None


class Town:
    """A small town with an Auth Service; ``now`` runs on so that nothing waits."""

    def __init__(self, auth_service: AuthServiceStandIn, client: AuthServiceClient, staff: Client) -> None:
        self.auth_service, self.client, self.staff = auth_service, client, staff
        self.now = timezone.now()
        self.lossy = False  # the service has lost what it had accepted: only a reconciliation can tell
        channels = make_channels(5)
        packages = [make_package(channels=channels[:2]), make_package(channels=channels[1:4])]
        tariffs = [make_tariff(packages=packages[:1]), make_tariff(packages=packages)]
        for tariff in tariffs:
            make_subscriber(tariffs=[tariff])
        make_subscriber(packages=packages[:1], channels=channels[4:])

    def apply(self, change: str, a: int, b: int) -> None:
        subscriber, package, tariff, channel = (
            pick(model.objects, a) for model in (Subscriber, Package, Tariff, Channel)
        )
        other_package, other_channel = pick(Package.objects, b), pick(Channel.objects, b)
        match change:
            case "sign up":
                make_subscriber(packages=[package] if package else [])
            case "fault":
                self.lossy = self.lossy or "accept_and_drop" in FAULTS[a]
                for name, value in FAULTS[a].items():
                    setattr(self.auth_service.faults, name, value)
            case "no fault":
                self.heal()
            case "deliver":
                self.now += timedelta(minutes=10)
                deliver_due(self.client, now=self.now)
            case "reconcile":
                call_command_quietly("reconcile_tokens")
            case "fill package" if package:
                package.channels.add(other_channel)
            case "empty package" if package:
                package.channels.clear()
            case "delete package" if package:
                package.delete()
            case "fill tariff" if other_package:
                tariff.packages.add(other_package)
            case "switch channel":
                Channel.objects.filter(pk=channel.pk).update(is_active=not channel.is_active)
            case "rename channel":
                Channel.objects.filter(pk=channel.pk).update(stream_name=f"{channel.stream_name}x{a}")
            case "switch source":
                Source.objects.update(is_active=bool(b % 2))
            case "links by raw SQL":
                execute("DELETE FROM catalog_tariff_packages WHERE tariff_id = %s", tariff.pk)
            case _ if subscriber:
                self.change_subscriber(change, subscriber, package, tariff, channel)

    def change_subscriber(self, change: str, subscriber: Subscriber, package: Any, tariff: Any, channel: Any) -> None:
        rows = Subscriber.objects.filter(pk=subscriber.pk)
        match change:
            case "rotate":
                rotate_token(subscriber)
            case "suspend":
                suspend(subscriber)
            case "enable":
                enable(subscriber)
            case "extend":
                extend(subscriber, days=30, now=self.now)
            case "delete subscriber":
                subscriber.delete()
            case "give package" if package:
                subscriber.packages.add(package)
            case "take package":
                subscriber.packages.clear()
            case "give tariff":
                subscriber.tariffs.set([tariff])
            case "give channel":
                subscriber.channels.add(channel)
            case "end by raw SQL":
                execute(
                    "UPDATE subscribers_subscriber SET valid_until = now() - interval '1 day', valid_from = NULL "
                    "WHERE id = %s",
                    subscriber.pk,
                )
            case "open end by QuerySet.update":
                rows.update(valid_until=None)
            case "agreement by the admin's form":
                self.edit_in_admin(subscriber)

    def edit_in_admin(self, subscriber: Subscriber) -> None:
        page = reverse("admin:subscribers_subscriber_change", args=[subscriber.pk])
        form = self.staff.get(page).context["adminform"].form
        initial = {name: form[name].value() for name in form.fields}
        data = {name: value for name, value in initial.items() if value is not None}
        answer = self.staff.post(page, {**data, "agreement_number": f"moved-{subscriber.pk}"})
        assert answer.status_code == 302, answer.context["errors"]

    def heal(self) -> None:
        self.auth_service.faults = type(self.auth_service.faults)()

    def settle(self) -> None:
        """Let the network recover and everything that waits be delivered, after a reconciliation where it takes one."""
        self.heal()
        self.now += timedelta(minutes=10)
        deliver_due(self.client, now=self.now)
        if self.lossy:
            reconcile(self.client)
            deliver_due(self.client, now=self.now)


def execute(sql: str, *params: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def call_command_quietly(name: str) -> None:
    with suppress(CommandError):  # unknown: the service does not answer at this moment
        call_command(name, stdout=io.StringIO())


REPLY_LOST_THEN_TAKEN_BACK = [
    ("suspend", 0, 0),
    ("deliver", 0, 0),
    ("enable", 0, 0),
    ("fault", FAULTS.index({"drop_reply_after_store": 2}), 0),
    ("deliver", 0, 0),
    ("suspend", 0, 0),
]

REPLY_LOST_THEN_OPEN_END = [
    ("deliver", 0, 0),
    ("extend", 0, 0),
    ("fault", FAULTS.index({"drop_reply_after_store": 2}), 0),
    ("deliver", 0, 0),
    ("open end by QuerySet.update", 0, 0),
]


# An example takes as long as a hundred of those that need no database.
@settings(
    max_examples=settings().max_examples // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(changes=REPLY_LOST_THEN_TAKEN_BACK)
@example(changes=REPLY_LOST_THEN_OPEN_END)
@given(changes=st.lists(st.tuples(st.sampled_from(CHANGES), index, index), min_size=10, max_size=40))
def test_after_any_changes_and_faults_every_promise_is_kept(changes: list[tuple[str, int, int]], db: None) -> None:
    with AuthServiceStandIn(api_key="secret") as auth_service, transaction.atomic():
        address = {"AUTH_SERVICE_URL": auth_service.url, "AUTH_SERVICE_API_KEY": "secret"}
        with override_settings(**address), AuthServiceClient(auth_service.url, "secret", connections=4) as client:
            staff = Client()
            staff.force_login(get_user_model().objects.create_superuser("staff"))
            town = Town(auth_service, client, staff)
            for change in changes:
                town.apply(*change)
            town.settle()
            call_command("check_access", stdout=io.StringIO())
            assert_agreement(auth_service, client)
        transaction.set_rollback(True)
