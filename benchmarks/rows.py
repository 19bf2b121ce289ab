"""The rows that benchmarks work on, made by the database itself, many at a time."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import connection

from channels.models import Source

OURS = ("channels", "catalog", "subscribers", "integrations")

# One channel in ten has a Cyrillic name, one in fifty a comma in its title, one in a hundred a name to be quoted.
CHANNELS = """
    INSERT INTO channels_channel (
        source_id, stream_name, tvg_name, display_name, stream_base_url, catchup_days, quality, sync_status,
        last_seen_at, tvg_id, tvg_logo, group_id, sort_order, is_active, created_at, updated_at
    )
    SELECT %(source)s, stream, title, title, 'https://stream.example.com', nullif(n %% 8, 0), 'HD', 'synced',
        now(), 'epg.' || n, 'https://logos.example.com/' || n || '.png', %(first_group)s + n %% %(groups)s, n, true,
        now(), now()
    FROM generate_series(1, %(channels)s) AS n,
        LATERAL (SELECT CASE WHEN n %% 100 = 0 THEN 'region ' || n ELSE 'stream' || n END) AS s (stream),
        LATERAL (SELECT CASE WHEN n %% 50 = 0 THEN 'Market Bell, Live ' || n
            WHEN n %% 10 = 0 THEN 'Северный Ветер ' || n ELSE 'Harbour HD ' || n END) AS t (title)
"""
GROUPS = """
    INSERT INTO channels_group (name, sort_order, created_at, updated_at)
    SELECT 'Group ' || n, n, now(), now() FROM generate_series(1, %s) AS n RETURNING id
"""
SUBSCRIBERS = """
    INSERT INTO subscribers_subscriber (
        first_name, last_name, agreement_number, status, max_sessions, token, password_digest, email, notes,
        bytes_used, created_at, updated_at
    )
    SELECT 'Bench', 'Subscriber ' || n, 'BENCH-' || n, 'enabled', 2, 'token-' || md5(n::text), '', '', '',
        0, now(), now()
    FROM generate_series(%s, %s) AS n RETURNING id
"""


def empty() -> None:
    """Remove all rows of the product."""
    execute(f"TRUNCATE {_tables()} CASCADE")


def settle() -> None:
    """Do what autovacuum does in time: clear dead rows away and count what is there."""
    execute(f"VACUUM (ANALYZE) {_tables()}")


def execute(sql: str, params: Any = None) -> list[Any]:
    """Run a statement and return its rows, if it gives any."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def add_channels(count: int, *, groups: int = 40) -> list[int]:
    """Add channels in groups, each with a logo, and return their ids in playlist order of age."""
    first_group = min(row[0] for row in execute(GROUPS, [groups]))
    params = {"source": Source.objects.flussonic().pk, "channels": count, "first_group": first_group, "groups": groups}
    execute(CHANNELS, params)
    return _ids("SELECT id FROM channels_channel ORDER BY id")


def add_subscribers(count: int, *, first: int = 1) -> list[int]:
    """Add enabled subscribers who hold nothing, numbered from ``first``, and return their ids."""
    return sorted(row[0] for row in execute(SUBSCRIBERS, [first, first + count - 1]))


def add_package(name: str, channels: Sequence[int] = ()) -> int:
    """Add a package of these channels and return its id."""
    (row,) = execute(
        "INSERT INTO catalog_package (name, created_at, updated_at) VALUES (%s, now(), now()) RETURNING id", [name]
    )
    package = int(row[0])
    put_into_package(package, channels)
    return package


def put_into_package(package: int, channels: Sequence[int]) -> None:
    execute(
        "INSERT INTO catalog_package_channels (package_id, channel_id) SELECT %s, unnest(%s::bigint[])",
        [package, list(channels)],
    )


def add_tariff(name: str, package: int) -> int:
    """Add a tariff with one package and return its id."""
    (row,) = execute(
        "INSERT INTO catalog_tariff (name, created_at, updated_at) VALUES (%s, now(), now()) RETURNING id", [name]
    )
    execute("INSERT INTO catalog_tariff_packages (tariff_id, package_id) VALUES (%s, %s)", [row[0], package])
    return int(row[0])


def give(what: str, one: int, subscribers: Sequence[int]) -> None:
    """Give subscribers a tariff, package or channel ("tariff", "package", "channel") by its id."""
    execute(
        f"INSERT INTO subscribers_subscriber_{what}s (subscriber_id, {what}_id) SELECT unnest(%s::bigint[]), %s",
        [list(subscribers), one],
    )


def _ids(sql: str) -> list[int]:
    return [row[0] for row in execute(sql)]


def _tables() -> str:
    models = [model for app in OURS for model in apps.get_app_config(app).get_models(include_auto_created=True)]
    return ", ".join(sorted({model._meta.db_table for model in models if model._meta.managed}))
