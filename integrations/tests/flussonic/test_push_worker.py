"""The worker has Flussonic restream what it should by itself, in a process of its own, and may be killed at it."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from channels.models import Channel
from demo.flussonic import FlussonicStandIn
from integrations.models import PushedStream
from integrations.tests.flussonic.pushes import add, restreamed
from playlist_project.tests.processes import forget_all_jobs, start_command
from playlist_project.tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
AMOUNT = 1_000


@pytest.fixture(autouse=True)
def _an_empty_queue(transactional_db: None) -> Iterator[None]:
    forget_all_jobs()
    yield
    forget_all_jobs()


def test_a_worker_that_is_killed_at_it_loses_nothing() -> None:
    source = restreamed()
    first = add(source)
    Channel.objects.bulk_create(
        Channel(source=source, stream_name=f"more-{number}", source_url=first.source_url) for number in range(1, AMOUNT)
    )
    with FlussonicStandIn() as server:
        server.faults.delay = 0.1
        with start_command("worker", FLUSSONIC_URL=server.url) as killed:
            wait_until(lambda: len(server.streams) > 20, seconds=40)
            killed.kill()
        server.faults.delay = 0
        in_hand = PushedStream.objects.filter(lease_until__isnull=False)
        assert 0 < in_hand.count() < AMOUNT
        assert len(server.streams) < AMOUNT
        in_hand.update(lease_until=timezone.now())  # as time would do

        with start_command("worker", FLUSSONIC_URL=server.url) as worker:
            wait_until(lambda: len(server.streams) == AMOUNT, seconds=40)
            wait_until(lambda: PushedStream.objects.filter(state="live").count() == AMOUNT)
            worker.terminate()
            worker.communicate(timeout=20)
