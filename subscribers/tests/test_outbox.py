"""The outbox of stale tokens."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from subscribers import outbox
from subscribers.tests.factories import make_subscriber


@pytest.mark.django_db
def test_a_claim_takes_no_more_than_was_asked_for_also_where_the_outbox_was_small_when_it_was_last_analyzed() -> None:
    """PostgreSQL then takes a nested loop, in which a plain subquery is run again for every row and finds others."""
    make_subscriber()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subscribers_outboxentry")
    for _ in range(29):
        make_subscriber()

    assert len(outbox.claim_due(uuid4(), now=timezone.now(), limit=5, lease=timedelta(minutes=1))) == 5
