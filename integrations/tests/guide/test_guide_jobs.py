"""Refreshes of the guide by the worker, in a process of its own."""

import io
import signal

import pytest

from channels.guide_feeds import keep_feed
from channels.models import GuideProgramme, GuideRun
from channels.tests.factories import make_channel
from channels.tests.feeds import make_guide_source
from integrations import tasks
from integrations.tests.guide.test_refresh import day_of
from playlist_project.tests.processes import forget_all_jobs, start_command
from playlist_project.tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _an_empty_queue(transactional_db: None) -> None:
    forget_all_jobs()


def test_the_worker_imports_an_upload() -> None:
    make_channel(tvg_id="one")
    source = make_guide_source()
    keep_feed(source, io.BytesIO(day_of("one")), file_name="guide.xml", current=False)
    run = GuideRun.objects.create(source=source)
    tasks.start_guide()
    tasks.start_guide()  # a job waits already

    with start_command("worker") as worker:
        wait_until(lambda: GuideRun.objects.get(pk=run.pk).state == "done")
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=40)

    assert GuideProgramme.objects.count() == 24
