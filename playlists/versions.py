"""Since when a playlist has been as it is, for players that ask before they download."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from playlists.account import Account
from subscribers.buffer import Buffer

# Last-Modified counts whole seconds, and two versions within one would look alike; so each is a second younger than the
# one before at least, also where two processes bring a new one each. A subscriber who is gone has no row to lock.
REPLACE = """
    INSERT INTO subscribers_playlistversion AS known (subscriber_id, variant, etag, changed_at)
    SELECT subscriber.id, fresh.variant, fresh.etag, fresh.changed_at
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
        AS fresh (subscriber_id, variant, etag, changed_at)
    JOIN subscribers_subscriber AS subscriber ON subscriber.id = fresh.subscriber_id
    ORDER BY subscriber.id, fresh.variant
    FOR KEY SHARE OF subscriber
    ON CONFLICT (subscriber_id, variant) DO UPDATE SET
        etag = excluded.etag, changed_at = greatest(excluded.changed_at, known.changed_at + interval '1 second')
    WHERE known.etag <> excluded.etag
"""


SECOND = timedelta(seconds=1)


class Version(NamedTuple):
    subscriber_id: int
    variant: str
    etag: str
    changed_at: datetime


class Since(NamedTuple):
    moment: int
    """Unix seconds."""
    on_record: bool
    """Without that, two different playlists may have the same moment."""


def since(account: Account, variant: str, etag: str) -> Since:
    """Return since when a form of the playlist has been this one: from now, if it is not what was last on record.

    A new version is put on record a moment later; until then, each request takes it for new.
    """
    now = int(timezone.now().timestamp())
    for entry in account.playlist_versions:
        known_variant, known_etag, seconds = entry.split(" ")
        if known_variant == variant:
            if known_etag == etag:
                return Since(int(seconds), on_record=True)
            now = max(now, int(seconds) + 1)
    versions.add(Version(account.id, variant, etag, datetime.fromtimestamp(now, UTC)))
    return Since(now, on_record=False)


def put_on_record(entries: list[Version]) -> None:
    """Write the last of the versions of each playlist, as one statement."""
    last: dict[tuple[int, str], Version] = {}
    for entry in entries:
        before = last.get(entry[:2])
        if before is None:
            last[entry[:2]] = entry
        elif before.etag != entry.etag:
            last[entry[:2]] = entry._replace(changed_at=max(entry.changed_at, before.changed_at + SECOND))
    with connection.cursor() as cursor:
        cursor.execute(REPLACE, [list(column) for column in zip(*last.values(), strict=True)])


versions = Buffer("playlist versions", put_on_record)
