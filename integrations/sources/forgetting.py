"""What is forgotten of imports of lists, and when."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from channels.models import ImportChange, ImportReject, ImportRun, Source

RUNS_KEPT = 3  # of each source, however old
MANY = 1_000
State = ImportRun.State


def forget_old_runs(*, now: datetime) -> None:
    """Forget the records of imports older than SYNC_RUNS_KEEP_DAYS, but never the last few of a source.

    Of a list whose addresses are others at each refresh, all channels change every time, and each record has all of
    them: what is as long as that is kept of the last few alone.
    """
    old = ImportRun.objects.started_before(now - timedelta(days=settings.SYNC_RUNS_KEEP_DAYS))
    for source in Source.objects.lists():
        newest = list(source.runs.values_list("pk", flat=True)[:RUNS_KEPT])
        old.filter(source=source).exclude(pk__in=newest).delete()
        rejecting = source.runs.filter(rejected__gt=MANY).exclude(pk__in=newest).exclude(state=State.READY)
        ImportReject.objects.filter(run__in=rejecting.order_by().values("pk")).delete()
        written = list(source.runs.written().values_list("pk", flat=True)[:RUNS_KEPT])
        long = source.runs.alias(touched=F("changed") + F("returned") + F("gone")).filter(touched__gt=MANY)
        ImportChange.objects.filter(run__in=long.exclude(pk__in=written).order_by().values("pk")).delete()


def is_forgotten(run: ImportRun) -> bool:
    """Tell whether it is no longer known what the run has changed."""
    return run.changed + run.returned + run.gone > MANY and not run.changes.exists()
