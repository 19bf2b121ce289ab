"""Since when a playlist has been as it is, for players that ask before they download."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from subscribers.models import PlaylistVersion, Subscriber

# Last-Modified counts whole seconds, and two versions within one would look alike; so each is a second younger than
# the one before at least, also where two requests bring a new one each. A subscriber who is gone has no row to lock.
REPLACE = """
    INSERT INTO subscribers_playlistversion AS known (subscriber_id, variant, etag, changed_at)
    SELECT id, %(variant)s, %(etag)s, %(now)s FROM subscribers_subscriber WHERE id = %(subscriber)s FOR KEY SHARE
    ON CONFLICT (subscriber_id, variant) DO UPDATE SET
        etag = excluded.etag, changed_at = greatest(excluded.changed_at, known.changed_at + interval '1 second')
    WHERE known.etag <> excluded.etag
    RETURNING changed_at
"""


def changed_at(subscriber: Subscriber, variant: str, etag: str) -> datetime:
    """Return since when a form of the playlist has been this one: from now, if it is not what was last on record.

    Raises Subscriber.DoesNotExist where the subscriber was deleted meanwhile.
    """
    versions = PlaylistVersion.objects.filter(subscriber=subscriber, variant=variant)
    while True:
        known = versions.filter(etag=etag).values_list("changed_at", flat=True).first()
        if known is not None:
            return known
        params: dict[str, Any] = {"subscriber": subscriber.pk, "variant": variant, "etag": etag, "now": timezone.now()}
        with connection.cursor() as cursor:
            cursor.execute(REPLACE, params)
            replaced: tuple[datetime] | None = cursor.fetchone()
        if replaced is not None:
            return replaced[0]
        # Another request has put the same on record meanwhile, unless the subscriber is gone.
        subscriber.refresh_from_db(fields=["id"])
