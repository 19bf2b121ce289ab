"""Every page of the admin, with rows to show, for tests."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group as Role
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from catalog.models import Package, Tariff
from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, Group, Source
from channels.tests.factories import make_channel, make_group
from integrations.models import ReconcileRun, RemoteToken, Run, SyncRun
from playlist_project import api_tokens
from playlist_project.models import ApiToken, User
from subscribers.models import OutboxEntry, Subscriber, SubscriberImport
from subscribers.tests.factories import make_subscriber

MODELS = (
    Channel,
    Group,
    Source,
    Package,
    Tariff,
    Subscriber,
    OutboxEntry,
    SubscriberImport,
    SyncRun,
    ReconcileRun,
    RemoteToken,
    User,
    Role,
    ApiToken,
)
EDITABLE = (Channel, Group, Package, Tariff, Subscriber, User, ApiToken)


def make_rows(amount: int) -> None:
    """Make so many rows of every model but Source, each with relations of its own."""
    now = timezone.now()
    for number in range(amount):
        status = Channel.SyncStatus.ORPHANED if number % 2 else Channel.SyncStatus.SYNCED
        channel = make_channel(group=make_group(), sync_status=status, tvg_logo="data:image/png;base64,AAAA")
        package = make_package(channels=[channel])
        subscriber = make_subscriber(
            channels=[channel],
            packages=[package],
            tariffs=[make_tariff(packages=[package]), make_tariff()],
            valid_until=now + timedelta(days=number - 1),
        )
        RemoteToken.objects.create(
            token=subscriber.token,
            remote_id=subscriber.pk,
            user_id=f"U-{subscriber.pk}",
            status="active",
            accepted_at=now,
        )
        SyncRun.objects.create(state=Run.State.FAILED, error="It was down.", finished_at=now)
        ReconcileRun.objects.create(actor="admin")
        SubscriberImport.objects.create(file_name="users.csv", language="en", actor="admin", state="done")
        clerk = User.objects.create_user(f"clerk{subscriber.pk}", is_staff=True)
        api_tokens.issue(ApiToken(name="billing", user=clerk))
        Role.objects.create(name=f"role{subscriber.pk}")


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def addresses() -> Iterator[str]:
    """Yield the address of every page that can be looked at, with the rows that are there."""
    yield reverse("admin:index")
    yield reverse("admin:changes")
    yield reverse("admin:catalog_package_list")
    yield reverse("admin:catalog_tariff_list")
    for model in MODELS:
        row = model._default_manager.first()
        assert row
        yield address(model, "changelist")
        yield address(model, "change", row.pk)
    for model in EDITABLE:
        row = model._default_manager.last()
        assert row
        yield address(model, "delete", row.pk)
    for model in EDITABLE[1:]:
        yield address(model, "add")
    for name in ("token", "preview", "channels", "why"):
        yield address(Subscriber, name, Subscriber.objects.all()[0].pk)
