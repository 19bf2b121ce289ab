"""Every page of the admin, with rows to show, for tests."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group as Role
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone

from catalog.models import Package, Tariff
from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, Group, GuideChannel, GuideRun, GuideSource, ImportRun, Source
from channels.sources import create_list
from channels.tests.factories import make_channel, make_channels, make_group
from channels.tests.feeds import make_guide_source
from integrations.flussonic.reasons import Reason
from integrations.models import AuthDecision, PushedStream, ReconcileRun, RemoteToken, Run, SyncRun
from playlist_project import api_tokens
from playlist_project.models import ApiToken, User
from subscribers import activity, services
from subscribers.models import Activity, OutboxEntry, SessionCheck, Subscriber, SubscriberImport
from subscribers.tests.factories import make_subscriber

MODELS = (
    Channel,
    Group,
    Source,
    ImportRun,
    GuideSource,
    GuideRun,
    Package,
    Tariff,
    Subscriber,
    OutboxEntry,
    SubscriberImport,
    Activity,
    SyncRun,
    ReconcileRun,
    RemoteToken,
    AuthDecision,
    PushedStream,
    SessionCheck,
    User,
    Role,
    ApiToken,
)
EDITABLE = (Channel, Group, Source, GuideSource, Package, Tariff, Subscriber, User, Role, ApiToken)


def make_rows(amount: int) -> None:
    """Make so many rows of every model, each with relations of its own."""
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
        for kind in (Activity.Kind.SESSION, Activity.Kind.PLAYLIST if number % 2 else Activity.Kind.LIVE):
            activity.record(
                kind,
                subscriber.pk,
                channel_id=None if kind == "playlist" else channel.pk,
                address=f"203.0.113.{number % 250}",
                user_agent="TiviMate/4.7.0 (Android TV)" if number % 2 else "VLC/3.0.18 LibVLC/3.0.18",
                protocol="hls",
                session_id="session",
                bytes_so_far=1_500_000 * (number + 1) if kind == "session" else 0,
                at=now - timedelta(days=number % 3, minutes=5),
            )
        RemoteToken.objects.create(
            token=subscriber.token,
            remote_id=subscriber.pk,
            user_id=f"U-{subscriber.pk}",
            status="active",
            accepted_at=now,
        )
        AuthDecision.objects.create(
            at=now,
            subscriber=subscriber if number % 2 else None,
            stream_name=channel.stream_name,
            reason=Reason.NOT_GRANTED if number % 2 else Reason.UNKNOWN_TOKEN,
            is_archive=bool(number % 2),
            request_type="new_session",
            protocol="hls",
            address="203.0.113.7",
            session_id="17",
        )
        SessionCheck.objects.create(
            subscriber_id=subscriber.pk if number % 2 else None,
            agreement_number=subscriber.agreement_number if number % 2 else "",
            attempts=2,
            last_error="It was down.",
            failing_since=now,
        )
        PushedStream.objects.create(
            stream_name=channel.stream_name if number % 2 else f"deleted{channel.pk}",
            source=channel.source,
            state=PushedStream.State.values[number % 4],
            attempts=2,
            last_error="It was down." if number % 2 else "",
        )
        SyncRun.objects.create(state=Run.State.FAILED, error="It was down.", finished_at=now)
        ReconcileRun.objects.create(actor="admin")
        SubscriberImport.objects.create(file_name="users.csv", language="en", actor="admin", state="done")
        clerk = User.objects.create_user(f"clerk{subscriber.pk}", is_staff=True)
        api_tokens.issue(ApiToken(name="billing", user=clerk))
        Role.objects.create(name=f"role{subscriber.pk}")
        partner = create_list(f"Partner {channel.pk}", url="http://line.example.com/get.php?username=u&password=p")
        ImportRun.objects.create(source=partner, state=ImportRun.State.FAILED, error="It was down.", finished_at=now)
        guide = make_guide_source(url="http://epg.example.com/key/guide.xml")
        GuideRun.objects.create(source=guide, state=GuideRun.State.FAILED, error="It was down.", finished_at=now)
        name = channel.display_name or ""
        for xmltv_id in (f"one{channel.pk}", f"two{channel.pk}"):  # the same channel twice: one of them to be chosen
            GuideChannel.objects.create(source=guide, xmltv_id=xmltv_id, names=[name], programmes_in_feed=1)
    activity.flush()
    for state in ("checking", "applying", "failed", "checked"):
        make_import(state)
    for run_state in GuideRun.State:
        GuideRun.objects.create(source=guide, state=run_state, error="Test")
    make_imports_of_a_list()
    alone = make_channel(sync_status=Channel.SyncStatus.ORPHANED)
    GuideChannel.objects.create(source=guide, xmltv_id="alone", names=[str(alone)], programmes_in_feed=1)


def make_import(state: str) -> None:
    """Make an import of users with something of everything that its page can show."""
    examples = [
        {"line": 3, "result": result, "agreement_number": "A-2", "fields": [("last_name", "", "Test")]}
        for result in ("created", "updated")
    ]
    run = SubscriberImport.objects.create(
        file_name="users.csv",
        language="en",
        actor="admin",
        state=state,
        total=4,
        done=3,
        created=1,
        updated=1,
        rejected=1,
        examples=examples,
        error="It was down." if state == "failed" else "",
    )
    run.rejects.create(line=2, field="last_name", agreement_number="A-1", reason="Test")


def make_imports_of_a_list() -> None:
    """Make an import of a list in each state, with something of everything that its page can show."""
    name, values = "Test", {"display_name": "Test", "tvg_name": "Test", "tvg_id": "1", "tvg_logo": None, "group": None}
    source = create_list(
        f"Partner with imports {Source.objects.count()}",
        mapping={"display_name": "tvg-name", "tvg_id": "tvg-id"},
        attributes=[{"name": "tvg-id", "count": 2, "sample": "1"}, {"name": "x", "count": 1, "sample": "http://a/b/1"}],
        imported_at=timezone.now(),
    )
    channel = make_channel(source=source, source_url="http://line.example.com/u/p/1", sync_status="orphaned")
    plan = {
        "counts": {"total": 2, "added": 1, "changed": 1, "returned": 1, "gone": 1},
        "first": [{"line": 2, **values}],
        "added": [name],
        "gone": [name],
        "changed": [{"name": name, "field": "tvg_id", "now": None, "then": "1"}],
        "logins": True,
        "refused": "Test",
    }
    for state in ImportRun.State:  # the one that can be undone must be the last that was written
        run = ImportRun.objects.create(
            source=source,
            state=state,
            **dict.fromkeys(("total", "added", "changed", "gone", "rejected"), 1),
            plan=plan if state == ImportRun.State.READY else None,
            error="Test" if state in ("failed", "refused") else "",
        )
        run.rejects.create(line=2, fault="no_url", text="#EXTINF:-1,Test")
        run.changes.create(channel=channel, kind="gone", name=name)


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def addresses() -> Iterator[str]:
    """Yield the address of every page that can be looked at, with the rows that are there."""
    for name in ("index", "changes", "statistics", "catalog_package_list", "catalog_tariff_list", "password_change"):
        yield reverse(f"admin:{name}")
    yield reverse("admin:password_change_done")
    for model in MODELS:
        row = model._default_manager.first()
        assert row
        yield address(model, "changelist")
        yield address(model, "change", row.pk)
    for model in EDITABLE:
        row = model._default_manager.last()
        assert row
        yield address(model, "delete", row.pk)
        yield address(model, "history", row.pk)
    for model in (*EDITABLE[1:], SubscriberImport):
        yield address(model, "add")
    for name in ("token", "password", "set_password", "remove_password", "preview", "channels", "why"):
        yield address(Subscriber, name, Subscriber.objects.all()[0].pk)
    for run in SubscriberImport.objects.order_by("state").distinct("state"):
        yield address(SubscriberImport, "change", run.pk)
    partner = Source.objects.latest("pk")
    yield address(Source, "change", partner.pk)
    yield address(Source, "switch", partner.pk)
    for run_of_list in partner.runs.order_by("state").distinct("state"):
        yield address(ImportRun, "change", run_of_list.pk)
    yield address(ImportRun, "undo", partner.runs.get(state="done").pk)
    yield address(Channel, "change", partner.channels.get().pk)
    yield address(GuideSource, "match")
    for guide_run in GuideRun.objects.order_by("state").distinct("state"):
        yield address(GuideRun, "change", guide_run.pk)
    for account in (_first_account(), User.objects.latest("pk")):  # who has a password, if anybody, and who has none
        yield reverse("admin:auth_user_password_change", args=[account.pk])


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is posted, to where, for every page that is seen no other way: those that ask, and those that refuse.

    It wants the fixtures ``flussonic`` and ``auth_service``.
    """
    yield from _questions(Channel, "set_group", "move_to_position")
    yield from _questions(Group, "move_to_position")
    for action in ("add_to_packages", "remove_from_packages"):
        packages = {"confirmed": "yes", "packages": _ids(Package)}
        yield from _questions(Channel, action)
        yield from _questions(Channel, action, **packages)
    model: type[Model]
    for model in EDITABLE:
        rows = {Channel: Channel.objects.orphaned(), Source: Source.objects.lists()}
        more = {"_selected_action": _ids(rows[model])} if model in rows else {}
        yield from _questions(model, "delete_selected", **more)
    yield from _questions(Subscriber, "enable", "disable", "extend", "add_tariff", "remove_tariff", "send_again")
    yield from _questions(Subscriber, "add_tariff", "remove_tariff", tariff=Tariff.objects.all()[0].pk)
    tariff = Subscriber.objects.all()[0].tariffs.filter(packages=None)[0]
    yield address(Tariff, "change", tariff.pk), {"name": tariff.name, "description": "", "packages": _ids(Package)}
    with_password = Subscriber.objects.all()[0]
    services.generate_password(with_password)
    yield address(Subscriber, "password", with_password.pk), {}
    yield address(Subscriber, "set_password", with_password.pk), {"password": "short"}
    yield address(Subscriber, "set_password", with_password.pk), {"password": "a-long-password"}
    make_channels(10)  # Flussonic has none of them: too many for a sync that nobody confirms
    yield reverse("admin:integrations_syncrun_start"), {}
    yield address(ApiToken, "add"), {"name": "billing", "user": _first_account().pk}
    for addable in (*EDITABLE[1:], SubscriberImport):
        yield address(addable, "add"), {}
    yield reverse("admin:password_change"), {}
    yield address(Channel, "add"), {}
    yield reverse("admin:index") + "nothing/", {}
    yield address(Group, "add"), {"csrfmiddlewaretoken": "old"}


def _questions(model: type[Model], *actions: str, **fields: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for action in actions:
        yield address(model, "changelist"), {"action": action, "_selected_action": _ids(model), **fields}


def _ids(rows: type[Model] | QuerySet[Any]) -> list[int]:
    found = rows if isinstance(rows, QuerySet) else rows._default_manager.all()
    return list(found.values_list("pk", flat=True))


def _first_account() -> User:
    return User.objects.earliest("pk")
