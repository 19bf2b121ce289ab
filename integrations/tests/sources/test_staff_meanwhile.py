"""Lists that are deleted, and imports that are undone, while staff change who holds their channels."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection

from catalog.tests.factories import make_package, make_tariff
from channels.models import Channel, ImportRun
from channels.tests.lists import entry, list_of, make_list_source
from integrations.sources.deleting import delete_lists
from integrations.sources.undo import undo
from integrations.tests.sources.imports import run_of
from playlist_project.tests.waiting import in_thread, somebody_waits_for_a_lock, wait_until
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)
INTO_PACKAGE = "INSERT INTO catalog_package_channels (package_id, channel_id) VALUES (%({})s, %(free)s)"
OUT_OF_PACKAGE = "DELETE FROM catalog_package_channels WHERE package_id = %(package)s"
# The order of their locks is another one each time.
CHANGES = {
    "a channel is put into a package": [INTO_PACKAGE.format("package")],
    "a channel is put into another package of the same holder": [INTO_PACKAGE.format("other_package")],
    "a holder gets one more channel": [
        "INSERT INTO subscribers_subscriber_channels (subscriber_id, channel_id) VALUES (%(subscriber)s, %(free)s)"
    ],
    "the channels of a package are others": [OUT_OF_PACKAGE, INTO_PACKAGE.format("package")],
    "a channel is switched off and taken out of its package": [
        "UPDATE channels_channel SET is_active = false WHERE id = %(held)s",
        OUT_OF_PACKAGE,
    ],
    "a package is put into a tariff": [
        "INSERT INTO catalog_tariff_packages (tariff_id, package_id) VALUES (%(tariff)s, %(package)s)"
    ],
}
JOBS: dict[str, Callable[[ImportRun], object]] = {"delete": lambda run: delete_lists([run.source]), "undo": undo}


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("change", CHANGES)
def test_neither_staff_nor_we_fail(change: str, job: str) -> None:
    run = run_of(make_list_source(), list_of(entry(1), entry(2), entry(3)))
    held, free, _ = Channel.objects.order_by("pk")
    package, other_package = make_package(channels=[held]), make_package()
    subscriber = make_subscriber(packages=[package, other_package], channels=[held])
    ids = {
        "held": held.pk,
        "free": free.pk,
        "package": package.pk,
        "other_package": other_package.pk,
        "tariff": make_tariff().pk,
        "subscriber": subscriber.pk,
    }
    params = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
    first, *others = CHANGES[change]
    with psycopg.connect(**params) as staff, ThreadPoolExecutor() as threads:
        staff.execute(first, ids)
        ours = in_thread(threads, lambda: JOBS[job](run))
        wait_until(somebody_waits_for_a_lock)
        for other in others:
            staff.execute(other, ids)
        staff.commit()
        ours.result()

    assert not Channel.objects.exists()
    assert not package.channels.through.objects.exists()


def test_a_group_that_staff_make_meanwhile_is_the_lists_too() -> None:
    source = make_list_source()
    make = "INSERT INTO channels_group (name, sort_order, created_at, updated_at) VALUES ('Sports', 1, now(), now())"
    params = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
    with psycopg.connect(**params) as staff, ThreadPoolExecutor() as threads:
        staff.execute(make)
        ours = in_thread(threads, lambda: run_of(source, list_of(entry(1, group_title="Sports"))))
        wait_until(somebody_waits_for_a_lock)
        staff.commit()
        run = ours.result()

    assert (run.state, run.error) == ("done", "")
    assert str(Channel.objects.get().group) == "Sports"
