"""Whether a viewer may watch a stream: what Flussonic asks with each session, and we ask of sessions that run.

The same entitlements as in playlists and at the Auth Service, read anew each time: one query by indexes.
Facts about the questions and answers are from the vendor's pages on authorisation backends.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from channels.statements import prepared_cursor
from integrations.flussonic.reasons import Reason
from subscribers.models import TOKEN_LETTERS, Subscriber
from subscribers.sent_values import storable_text

PRINTABLE = re.compile(r"[!-~]([ -~]*[!-~])?")
IS_TOKEN = re.compile(TOKEN_LETTERS)
LONGEST = 256  # one more than any token, number or stream name of ours has: what is cut off is none of them

# Each is a look-up by the subscriber's few rows, then by package and channel.
GRANTED = """(
    EXISTS (
        SELECT FROM subscribers_subscriber_packages AS held JOIN catalog_package_channels AS offered USING (package_id)
        WHERE held.subscriber_id = subscriber.id AND offered.channel_id = channel.id
    ) OR EXISTS (
        SELECT FROM subscribers_subscriber_tariffs AS held JOIN catalog_tariff_packages USING (tariff_id)
        JOIN catalog_package_channels AS offered USING (package_id)
        WHERE held.subscriber_id = subscriber.id AND offered.channel_id = channel.id
    ) OR EXISTS (
        SELECT FROM subscribers_subscriber_channels AS held
        WHERE held.subscriber_id = subscriber.id AND held.channel_id = channel.id
    )
)"""
QUESTION = f"""
    SELECT subscriber.id, agreement_number, max_sessions, subscriber.status, valid_from, valid_until,
        channel.id, channel.is_active, source.is_active, catchup_days, {GRANTED}
    FROM (SELECT) AS asked
    LEFT JOIN subscribers_subscriber AS subscriber ON token = %s
    LEFT JOIN (channels_channel AS channel JOIN channels_source AS source ON source.id = source_id)
        ON stream_name = %s
"""
# A session whose token is nobody's is judged by the agreement number: Flussonic lists tokens that it has made up, too.
# Only whose number is checked may have lost a token, and is to show the new one. What has neither a token nor a number
# of ours is no session of ours.
REFUSED = f"""
    SELECT place FROM unnest(%(tokens)s::text[], %(numbers)s::text[], %(streams)s::text[])
        WITH ORDINALITY AS session (token, agreement_number, stream_name, place)
    LEFT JOIN subscribers_subscriber AS holder ON holder.token = session.token
    LEFT JOIN subscribers_subscriber AS named ON named.agreement_number = session.agreement_number
    LEFT JOIN subscribers_subscriber AS subscriber
        ON subscriber.id = coalesce(holder.id, CASE
            WHEN session.token = '' OR session.agreement_number <> ALL(%(checked)s::text[]) THEN named.id END)
    LEFT JOIN (channels_channel AS channel JOIN channels_source AS source ON source.id = source_id)
        ON channel.stream_name = session.stream_name AND channel.is_active AND source.is_active
    WHERE (holder.id IS NOT NULL OR named.id IS NOT NULL OR session.agreement_number = ANY(%(checked)s::text[]))
        AND (subscriber.status = 'enabled' AND coalesce(subscriber.valid_from <= %(now)s, true)
            AND coalesce(subscriber.valid_until > %(now)s, true) AND {GRANTED}) IS NOT TRUE
    ORDER BY place
"""


class Decision(NamedTuple):
    """What was decided; ``seconds`` is for how long it holds where the viewer is allowed."""

    reason: Reason
    subscriber_id: int | None = None
    channel_id: int | None = None
    user_id: str = ""
    max_sessions: int = 0
    seconds: int = 0


def decide(token: str, stream_name: str, *, archive: bool, now: datetime) -> Decision:
    """Decide whether the holder of a token may watch a stream now, live or from its archive, in one query at most."""
    if not token:
        return Decision(Reason.NO_TOKEN)
    if not IS_TOKEN.match(token) or token[-1] == "\n":  # PostgreSQL would refuse some of them
        return Decision(Reason.UNKNOWN_TOKEN)
    with prepared_cursor() as cursor:
        cursor.execute(QUESTION, (token, storable_text(stream_name, LONGEST)))
        row = cursor.fetchone()
    subscriber_id, number, max_sessions, _status, _from, valid_until, channel_id, *_rest = row
    reason = _reason(row, archive, now)
    if reason is not Reason.ALLOWED:
        return Decision(reason, subscriber_id, channel_id)
    seconds: int = settings.FLUSSONIC_AUTH_SECONDS
    if valid_until is not None:
        seconds = min(seconds, ceil((valid_until - now).total_seconds()))
    return Decision(reason, subscriber_id, channel_id, user_id(number), max_sessions, max(1, seconds))


def _reason(row: Sequence[object], archive: bool, now: datetime) -> Reason:
    subscriber_id, _number, _max, status, valid_from, valid_until, channel_id, active, source_active, days, granted = (
        row
    )
    obstacles = (
        (subscriber_id is None, Reason.UNKNOWN_TOKEN),
        (status != Subscriber.Status.ENABLED, Reason.DISABLED),
        (isinstance(valid_from, datetime) and valid_from > now, Reason.NOT_YET_VALID),
        (isinstance(valid_until, datetime) and valid_until <= now, Reason.EXPIRED),
        (channel_id is None, Reason.UNKNOWN_CHANNEL),
        (not active, Reason.CHANNEL_OFF),
        (not source_active, Reason.SOURCE_OFF),
        (not granted, Reason.NOT_GRANTED),
        (archive and not days, Reason.NO_ARCHIVE),
    )
    return next((reason for met, reason in obstacles if met), Reason.ALLOWED)


def user_id(agreement_number: str) -> str:
    """Return what Flussonic calls a subscriber: the agreement number, percent-encoded where a header cannot hold it."""
    if PRINTABLE.fullmatch(agreement_number):
        return agreement_number
    return quote(agreement_number, safe="")


class Watching(NamedTuple):
    """A session that runs, as far as it decides: empty where Flussonic does not tell."""

    token: str
    agreement_number: str
    stream_name: str


def refused(sessions: Sequence[Watching], *, checked: Sequence[str] = (), now: datetime | None = None) -> list[int]:
    """Return the places of the sessions that may not go on, in one query; sessions of others are not judged.

    ``checked``: agreement numbers of those who may have lost their token or their whole subscription.
    """
    if not sessions:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            REFUSED,
            {
                "tokens": [storable_text(session.token, LONGEST) for session in sessions],
                "numbers": [storable_text(session.agreement_number, LONGEST) for session in sessions],
                "streams": [storable_text(session.stream_name, LONGEST) for session in sessions],
                "checked": list(checked),
                "now": now or datetime.now(UTC),
            },
        )
        return [place - 1 for (place,) in cursor.fetchall()]
