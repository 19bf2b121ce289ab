"""Imports of subscribers by the worker, in a process of its own."""

import signal

import pytest
from django.apps import apps

from integrations import tasks
from playlist_project.tests.processes import forget_all_jobs, start_command
from playlist_project.tests.waiting import wait_until
from subscribers.csv import runs as import_runs
from subscribers.models import Subscriber, SubscriberImport
from subscribers.tests.import_steps import csv_of, upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _an_empty_queue(transactional_db: None) -> None:
    forget_all_jobs()


def state(run: SubscriberImport) -> str:
    run.refresh_from_db(fields=["state"])
    return run.state


def test_the_worker_checks_an_upload_and_imports_it_once_confirmed() -> None:
    run = upload(csv_of("A-1,x,y"))
    tasks.start_imports()
    tasks.start_imports()  # a job waits already

    with start_command("worker") as worker:
        wait_until(lambda: state(run) == "checked")
        import_runs.confirm(run.pk, actor="boris")
        tasks.start_imports()
        wait_until(lambda: state(run) == "done")
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=40)

    assert Subscriber.objects.get().agreement_number == "A-1"
    event = apps.get_model("subscribers", "SubscriberEvent").objects.get()
    assert event.pgh_context.metadata == {"actor": "boris", "way": "admin", "reason": "CSV import users.csv"}
