"""Runs against a remote system: one at a time, and on record however they end."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.models import Run
from integrations.remote_errors import RemoteError

AnyRun = TypeVar("AnyRun", bound=Run)


HELD = """
    SELECT EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = %s AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""


class RunRefused(Exception):
    """A run read the other side and then declined to go on; nothing was changed."""


@contextmanager
def alone(lock: int, busy: Exception) -> Iterator[None]:
    """Hold an advisory lock, or raise ``busy`` where another has it.

    It belongs to the database session, so that it spans network calls and ends with the process.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        if cursor.fetchone() != (True,):
            raise busy
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])


def is_running(lock: int) -> bool:
    """Tell whether a run holds the lock now: its record may say so of one that was killed."""
    with connection.cursor() as cursor:
        cursor.execute(HELD, [lock])
        return bool(cursor.fetchone()[0])


@contextmanager
def on_record(run: AnyRun) -> Iterator[AnyRun]:
    """Save the run at its beginning and its end; forget those older than SYNC_RUNS_KEEP_DAYS.

    Call it while `alone`: whatever else says that it is running was killed.
    """
    runs = type(run).objects
    runs.running().update(
        state=Run.State.FAILED, finished_at=run.started_at, error=_("The process ended before it did.")
    )
    runs.started_before(run.started_at - timedelta(days=settings.SYNC_RUNS_KEEP_DAYS)).delete()
    run.save()
    try:
        yield run
        run.state = Run.State.DONE
    except RunRefused as exc:
        run.state, run.error = Run.State.REFUSED, str(exc)
        raise
    except RemoteError as exc:
        run.state, run.error = Run.State.FAILED, str(exc)
        raise
    finally:
        if run.state == Run.State.RUNNING:
            run.state, run.error = Run.State.FAILED, _("It was interrupted.")
        run.finished_at = timezone.now()
        run.save()
