"""Bring the channels in line with Flussonic: new ones added, known ones refreshed, missing ones marked orphaned.

A sync writes ``Channel.SOURCE_FIELDS`` and nothing else of a known channel. The server is read
whole before the first row is touched; then one transaction compares and writes, set by set.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.models import Channel, Source, next_position
from channels.sources import LOCK_CHANNELS, flussonic_base_url
from integrations.flussonic.client import FlussonicClient, Stream
from integrations.flussonic.made_streams import leave_out, made_streams, make_lost_again
from integrations.models import SyncRun
from integrations.runs import RunRefused, alone, on_record

SYNC_LOCK = 7_201_002  # any number that nothing else in this database uses
FEW_ORPHANS = 5  # never too many, whatever their share

STAGE = """
    DROP TABLE IF EXISTS pg_temp.incoming;  -- of an earlier sync, inside one outer transaction
    CREATE TEMP TABLE incoming (
        position int, stream_name text, tvg_name text, display_name text,
        stream_base_url text, catchup_days int, quality text
    ) ON COMMIT DROP
"""
COMPARED = ("tvg_name", "display_name", "stream_base_url", "catchup_days", "quality")
DIFFERS = " OR ".join(f"c.{column} IS DISTINCT FROM i.{column}" for column in COMPARED)
KNOWN = "channels_channel c JOIN incoming i ON c.stream_name = i.stream_name AND c.source_id = %(source)s"
NEW = "incoming i LEFT JOIN channels_channel c ON c.stream_name = i.stream_name WHERE c.id IS NULL"
GONE = """
    channels_channel c WHERE c.source_id = %(source)s AND c.sync_status = 'synced'
    AND NOT EXISTS (SELECT FROM incoming i WHERE i.stream_name = c.stream_name)
"""
COMPARE = f"""
    SELECT count(*) FILTER (WHERE c.id IS NULL),
        count(*) FILTER (
            WHERE c.id IS NOT NULL AND i.position IS NOT NULL AND ({DIFFERS} OR c.sync_status <> 'synced')
        ),
        count(*) FILTER (WHERE c.sync_status = 'orphaned' AND i.position IS NOT NULL),
        count(*) FILTER (WHERE c.sync_status = 'synced' AND i.position IS NULL),
        count(*) FILTER (WHERE c.sync_status = 'synced')
    FROM (SELECT * FROM channels_channel WHERE source_id = %(source)s) AS c
    FULL JOIN incoming i ON c.stream_name = i.stream_name
"""
INSERT_NEW = f"""
    INSERT INTO channels_channel (
        source_id, stream_name, tvg_name, display_name, stream_base_url, catchup_days, quality,
        sync_status, last_seen_at, is_active, sort_order, created_at, updated_at
    )
    SELECT %(source)s, i.stream_name, i.tvg_name, i.display_name, i.stream_base_url, i.catchup_days, i.quality,
        'synced', %(now)s, true, %(position)s + row_number() OVER (ORDER BY i.position), %(now)s, %(now)s
    FROM {NEW} ORDER BY i.position
"""
UPDATE_CHANGED = f"""
    UPDATE channels_channel AS target
    SET tvg_name = i.tvg_name, display_name = i.display_name, stream_base_url = i.stream_base_url,
        catchup_days = i.catchup_days, quality = i.quality, sync_status = 'synced', updated_at = %(now)s
    FROM {KNOWN}
    WHERE target.id = c.id AND ({DIFFERS} OR c.sync_status <> 'synced')
"""
UPDATE_GONE = f"""
    UPDATE channels_channel SET sync_status = 'orphaned', updated_at = %(now)s
    WHERE id IN (SELECT c.id FROM {GONE})
"""
# Comes last: by now, what is listed is what is synced.
UPDATE_SEEN = """
    UPDATE channels_channel SET last_seen_at = %(now)s
    WHERE source_id = %(source)s AND sync_status = 'synced' AND last_seen_at IS DISTINCT FROM %(now)s
"""


class Comparison(NamedTuple):
    """How many channels are new, changed, back again, gone, and how many were there before."""

    new: int
    changed: int
    returned: int
    gone: int
    synced: int


class SyncRunning(Exception):
    """Another sync is running at this moment: wait for it to end, then look at its result."""


class TooManyOrphans(RunRefused):
    """The server lists so little that the sync was refused; nothing was changed.

    Look at the server first. If it is right, sync again with force.
    """

    def __init__(self, message: str, plan: "SyncPlan") -> None:
        super().__init__(message)
        self.plan = plan


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What a sync would do, by name.

    ``changed`` maps a stream's name to {column: (now, then)}; ``skipped`` gives a reason for
    each name that cannot become a channel.
    """

    total: int
    new: tuple[str, ...]
    changed: dict[str, dict[str, tuple[Any, Any]]]
    orphaned: tuple[str, ...]
    returned: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a sync did; ``skipped`` as in SyncPlan."""

    total: int = 0
    new: int = 0
    updated: int = 0
    orphaned: int = 0
    returned: int = 0
    skipped: tuple[tuple[str, str], ...] = field(default=())


def sync_channels(
    client: FlussonicClient,
    *,
    force: bool = False,
    actor: str = "",
    now: datetime | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> SyncResult:
    """Read all streams and bring the channels in line; keep a SyncRun of it, however it ends.

    Raises SyncRunning, TooManyOrphans (unless forced) or a RemoteError; then nothing was changed.
    """
    run = SyncRun(started_at=now or timezone.now(), actor=actor, forced=force)
    with alone(SYNC_LOCK, SyncRunning(_("A sync is running already."))), on_record(run):
        made = made_streams()
        streams = client.streams(progress)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK_CHANNELS)
            params = _stage(cursor, streams, run.started_at)
            make_lost_again(cursor, before=run.started_at)
            total = len(streams) - leave_out(cursor, made)
            skipped = (*client.skipped, *_clashes(cursor, params))
            found = _compare(cursor, params)
            if not force:
                _refuse_too_many_orphans(cursor, params, found, total, skipped)
            result = _apply(cursor, params, found, total, skipped)
            run.total, run.new, run.updated = result.total, result.new, result.updated
            run.orphaned, run.returned, run.skipped = result.orphaned, result.returned, len(skipped)
    return result


def plan_sync(client: FlussonicClient, *, progress: Callable[[int, int | None], None] | None = None) -> SyncPlan:
    """Read all streams and tell what a sync would do; change nothing. Raises RemoteError."""
    made = made_streams()
    streams = client.streams(progress)
    with transaction.atomic(), connection.cursor() as cursor:
        params = _stage(cursor, streams, timezone.now())
        total = len(streams) - leave_out(cursor, made)
        plan = _plan(cursor, params, total, (*client.skipped, *_clashes(cursor, params)))
        transaction.set_rollback(True)  # the row that stands for the server was made, where it was missing
    return plan


def sync_due(*, now: datetime) -> bool:
    """Tell whether FLUSSONIC_SYNC_MINUTES have passed since the last sync began; never, where that is 0."""
    minutes = settings.FLUSSONIC_SYNC_MINUTES
    last = SyncRun.objects.first()
    return bool(minutes) and (last is None or last.started_at <= now - timedelta(minutes=minutes))


def _stage(cursor: Any, streams: Sequence[Stream], now: datetime) -> dict[str, Any]:
    """Copy the streams into a temporary table and return the parameters that the statements share."""
    cursor.execute(STAGE)
    base_url = flussonic_base_url()
    columns = "position, stream_name, tvg_name, display_name, stream_base_url, catchup_days, quality"
    with cursor.copy(f"COPY incoming ({columns}) FROM STDIN") as copy:
        for position, stream in enumerate(streams):
            copy.write_row(
                (position, stream.name, stream.title, stream.title, base_url, stream.catchup_days, stream.quality)
            )
    cursor.execute("ANALYZE incoming (stream_name)")
    return {"source": Source.objects.flussonic().pk, "now": now, "position": next_position(Channel) - 1}


def _clashes(cursor: Any, params: dict[str, Any]) -> list[tuple[str, str]]:
    """Take out of the staged streams the names that another source has, and say so."""
    cursor.execute(
        """
        DELETE FROM incoming i USING channels_channel c JOIN channels_source s ON s.id = c.source_id
        WHERE c.stream_name = i.stream_name AND c.source_id <> %(source)s
        RETURNING i.stream_name, s.name
        """,
        params,
    )
    reason = _("the source %(source)s has a channel of this name")
    return [(name, reason % {"source": source}) for name, source in cursor.fetchall()]


def _compare(cursor: Any, params: dict[str, Any]) -> Comparison:
    cursor.execute(COMPARE, params)
    return Comparison(*cursor.fetchone())


def _refuse_too_many_orphans(
    cursor: Any, params: dict[str, Any], found: Comparison, total: int, skipped: Sequence[tuple[str, str]]
) -> None:
    share = settings.FLUSSONIC_MAX_ORPHAN_PERCENT
    if total == 0 and found.synced:
        message = _("Flussonic lists no streams at all, but channels are known: %(synced)s. Nothing was changed.")
    elif found.gone > FEW_ORPHANS and found.gone * 100 > found.synced * share:
        message = _("%(gone)s of %(synced)s channels would be orphaned, more than %(share)s %%. Nothing was changed.")
    else:
        return
    message %= {"gone": found.gone, "synced": found.synced, "share": share}
    raise TooManyOrphans(message, _plan(cursor, params, total, skipped))


def _apply(
    cursor: Any, params: dict[str, Any], found: Comparison, total: int, skipped: Sequence[tuple[str, str]]
) -> SyncResult:
    # Most syncs find nothing of the kind, and each of these would join all channels again.
    for number, statement in ((found.changed, UPDATE_CHANGED), (found.gone, UPDATE_GONE), (found.new, INSERT_NEW)):
        if number:
            cursor.execute(statement, params)
    cursor.execute(UPDATE_SEEN, params)
    return SyncResult(
        total=total,
        new=found.new,
        updated=found.changed,
        orphaned=found.gone,
        returned=found.returned,
        skipped=tuple(skipped),
    )


def _plan(cursor: Any, params: dict[str, Any], total: int, skipped: Sequence[tuple[str, str]]) -> SyncPlan:
    pairs = ", ".join(f"c.{column}, i.{column}" for column in COMPARED)
    cursor.execute(f"SELECT i.stream_name, {pairs} FROM {KNOWN} WHERE {DIFFERS} ORDER BY i.position", params)
    changed = {
        name: {
            column: (now, then)
            for column, now, then in zip(COMPARED, values[::2], values[1::2], strict=True)
            if now != then
        }
        for name, *values in cursor.fetchall()
    }
    return SyncPlan(
        total=total,
        new=_names(cursor, f"SELECT i.stream_name FROM {NEW} ORDER BY i.position", params),
        changed=changed,
        orphaned=_names(cursor, f"SELECT c.stream_name FROM {GONE} ORDER BY 1", params),
        returned=_names(
            cursor, f"SELECT i.stream_name FROM {KNOWN} WHERE c.sync_status = 'orphaned' ORDER BY i.position", params
        ),
        skipped=tuple(skipped),
    )


def _names(cursor: Any, sql: str, params: dict[str, Any]) -> tuple[str, ...]:
    cursor.execute(sql, params)
    return tuple(name for (name,) in cursor.fetchall())
