"""What the worker does, and when: each task calls one service."""

from contextlib import AbstractContextManager, suppress
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from channels.catalogue import compact_changes
from channels.guide_swap import tidy
from channels.models import ImportRun
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due
from integrations.auth_service.reconcile import ReconcileRunning, reconcile, reconcile_due
from integrations.decisions import forget_old_answers
from integrations.flussonic.client import FlussonicClient
from integrations.flussonic.pushing import push_due
from integrations.flussonic.revocation import end_sessions, put_off
from integrations.flussonic.sessions import SessionsClient, can_be_ended
from integrations.flussonic.sync import SyncRunning, TooManyOrphans, sync_channels, sync_due
from integrations.guide.refresh import GuideBusy, forget_old_runs, work_on_guide
from integrations.http import NotConfigured, RemoteError
from integrations.jobs import delete_ended, requeue_stalled
from integrations.sources import forgetting
from integrations.sources.importing import ImportBusy, work_on_sources
from playlist_project.api.idempotency import forget_old_keys
from playlist_project.history import made_by
from playlists.xtream.failures import forget_old_failures
from subscribers.activity import forget_old_activity
from subscribers.csv import runs as import_runs
from subscribers.feed.retention import forget_old_history
from subscribers.models import SubscriberImport
from subscribers.session_checks import forget_all as forget_session_checks

# A worker that is told to stop waits for its jobs, so each is short; what is left is taken up by the next.
SECONDS_OF_DELIVERY = 15.0
SECONDS_OF_REVOCATION = 15.0
SECONDS_OF_IMPORT = 15.0
SECONDS_OF_PUSH = 15.0


# Seconds are the sixth field here.
@app.periodic(cron="* * * * * */3")
@app.task(queue="delivery", queueing_lock="deliver")
def deliver(timestamp: int) -> None:
    """Deliver whatever has become stale, by whatever way."""
    if settings.AUTH_SERVICE_URL:
        with AuthServiceClient.from_settings() as client:
            deliver_due(client, seconds=SECONDS_OF_DELIVERY)


# A queue of its own: deliveries that take long are no reason for others to watch on, nor the other way round.
@app.periodic(cron="* * * * * */5")
@app.task(queue="revocation", queueing_lock="end_sessions")
def revoke(timestamp: int) -> None:
    """End the running sessions of those who have lost what they watch; a failure is on record and tried again."""
    if not can_be_ended():
        forget_session_checks()
        return
    try:
        client = SessionsClient.from_settings()
    except NotConfigured as exc:
        put_off(str(exc), now=timezone.now())
        return
    with client:
        end_sessions(client, seconds=SECONDS_OF_REVOCATION)


@app.periodic(cron="* * * * *")
@app.task(queue="default", queueing_lock="reconcile", lock="reconcile")
def reconcile_tokens(timestamp: int) -> None:
    """Compare with the Auth Service every RECONCILE_MINUTES; a failure is on record and tried again."""
    if settings.AUTH_SERVICE_URL and reconcile_due(now=timezone.now()):
        with AuthServiceClient.from_settings(connections=1) as client:
            try:
                reconcile(client)
            except (RemoteError, ReconcileRunning):
                return  # the ReconcileRun says why


@app.periodic(cron="* * * * *")
@app.task(queue="sync", queueing_lock="sync", lock="sync")
def sync(timestamp: int) -> None:
    """Sync with Flussonic every FLUSSONIC_SYNC_MINUTES."""
    if settings.FLUSSONIC_URL and sync_due(now=timezone.now()):
        with FlussonicClient.from_settings() as client, made_by("", way="worker"):
            try:
                sync_channels(client)
            except (RemoteError, TooManyOrphans, SyncRunning):
                return  # the SyncRun says why


# Every minute for what a worker that was killed has left; an upload asks for it at once.
@app.periodic(cron="* * * * *")
@app.task(queue="imports", queueing_lock="imports", lock="imports", pass_context=True)
def work_on_imports(context: JobContext, timestamp: int) -> None:
    """Check and import the files of subscribers that staff have uploaded, one after the other."""
    if import_runs.work(seconds=SECONDS_OF_IMPORT, stop=context.should_abort, made_by=_import_of):
        start_imports()


def start_imports() -> None:
    """Have the worker look for imports now. Call it outside transactions."""
    with suppress(AlreadyEnqueued):
        work_on_imports.configure().defer(timestamp=0)


def _import_of(run: SubscriberImport) -> AbstractContextManager[Any]:
    return made_by(run.actor, way="admin", reason=_("CSV import %(file)s") % {"file": run.file_name})


# A queue of its own: whoever waits for an import of users does not wait for a feed of many megabytes.
@app.periodic(cron="* * * * *")
@app.task(queue="guide", queueing_lock="guide", lock="guide", pass_context=True)
def refresh_guide(context: JobContext, timestamp: int) -> None:
    """Refresh the sources of the guide that are due, and those that staff have asked for."""
    with suppress(GuideBusy):  # a command is at it
        work_on_guide(now=timezone.now(), stop=context.should_abort)


def start_guide() -> None:
    """Have the worker look for refreshes of the guide now. Call it outside transactions."""
    with suppress(AlreadyEnqueued):
        refresh_guide.configure().defer(timestamp=0)


# A queue of its own for lists, too: one of ninety thousand channels takes seconds, and its server may take minutes.
@app.periodic(cron="* * * * *")
@app.task(queue="sources", queueing_lock="sources", lock="sources", pass_context=True)
def import_sources(context: JobContext, timestamp: int) -> None:
    """Read and import the lists that staff have asked for, and those that are due."""
    with suppress(ImportBusy):  # a command is at it
        work_on_sources(now=timezone.now(), stop=context.should_abort, made_by=_import_of_list)


def start_sources() -> None:
    """Have the worker look for lists to import now. Call it outside transactions."""
    with suppress(AlreadyEnqueued):
        import_sources.configure().defer(timestamp=0)


# A queue of its own: tens of thousands of new streams take minutes, and more where Flussonic is slow.
@app.periodic(cron="* * * * * */10")
@app.task(queue="push", queueing_lock="push")
def push(timestamp: int) -> None:
    """Have Flussonic restream the channels of lists as it should be by now; what fails is on record and tried again."""
    if push_due(seconds=SECONDS_OF_PUSH):
        start_push()


def start_push() -> None:
    """Have the worker look now for streams to make and to remove. Call it outside transactions."""
    with suppress(AlreadyEnqueued):
        push.configure().defer(timestamp=0)


def _import_of_list(run: ImportRun) -> AbstractContextManager[Any]:
    way = "admin" if run.actor else "worker"
    return made_by(run.actor, way=way, reason=_("Import of %(source)s") % {"source": run.source})


@app.periodic(cron="15 3 * * *")
@app.task(queue="default", queueing_lock="tidy_guide")
def tidy_guide(timestamp: int) -> None:
    """Forget programmes that are over for longer than EPG_DAYS_BACK, and old records of refreshes."""
    tidy(timezone.now())
    forget_old_runs(now=timezone.now())


@app.periodic(cron="20 * * * *")  # a list may bring a hundred thousand changes every hour
@app.task(queue="default", queueing_lock="forget_imports_of_lists")
def forget_imports_of_lists(timestamp: int) -> None:
    """Forget old records of imports of lists."""
    forgetting.forget_old_runs(now=timezone.now())


@app.periodic(cron="45 3 * * *")
@app.task(queue="imports", queueing_lock="forget_imports")
def forget_imports(timestamp: int) -> None:
    """Forget the files of imports, and after a while all of them."""
    import_runs.forget_old_imports(now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queue="default", queueing_lock="requeue_stalled_jobs", pass_context=True)
async def requeue_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Take over from workers that were killed."""
    await requeue_stalled(context.app.job_manager)


@app.periodic(cron="0 * * * *")
@app.task(queue="default", queueing_lock="delete_ended_jobs", pass_context=True)
async def delete_ended_jobs(context: JobContext, timestamp: int) -> None:
    """Keep the queue small."""
    await delete_ended(context.app.job_manager)


@app.periodic(cron="0 4 * * *")
@app.task(queue="default", queueing_lock="forget_old_history", lock="forget_old_history")
def forget_history(timestamp: int) -> None:
    """Keep the history for HISTORY_DAYS."""
    forget_old_history(now=timezone.now())


# Hourly: where nothing is to be kept, what is under way is forgotten soon after it has ended.
@app.periodic(cron="15 * * * *")
@app.task(queue="default", queueing_lock="forget_old_activity", lock="forget_old_activity")
def forget_activity(timestamp: int) -> None:
    """Keep activities for ACTIVITY_DAYS, and the sums of days for STATISTICS_DAYS."""
    forget_old_activity(now=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(queue="default", queueing_lock="compact_catalogue_changes")
def compact_catalogue_changes(timestamp: int) -> None:
    """Keep the catalogue's version quick to read."""
    compact_changes()


@app.periodic(cron="*/10 * * * *")
@app.task(queue="default", queueing_lock="forget_answers")
def forget_answers(timestamp: int) -> None:
    """Keep the newest answers to Flussonic."""
    forget_old_answers()


@app.periodic(cron="20 * * * *")
@app.task(queue="default", queueing_lock="forget_login_failures")
def forget_login_failures(timestamp: int) -> None:
    """Forget wrong passwords of players that are no longer counted."""
    forget_old_failures(now=timezone.now())


@app.periodic(cron="30 * * * *")
@app.task(queue="default", queueing_lock="forget_old_idempotency_keys")
def forget_idempotency_keys(timestamp: int) -> None:
    """Keep the answers to requests with an Idempotency-Key for IDEMPOTENCY_HOURS."""
    forget_old_keys(now=timezone.now())


@app.periodic(cron="30 3 * * *")
@app.task(queue="default", queueing_lock="delete_ended_sessions")
def delete_ended_sessions(timestamp: int) -> None:
    """Forget the logins of staff that have run out."""
    call_command("clearsessions")
