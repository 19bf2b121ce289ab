"""What a player's request needs to know of its subscriber, in one query."""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from channels.catalogue import VERSION
from channels.statements import prepared_cursor
from subscribers.models import TOKEN_LETTERS, Subscriber

# Tariffs are resolved into packages, so that all who get the same have the same arrays.
ACCOUNT = f"""
    SELECT id, token, first_name, last_name, agreement_number, username, password_digest,
        status, max_sessions, valid_from, valid_until, created_at,
        ARRAY(
            SELECT package_id FROM subscribers_subscriber_packages WHERE subscriber_id = subscriber.id
            UNION
            SELECT package_id FROM subscribers_subscriber_tariffs JOIN catalog_tariff_packages USING (tariff_id)
            WHERE subscriber_id = subscriber.id
            ORDER BY 1
        ),
        ARRAY(
            SELECT channel_id FROM subscribers_subscriber_channels WHERE subscriber_id = subscriber.id ORDER BY 1
        ),
        ({VERSION}),
        (
            SELECT count(*) FROM subscribers_activity
            WHERE subscriber_id = subscriber.id AND kind = 'session' AND last_at >= %(sessions_since)s
        ),
        (SELECT count(*) FROM subscribers_loginfailure WHERE address = %(address)s::inet AND at >= %(failures_since)s),
        (
            SELECT count(*) FROM subscribers_loginfailure
            WHERE username = subscriber.username AND at >= %(failures_since)s
        ),
        ARRAY(
            SELECT concat_ws(' ', variant, etag, floor(extract(epoch FROM changed_at))::bigint)
            FROM subscribers_playlistversion WHERE subscriber_id = subscriber.id
        )
    FROM subscribers_subscriber AS subscriber WHERE
"""
BY_TOKEN = f"{ACCOUNT} token = %(value)s"
BY_USERNAME = f"{ACCOUNT} username = %(value)s"


class Account(NamedTuple):
    """A subscriber, what is held, and what else a request is decided by."""

    id: int
    token: str
    first_name: str
    last_name: str
    agreement_number: str
    username: str | None
    password_digest: str
    status: str
    max_sessions: int
    valid_from: datetime | None
    valid_until: datetime | None
    created_at: datetime
    packages: list[int]
    """Ids of all packages, those of tariffs included, in order."""
    channels: list[int]
    """Ids of the channels that are given directly, in order."""
    catalogue_version: str
    active_sessions: int
    failures_of_address: int
    """Different wrong passwords that came from the address of the request of late."""
    failures_of_username: int
    playlist_versions: list[str]
    """Variant, ETag and Unix seconds of the playlists' versions on record."""

    def may_watch(self, now: datetime) -> bool:
        """Tell whether the subscriber is enabled and the moment within the dates; the end is exclusive."""
        return (
            self.status == Subscriber.Status.ENABLED
            and (self.valid_from is None or self.valid_from <= now)
            and (self.valid_until is None or self.valid_until > now)
        )


def account_by_token(token: str, *, now: datetime) -> Account | None:
    """Return the subscriber of a token; the token has to be one by its letters (``TOKEN_LETTERS``)."""
    return _account(BY_TOKEN, token, now=now, address=None)


def viewer_by_token(token: str, *, now: datetime) -> Account | None:
    """Return the subscriber of a token, whatever its letters, who may watch now; of nobody else anything is told."""
    # PostgreSQL would refuse some of what can be no token.
    account = account_by_token(token, now=now) if re.fullmatch(TOKEN_LETTERS, token) else None
    return account if account and account.may_watch(now) else None


def account_by_username(username: str, *, now: datetime, address: str) -> Account | None:
    """Return the subscriber of a user name; without NUL, which PostgreSQL refuses. The password is not looked at."""
    return _account(BY_USERNAME, username, now=now, address=address or None)


def _account(sql: str, value: str, *, now: datetime, address: str | None) -> Account | None:
    with prepared_cursor() as cursor:
        cursor.execute(
            sql,
            {
                "value": value,
                "address": address,
                # A session is asked for again after so long; one that is not has ended.
                "sessions_since": now - timedelta(seconds=2 * settings.FLUSSONIC_AUTH_SECONDS),
                "failures_since": now - timedelta(minutes=settings.PLAYER_COOLOFF_MINUTES),
            },
        )
        row = cursor.fetchone()
    return Account(*row) if row else None
