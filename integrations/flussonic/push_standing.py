"""Where the streams of lists stand that Flussonic restreams, for the pages of staff."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext as _

from channels.models import Source
from integrations.flussonic.push_queue import failing
from integrations.flussonic.push_sql import WANTED
from integrations.flussonic.streams import StreamsClient
from integrations.http import NotConfigured
from integrations.models import PushedStream

State = PushedStream.State
# A channel may be so new that nobody has looked at it yet.
STATES = f"""
    SELECT c.id, pushed.state, pushed.last_error, pushed.since
    FROM channels_channel AS c LEFT JOIN integrations_pushedstream AS pushed USING (stream_name)
    WHERE c.id = ANY(%(ids)s)
        AND (pushed.id IS NOT NULL OR c.id IN (SELECT channel_id FROM ({WANTED}) AS w WHERE channel_id = ANY(%(ids)s)))
"""
UNMARKED = f"""
    SELECT count(*) FROM ({WANTED}) AS wanted
    WHERE source_id = %s AND NOT EXISTS (
        SELECT FROM integrations_pushedstream AS pushed WHERE pushed.stream_name = wanted.stream_name
    )
"""


@dataclass(frozen=True, slots=True)
class PushState:
    """``state`` as `PushedStream.State`; ``error`` says why it waits or was refused, and is empty where all is well."""

    state: str
    error: str = ""
    since: datetime | None = None


def push_counts(source: Source) -> dict[str, int]:
    """Return how many of a source's streams are "pending", "live", "failed" and "removing"."""
    rows = PushedStream.objects.filter(source=source).order_by().values_list("state").annotate(Count("pk"))
    counts = {str(state): 0 for state in State.values} | dict(rows)
    with connection.cursor() as cursor:
        cursor.execute(UNMARKED, [source.pk])
        counts[State.PENDING] += cursor.fetchone()[0]
    return counts


def push_states(channel_ids: Collection[int]) -> dict[int, PushState]:
    """Return where these channels' streams stand; channels that Flussonic does not restream are left out."""
    with connection.cursor() as cursor:
        cursor.execute(STATES, {"ids": list(channel_ids)})
        rows = cursor.fetchall()
    waiting = any(state in (None, State.PENDING, State.REMOVING) and not error for _id, state, error, _since in rows)
    why = why_all_wait() if waiting else ""
    return {
        pk: PushState(
            state or State.PENDING.value, error or ("" if state in (State.LIVE, State.FAILED) else why), since
        )
        for pk, state, error, since in rows
    }


def why_all_wait() -> str:
    """Return what keeps every stream from being made or removed, or an empty text."""
    if not settings.FLUSSONIC_URL:
        return _("Flussonic is not configured.")
    try:
        StreamsClient.from_settings()
    except NotConfigured as exc:
        return str(exc)
    return failing()
