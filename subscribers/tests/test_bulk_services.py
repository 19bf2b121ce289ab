"""Changes of many subscribers at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Tariff
from catalog.tests.factories import make_tariff
from subscribers import bulk_services
from subscribers.models import OutboxEntry, Subscriber, SubscriberQuerySet
from subscribers.tests.factories import make_subscriber

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def everyone() -> SubscriberQuerySet:
    return Subscriber.objects.all()


def end_of(subscriber: Subscriber) -> datetime | None:
    return Subscriber.objects.get(pk=subscriber.pk).valid_until


def test_days_count_from_the_end_and_from_now_where_that_has_passed() -> None:
    running, lapsed = make_subscriber(valid_until=NOW + DAY), make_subscriber(valid_until=NOW - DAY)

    assert bulk_services.extend(everyone(), days=10, now=NOW) == 2

    assert (end_of(running), end_of(lapsed)) == (NOW + 11 * DAY, NOW + 10 * DAY)


def test_who_has_no_end_gets_none() -> None:
    endless = make_subscriber()

    assert bulk_services.extend(everyone(), days=10, now=NOW) == 0
    assert end_of(endless) is None


def test_an_end_beyond_the_calendar_stays_as_it_is_and_keeps_nobody_else() -> None:
    far = datetime(9999, 12, 1, tzinfo=UTC)
    late, other = make_subscriber(valid_until=far), make_subscriber(valid_until=NOW)

    assert bulk_services.extend(everyone(), days=30, now=NOW) == 1
    assert (end_of(late), end_of(other)) == (far, NOW + 30 * DAY)


def test_only_tokens_of_whom_something_changes_are_marked() -> None:
    make_subscriber(status="disabled")
    enabled = make_subscriber()
    OutboxEntry.objects.all().delete()

    assert bulk_services.set_status(everyone(), Subscriber.Status.DISABLED, now=NOW) == 1
    assert [entry.token for entry in OutboxEntry.objects.all()] == [enabled.token]


def test_a_tariff_is_given_to_those_who_lack_it_and_taken_from_those_who_have_it() -> None:
    tariff, other = make_tariff(), make_tariff()
    having, lacking = make_subscriber(tariffs=[tariff, other]), make_subscriber()

    assert bulk_services.add_tariff(everyone(), tariff) == 1
    assert set(lacking.tariffs.all()) == {tariff}
    assert bulk_services.remove_tariff(everyone(), tariff) == 2
    assert (set(having.tariffs.all()), lacking.tariffs.count()) == ({other}, 0)


def test_sending_again_marks_every_token_as_tried_and_keeps_what_waits() -> None:
    waiting, delivered = make_subscriber(), make_subscriber(auth_token_id=7)
    OutboxEntry.objects.filter(subscriber_id=delivered.pk).delete()
    before = OutboxEntry.objects.get().change_id

    assert bulk_services.send_again(everyone(), now=NOW) == 2

    entries = {entry.subscriber_id: entry for entry in OutboxEntry.objects.all()}
    assert {entry.attempts for entry in entries.values()} == {1}
    assert entries[waiting.pk].change_id != before
    assert (entries[delivered.pk].token, entries[delivered.pk].auth_token_id) == (delivered.token, 7)


CHANGES: dict[str, Callable[[SubscriberQuerySet, Tariff], int]] = {
    "status": lambda chosen, tariff: bulk_services.set_status(chosen, Subscriber.Status.DISABLED, now=NOW),
    "extend": lambda chosen, tariff: bulk_services.extend(chosen, days=1, now=NOW),
    "add_tariff": lambda chosen, tariff: bulk_services.add_tariff(chosen, tariff),
    "remove_tariff": lambda chosen, tariff: bulk_services.remove_tariff(chosen, tariff),
    "send_again": lambda chosen, tariff: bulk_services.send_again(chosen, now=NOW),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("query", [{"status": "enabled"}, {"tariffs__isnull": True}])
def test_each_change_is_one_statement_whatever_the_rows_were_chosen_by(name: str, query: dict[str, str]) -> None:
    tariff = make_tariff()
    for _ in range(3):
        make_subscriber(valid_until=NOW)
    if name == "remove_tariff":
        make_subscriber(tariffs=[tariff])
        query = {"tariffs": str(tariff.pk)}

    with CaptureQueriesContext(
        connection,
    ) as captured:
        changed = CHANGES[name](Subscriber.objects.filter(**query), tariff)

    assert changed == (1 if name == "remove_tariff" else 3)
    statements = [row["sql"] for row in captured if "SAVEPOINT" not in row["sql"]]
    assert len(statements) == 1, "\n".join(statements)
