"""Changes of many rows stay linear, whatever the session did before."""

from time import perf_counter

import pytest
from django.db import connection

from channels.models import Channel, Source
from subscribers.models import Subscriber

pytestmark = pytest.mark.django_db

ROWS = 20_000


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        pytest.param(
            Channel,
            "INSERT INTO channels_channel (source_id, stream_name, stream_base_url, quality, sync_status, sort_order, "
            "is_active, created_at, updated_at) SELECT {source}, 's' || n, '', '', 'synced', n, true, now(), now() "
            "FROM generate_series(1, {rows}) n",
            id="channels",
        ),
        pytest.param(
            Subscriber,
            "INSERT INTO subscribers_subscriber (first_name, last_name, agreement_number, status, max_sessions, token, "
            "password_digest, email, notes, bytes_used, created_at, updated_at) SELECT '', '', 'A' || n, 'enabled', 1, "
            "'long-token-' || n, '', '', '', 0, now(), now() FROM generate_series(1, {rows}) n",
            id="subscribers",
        ),
    ],
)
def test_a_change_of_all_rows_after_a_change_of_one(table: type[Channel | Subscriber], rows: str) -> None:
    execute(rows.format(source=Source.objects.flussonic().pk, rows=ROWS))
    first = table._default_manager.order_by("pk").values_list("pk", flat=True)[0]
    table._default_manager.filter(pk=first).update(updated_at="2026-01-01T00:00:00Z")

    execute("SET LOCAL statement_timeout = '20s'")  # a nested loop takes minutes
    started = perf_counter()
    assert table._default_manager.update(updated_at="2026-01-02T00:00:00Z") == ROWS
    assert perf_counter() - started < 20


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
