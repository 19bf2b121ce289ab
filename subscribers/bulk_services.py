"""What staff do with many subscribers at once: one statement each, however many they are.

The database marks the tokens concerned stale by itself. Whoever is as wanted already is left alone, and not counted.
"""

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from catalog.models import Tariff
from subscribers import outbox
from subscribers.models import Subscriber, SubscriberQuerySet

LAST_END = datetime(9999, 12, 30, tzinfo=UTC)  # shown in any zone, it is still on the calendar
ADD_TARIFF = """
    INSERT INTO subscribers_subscriber_tariffs (subscriber_id, tariff_id)
    SELECT id, %s FROM ({chosen}) AS chosen (id) ORDER BY id ON CONFLICT DO NOTHING
"""


@transaction.atomic
def set_status(chosen: SubscriberQuerySet, status: Subscriber.Status, *, now: datetime) -> int:
    """Enable or disable subscribers; return how many were not so before."""
    return _in_order(chosen.exclude(status=status)).update(status=status, updated_at=now)


@transaction.atomic
def extend(chosen: SubscriberQuerySet, *, days: int, now: datetime) -> int:
    """Prolong subscriptions, each from its end while it runs and from now once it has lapsed; return how many.

    Those without an end keep none, and those whose end would lie beyond the calendar keep theirs.
    """
    prolonged = extendable(chosen, days=days)
    end = Greatest(F("valid_until"), now) + timedelta(days=days)
    return _in_order(prolonged).update(valid_until=end, updated_at=now)


def extendable(chosen: SubscriberQuerySet, *, days: int) -> SubscriberQuerySet:
    return chosen.filter(valid_until__lte=LAST_END - timedelta(days=days))


@transaction.atomic
def add_tariff(chosen: SubscriberQuerySet, tariff: Tariff) -> int:
    """Give subscribers a tariff; return how many did not have it."""
    sql, params = chosen.order_by().values_list("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(ADD_TARIFF.format(chosen=sql), [tariff.pk, *params])
        return int(cursor.rowcount)


@transaction.atomic
def remove_tariff(chosen: SubscriberQuerySet, tariff: Tariff) -> int:
    """Take a tariff away from subscribers; return how many had it."""
    held = Subscriber.tariffs.through.objects.filter(tariff=tariff, subscriber__in=chosen.order_by())
    return held.delete()[0]


@transaction.atomic
def send_again(chosen: SubscriberQuerySet, *, now: datetime) -> int:
    """Have all tokens told to the Auth Service anew, whatever is on record of them; return how many."""
    return outbox.enqueue_all(chosen, now=now)


def _in_order(chosen: SubscriberQuerySet) -> SubscriberQuerySet:
    """Lock the rows in one order: two changes of many that meet must not wait for each other."""
    locked = chosen.select_for_update(of=("self",)).order_by("pk")
    return Subscriber.objects.filter(pk__in=locked.values("pk"))
