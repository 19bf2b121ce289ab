"""What a token over there should say: our subscriptions in the Auth Service's words.

Facts of its contract are cited as in ``docs/auth-service.md``.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from subscribers.entitlements import entitled_streams
from subscribers.models import Subscriber

ACTIVE = "active"
SUSPENDED = "suspended"
UNREADABLE = datetime(9000, 1, 1, tzinfo=UTC)
EXPIRED = "expired"  # the service's own word for an active token past its end


@dataclass(frozen=True, slots=True)
class TokenState:
    """All that the Auth Service keeps of a token, but its id; the moments are aware, in UTC."""

    token: str
    user_id: str
    status: str
    max_sessions: int
    valid_from: datetime | None
    valid_until: datetime | None
    allowed_streams: tuple[str, ...]
    first_name: str
    last_name: str
    subscriber_id: int

    def body(self) -> dict[str, Any]:
        """Return the JSON object to create it with. Absent dates are left out: null means nothing to the service."""
        body: dict[str, Any] = {"token": self.token, "user_id": self.user_id, **self.patch()}
        if self.valid_from:
            body["valid_from"] = moment_text(self.valid_from)
        return body

    def patch(self) -> dict[str, Any]:
        """Return what a PATCH can change; the service ignores token, user_id and valid_from in one."""
        body: dict[str, Any] = {
            "status": self.status,
            "max_sessions": self.max_sessions,
            "allowed_streams": self.allowed_streams,
            "meta": {"first_name": self.first_name, "last_name": self.last_name},
        }
        if self.valid_until:
            body["valid_until"] = moment_text(self.valid_until)
        return body

    def digest(self) -> str:
        """Return a fingerprint of everything that is sent."""
        told = (
            self.token,
            self.user_id,
            self.status,
            str(self.max_sessions),
            moment_text(self.valid_from) if self.valid_from else "",
            moment_text(self.valid_until) if self.valid_until else "",
            self.first_name,
            self.last_name,
            *self.allowed_streams,
        )
        # No text in PostgreSQL holds a NUL, so nothing else reads the same. JSON would take ten times as long.
        return hashlib.sha256("\0".join(told).encode()).hexdigest()


def moment_text(moment: datetime) -> str:
    """Write a moment in UTC. The service drops offsets instead of converting, so it never gets another zone."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return text if settings.AUTH_SERVICE_DATES == "naive" else f"{text}Z"


def read_moment(text: object) -> datetime | None:
    """Read a moment as the service tells it: naive means UTC, as that is what it was given.

    What cannot be read is a moment that nobody means, so that it differs from every other.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return UNREADABLE


def same_start(ours: datetime | None, theirs: datetime | None, *, now: datetime) -> bool:
    """Tell whether two beginnings mean the same; one that we leave open, the service may fill with its own time."""
    return ours == theirs or (ours is None and theirs is not None and theirs <= now)


def states_of(tokens: Collection[str], *, now: datetime) -> dict[str, TokenState]:
    """Return what should be held over there for each of the tokens; one that nobody has here is left out.

    Takes two queries, however many tokens there are. A subscriber who is disabled or lapsed, or
    has no channel, is suspended: the service takes an empty list for "no restriction".
    """
    subscribers = Subscriber.objects.filter(token__in=tokens).values_list(
        "pk",
        "token",
        "agreement_number",
        "status",
        "max_sessions",
        "valid_from",
        "valid_until",
        "first_name",
        "last_name",
        named=True,
    )
    rows = list(subscribers)
    streams = entitled_streams([row.pk for row in rows])
    return {
        row.token: TokenState(
            token=row.token,
            user_id=row.agreement_number,
            status=_status(row, streams.get(row.pk), now),
            max_sessions=row.max_sessions,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            allowed_streams=tuple(streams.get(row.pk, ())),
            first_name=row.first_name,
            last_name=row.last_name,
            subscriber_id=row.pk,
        )
        for row in rows
    }


def _status(row: Any, streams: list[str] | None, now: datetime) -> str:
    lapsed = row.valid_until is not None and row.valid_until <= now
    return ACTIVE if row.status == Subscriber.Status.ENABLED and streams and not lapsed else SUSPENDED
