"""The figures of the front page."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef
from django.utils import timezone

from catalog.contents import in_no_package
from catalog.models import Package, Tariff
from channels.models import Channel, Group
from integrations.auth_service.reconcile import RECONCILE_LOCK
from integrations.flussonic.sync import SYNC_LOCK
from integrations.models import ReconcileRun, RemoteToken, SyncRun
from integrations.runs import is_running
from playlist_project.health import worker_heartbeat_age
from subscribers.models import OutboxEntry, Subscriber

# A worker gives a sign of life every 10 seconds.
WORKER_IS_GONE_AFTER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where the service stands. Runs are None where there was none; moments where there is nothing to tell."""

    channels: int
    channels_synced: int
    channels_orphaned: int
    channels_in_no_package: int
    groups: int
    packages: int
    tariffs: int
    subscribers: int
    subscribers_who_may_watch: int
    flussonic_configured: bool
    last_sync: SyncRun | None
    last_good_sync: SyncRun | None
    sync_runs: bool
    auth_service_configured: bool
    tokens_delivered: int
    tokens_to_deliver: int
    tokens_failing: int
    failing_since: datetime | None
    last_reconciliation: ReconcileRun | None
    last_good_reconciliation: ReconcileRun | None
    reconciliation_runs: bool
    worker_seconds_ago: float | None

    @property
    def worker_runs(self) -> bool:
        return self.worker_seconds_ago is not None and self.worker_seconds_ago < WORKER_IS_GONE_AFTER_SECONDS


def snapshot() -> Snapshot:
    """Look at everything once, in a number of queries that does not grow."""
    now = timezone.now()
    # Counted apart: each by an index of its own, where both at once would read all rows.
    channels, orphaned = Channel.objects.count(), Channel.objects.orphaned().count()
    outbox = OutboxEntry.objects.aggregate(
        all=Count("pk"), failing=Count("failing_since"), failing_since=Min("failing_since")
    )
    waiting = OutboxEntry.objects.filter(token=OuterRef("token"))
    return Snapshot(
        channels=channels,
        channels_synced=channels - orphaned,
        channels_orphaned=orphaned,
        channels_in_no_package=in_no_package(Channel.objects.all()).count(),
        groups=Group.objects.count(),
        packages=Package.objects.count(),
        tariffs=Tariff.objects.count(),
        subscribers=Subscriber.objects.count(),
        subscribers_who_may_watch=Subscriber.objects.may_watch(now).count(),
        flussonic_configured=bool(settings.FLUSSONIC_URL),
        last_sync=SyncRun.objects.first(),
        last_good_sync=SyncRun.objects.latest_done(),
        sync_runs=is_running(SYNC_LOCK),
        auth_service_configured=bool(settings.AUTH_SERVICE_URL),
        tokens_delivered=RemoteToken.objects.filter(~Exists(waiting)).count(),
        tokens_to_deliver=outbox["all"],
        tokens_failing=outbox["failing"],
        failing_since=outbox["failing_since"],
        last_reconciliation=ReconcileRun.objects.first(),
        last_good_reconciliation=ReconcileRun.objects.latest_done(),
        reconciliation_runs=is_running(RECONCILE_LOCK),
        worker_seconds_ago=worker_heartbeat_age(now),
    )
