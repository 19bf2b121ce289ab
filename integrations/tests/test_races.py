"""Two transactions that do not see each other: what is delivered is always the last committed truth.

Each pair runs on two real connections. The first change stays open while the second is tried
and, where it got through, delivered; then the first commits.
"""

from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from django.db import connection

from catalog.tests.factories import make_package, make_tariff
from channels.tests.factories import make_channel, make_channels
from demo.auth_service import AuthServiceStandIn
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.delivery import deliver_due
from integrations.tests.agreement import assert_agreement
from playlist_project.tests.waiting import wait_until
from subscribers.models import OutboxEntry
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)

CHANGES = {
    "a channel is added to the package": "INSERT INTO catalog_package_channels (package_id, channel_id) "
    "VALUES (%(package)s, %(new_channel)s)",
    "a channel is taken from the package": "DELETE FROM catalog_package_channels "
    "WHERE package_id = %(package)s AND channel_id = %(channel)s",
    "the package is added to the tariff": "INSERT INTO catalog_tariff_packages (tariff_id, package_id) "
    "VALUES (%(empty_tariff)s, %(package)s)",
    "the package is taken from its tariff": "DELETE FROM catalog_tariff_packages WHERE tariff_id = %(tariff)s",
    "somebody gets the package": "INSERT INTO subscribers_subscriber_packages (subscriber_id, package_id) "
    "VALUES (%(newcomer)s, %(package)s)",
    "somebody gets the tariff": "INSERT INTO subscribers_subscriber_tariffs (subscriber_id, tariff_id) "
    "VALUES (%(newcomer)s, %(tariff)s)",
    "somebody gets the empty tariff": "INSERT INTO subscribers_subscriber_tariffs (subscriber_id, tariff_id) "
    "VALUES (%(newcomer)s, %(empty_tariff)s)",
    "somebody gets the channel": "INSERT INTO subscribers_subscriber_channels (subscriber_id, channel_id) "
    "VALUES (%(newcomer)s, %(channel)s)",
    "the channel is switched off": "UPDATE channels_channel SET is_active = false WHERE id = %(channel)s",
    "the new channel is switched off": "UPDATE channels_channel SET is_active = false WHERE id = %(new_channel)s",
    "the source is switched off": "UPDATE channels_source SET is_active = false",
    "a token is rotated": "UPDATE subscribers_subscriber SET token = 'rotated-token', auth_token_id = NULL "
    "WHERE id = %(holder)s",
    "a tariff holder's token is rotated": "UPDATE subscribers_subscriber SET token = 'rotated-token', "
    "auth_token_id = NULL WHERE id = %(tariff_holder)s",
    "the same is suspended": "UPDATE subscribers_subscriber SET status = 'disabled' WHERE id = %(holder)s",
}
PAIRS = [
    ("a channel is added to the package", "somebody gets the package"),
    ("a channel is taken from the package", "somebody gets the package"),
    ("a channel is taken from the package", "somebody gets the tariff"),
    ("a channel is added to the package", "the package is added to the tariff"),
    ("a channel is taken from the package", "the package is taken from its tariff"),
    ("the package is added to the tariff", "somebody gets the empty tariff"),
    ("the package is taken from its tariff", "somebody gets the tariff"),
    ("the channel is switched off", "somebody gets the channel"),
    ("the channel is switched off", "somebody gets the package"),
    ("the channel is switched off", "somebody gets the tariff"),
    ("the new channel is switched off", "a channel is added to the package"),
    ("the source is switched off", "somebody gets the channel"),
    ("the source is switched off", "a channel is added to the package"),
    ("a token is rotated", "the same is suspended"),
    ("a token is rotated", "a channel is added to the package"),
    ("a tariff holder's token is rotated", "a channel is taken from the package"),
    ("a tariff holder's token is rotated", "the package is taken from its tariff"),
    ("a token is rotated", "the channel is switched off"),
]


@pytest.fixture
def ids() -> dict[str, int]:
    channel, new_channel = make_channels(2)
    package = make_package(channels=[channel])
    tariff, empty_tariff = make_tariff(packages=[package]), make_tariff()
    rows = {
        "channel": channel,
        "new_channel": new_channel,
        "package": package,
        "tariff": tariff,
        "empty_tariff": empty_tariff,
        "holder": make_subscriber(packages=[package]),
        "tariff_holder": make_subscriber(tariffs=[tariff]),
        "empty_tariff_holder": make_subscriber(tariffs=[empty_tariff]),
        "newcomer": make_subscriber(),
    }
    return {name: row.pk for name, row in rows.items()}


@pytest.fixture
def other() -> Iterator[psycopg.Connection]:
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        yield other


class SecondChange:
    """A change on a connection and thread of its own, as it may have to wait for the first."""

    def __init__(self, sql: str, ids: dict[str, int]) -> None:
        self.executed, self.may_commit = Event(), Event()
        params = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
        self.thread = Thread(target=self.run, args=(sql, ids, params))
        self.thread.start()

    def run(self, sql: str, ids: dict[str, int], params: Any) -> None:
        with psycopg.connect(**params) as third:
            third.execute(sql, ids)
            self.executed.set()
            self.may_commit.wait(10)

    def commit(self) -> None:
        assert self.executed.wait(10)
        self.may_commit.set()
        self.thread.join()


@pytest.mark.parametrize(
    ("first", "second"),
    [pytest.param(*pair, id=f"{pair[0]}, {pair[1]}") for pair in [*PAIRS, *((b, a) for a, b in PAIRS)]],
)
def test_two_changes_at_once(
    first: str,
    second: str,
    ids: dict[str, int],
    other: psycopg.Connection,
    auth_service: AuthServiceStandIn,
    token_client: AuthServiceClient,
) -> None:
    deliver_due(token_client)
    other.execute(CHANGES[first], ids)
    change = SecondChange(CHANGES[second], ids)
    if change.executed.wait(0.1):  # it did not have to wait: it is committed and delivered before the first
        change.commit()
        deliver_due(token_client)
        other.commit()
    else:  # the first is committed and delivered before the second
        other.commit()
        assert change.executed.wait(10)
        deliver_due(token_client)
        change.commit()
    deliver_due(token_client)
    assert not OutboxEntry.objects.exists()
    assert_agreement(auth_service, token_client)


def test_a_subscriber_deleted_while_the_delivery_is_under_way(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    auth_service.faults.delay = 0.3
    thread = Thread(target=deliver_in_thread, args=(auth_service.url,))
    thread.start()
    wait_until(lambda: OutboxEntry.objects.filter(lease_owner__isnull=False).exists())

    subscriber.delete()
    thread.join()

    assert OutboxEntry.objects.count() == 1  # the change made meanwhile has kept its entry
    auth_service.faults.delay = 0
    deliver_due(token_client)
    assert not auth_service.tokens


def test_a_change_made_during_the_call_keeps_its_entry_and_is_delivered(
    auth_service: AuthServiceStandIn, token_client: AuthServiceClient
) -> None:
    subscriber = make_subscriber(channels=[make_channel()])
    auth_service.faults.delay = 0.3
    thread = Thread(target=deliver_in_thread, args=(auth_service.url,))
    thread.start()
    wait_until(lambda: OutboxEntry.objects.filter(lease_owner__isnull=False).exists())

    subscriber.channels.add(make_channel())
    thread.join()
    auth_service.faults.delay = 0
    deliver_due(token_client)

    assert_agreement(auth_service, token_client)


def deliver_in_thread(url: str) -> None:
    try:
        with AuthServiceClient(url, "secret") as client:
            deliver_due(client)
    finally:
        connection.close()
