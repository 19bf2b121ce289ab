"""What the worker does, and when: each task calls one service."""

from django.conf import settings
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due
from integrations.auth_service.reconcile import reconcile, reconcile_due
from integrations.flussonic.client import FlussonicClient
from integrations.flussonic.sync import SyncRunning, TooManyOrphans, sync_channels, sync_due
from integrations.http import RemoteError
from playlist_project.history import made_by

STALLED_AFTER = 30.0  # seconds without a heartbeat: its worker was killed


# Seconds are the sixth field here.
@app.periodic(cron="* * * * * */3")
@app.task(queue="delivery", queueing_lock="deliver")
def deliver(timestamp: int) -> None:
    """Deliver whatever has become stale, by whatever way."""
    if settings.AUTH_SERVICE_URL:
        with AuthServiceClient.from_settings() as client:
            deliver_due(client)


@app.periodic(cron="* * * * *")
@app.task(queue="default", queueing_lock="reconcile", lock="reconcile")
def reconcile_tokens(timestamp: int) -> None:
    """Compare with the Auth Service every RECONCILE_MINUTES; a failure is on record and tried again."""
    if settings.AUTH_SERVICE_URL and reconcile_due(now=timezone.now()):
        with AuthServiceClient.from_settings(connections=1) as client:
            try:
                reconcile(client)
            except RemoteError:
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


@app.periodic(cron="* * * * *")
@app.task(queue="default", queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Put the jobs of a worker that was killed back into their queues."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        try:
            await manager.retry_job(job)
        except AlreadyEnqueued:
            # A later run of the same task waits already, so this one is not needed.
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)


@app.periodic(cron="0 * * * *")
@app.task(queue="default", queueing_lock="delete_old_jobs", pass_context=True)
async def delete_old_jobs(context: JobContext, timestamp: int) -> None:
    """Delete the jobs that ended over a day ago; those that succeeded are deleted as they end."""
    await context.app.job_manager.delete_old_jobs(nb_hours=24, include_failed=True, include_cancelled=True)
