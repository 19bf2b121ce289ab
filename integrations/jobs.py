"""Looking after the queue of background jobs itself."""

from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

STALLED_AFTER = 30.0  # seconds without a heartbeat: the worker was killed
KEPT_HOURS = 24


async def requeue_stalled(manager: JobManager) -> None:
    """Put the jobs of workers that were killed back into their queues."""
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            # A later run of the same task waits already, so this one is not needed.
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)


async def delete_ended(manager: JobManager) -> None:
    """Delete the jobs that failed or were cancelled over a day ago; those that succeed are deleted as they end."""
    await manager.delete_old_jobs(nb_hours=KEPT_HOURS, include_failed=True, include_cancelled=True)
