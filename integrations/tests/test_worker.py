"""The worker does by itself what the commands do by hand, in a process of its own."""

import signal
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from channels.models import Channel
from channels.tests.factories import make_channel
from demo.auth_service import AuthServiceStandIn
from demo.flussonic import FlussonicStandIn
from integrations import tasks
from integrations.jobs import delete_ended, requeue_stalled
from integrations.models import ReconcileRun
from playlist_project.tests.processes import start_command
from playlist_project.tests.waiting import wait_until
from subscribers.models import OutboxEntry
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _an_empty_queue(transactional_db: None) -> None:
    """The flush between tests leaves out procrastinate's tables, as Django does not manage them."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def test_changes_are_delivered_within_seconds_and_a_stop_is_graceful(auth_service: AuthServiceStandIn) -> None:
    with start_command("worker", AUTH_SERVICE_URL=auth_service.url, AUTH_SERVICE_API_KEY="secret") as worker:
        assert worker.stdout is not None
        assert "worker started" in worker.stdout.readline()
        subscriber = make_subscriber(channels=[make_channel()])
        wait_until(lambda: subscriber.token in auth_service.by_token())
        worker.send_signal(signal.SIGTERM)
        output, _ = worker.communicate(timeout=20)
    assert worker.returncode == 0
    assert output.strip().endswith("worker stopped")


def test_it_reconciles_when_it_is_due_and_syncs_when_an_interval_is_set(
    auth_service: AuthServiceStandIn, settings: Settings
) -> None:
    settings.FLUSSONIC_SYNC_MINUTES = 10
    auth_service.add("left-behind-token", user_id="gone")
    with FlussonicStandIn([{"name": "news", "named_by": "config"}]) as flussonic:
        settings.FLUSSONIC_URL = flussonic.url
        for _ in range(2):  # the second time nothing is due
            tasks.reconcile_tokens(timestamp=0)
            tasks.sync(timestamp=0)
        tasks.deliver(timestamp=0)
    assert not auth_service.tokens
    assert ReconcileRun.objects.count() == 1
    assert Channel.objects.get().stream_name == "news"


def test_a_remote_that_fails_is_on_record_and_does_not_fail_the_job(auth_service: AuthServiceStandIn) -> None:
    auth_service.faults.status = 500
    tasks.reconcile_tokens(timestamp=0)
    assert "500" in ReconcileRun.objects.get().error


def test_two_workers_at_once_deliver_each_token_once(auth_service: AuthServiceStandIn) -> None:
    channels = [make_channel()]
    for _ in range(60):
        make_subscriber(channels=channels)
    auth_service.faults.delay = 0.05
    variables = {"AUTH_SERVICE_URL": auth_service.url, "AUTH_SERVICE_API_KEY": "secret", "AUTH_SERVICE_CONNECTIONS": 2}
    with start_command("deliver_tokens", **variables) as one, start_command("deliver_tokens", **variables) as two:
        outputs = [process.communicate(timeout=60)[0] for process in (one, two)]
    delivered = [int(output.split("delivered ")[1].split(",")[0]) for output in outputs]
    assert sum(delivered) == 60
    assert auth_service.counts["POST"] == 60
    assert not OutboxEntry.objects.exists()


def test_the_job_of_a_killed_worker_is_put_back_into_its_queue() -> None:
    defer_delivery(0)
    stall_all_jobs()
    async_to_sync(requeue_stalled)(app.job_manager)
    assert ProcrastinateJob.objects.get().status == "todo"


def test_a_stalled_job_whose_successor_waits_already_is_dropped() -> None:
    defer_delivery(0)
    stall_all_jobs()
    defer_delivery(1)
    async_to_sync(requeue_stalled)(app.job_manager)
    assert ProcrastinateJob.objects.get().args == {"timestamp": 1}


def test_jobs_that_ended_over_a_day_ago_are_deleted() -> None:
    defer_delivery(0)
    run_sql("UPDATE procrastinate_jobs SET status = 'failed' RETURNING id")
    run_sql("UPDATE procrastinate_events SET at = %s RETURNING id", timezone.now() - timedelta(days=2))
    async_to_sync(delete_ended)(app.job_manager)
    assert not ProcrastinateJob.objects.exists()


def test_logins_that_have_run_out_are_forgotten() -> None:
    kept, ended = SessionStore(), SessionStore()
    for session, seconds in ((kept, 60), (ended, -60)):
        session.set_expiry(seconds)
        session.create()

    tasks.delete_ended_sessions(timestamp=0)

    assert [session.session_key for session in Session.objects.all()] == [kept.session_key]


def defer_delivery(timestamp: int) -> None:
    tasks.deliver.configure().defer(timestamp=timestamp)


def stall_all_jobs() -> None:
    """Leave the jobs in the hands of a worker that gave no sign of life for an hour."""
    old = timezone.now() - timedelta(hours=1)
    worker = run_sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id", old)
    run_sql("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s RETURNING id", worker)


def run_sql(sql: str, *params: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
        return row[0] if row else None
