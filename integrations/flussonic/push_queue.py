"""The queue of streams to make and to remove at Flussonic: what is wanted, who sends it, and what was answered.

Nobody says what to send: it is the truth of the moment in which a row is claimed.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.flussonic import push_sql as sql
from integrations.http import RemoteError, RemoteNotFound, RemoteRejected, RemoteUnauthorized
from integrations.models import PushedStream

LOCK = 7_201_003  # any number that nothing else in this database uses
FIRST_RETRY, LAST_RETRY = timedelta(seconds=5), timedelta(minutes=5)
# What was refused will be again, unless somebody has changed something over there.
FIRST_SLOW_RETRY, LAST_SLOW_RETRY = timedelta(hours=1), timedelta(days=1)
# Of the moment and not of this stream: time-out, conflict, locked, too early, too many requests.
PASSING = (408, 409, 423, 425, 429)
State = PushedStream.State


class Wanted(NamedTuple):
    """What a stream should be now."""

    url: str
    title: str
    digest: str


class Claim(NamedTuple):
    """A stream in our hands; ``attempts`` counts this one. Not wanted: to be removed."""

    id: int
    name: str
    attempts: int
    wanted: Wanted | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. Where it was not ``tried``, nothing was sent."""

    claim: Claim
    error: RemoteError | None = None
    tried: bool = True


def mark_pushes(*, now: datetime | None = None) -> int:
    """Compare what is wanted with what is on record, and mark what differs; return how many those are."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.ALONE, [LOCK])
        cursor.execute(sql.MARK, {"now": now or timezone.now()})
        return int(cursor.fetchone()[0])


def newest_unknown(*, now: datetime) -> int | None:
    """Return up to which id there are rows of which nobody knows whether Flussonic has such a stream already."""
    found: int | None = _rows(sql.NEWEST_UNKNOWN, [now])[0][0]
    return found


def sort_out(newest: int, names: Collection[str], *, now: datetime) -> None:
    """Make the rows up to that id ours, but those whose name Flussonic has given to somebody else's stream."""
    error = _("Flussonic has a stream of this name that this service has not made: it is left alone.")
    later = now + FIRST_SLOW_RETRY
    if names:
        _execute(sql.TAKEN, newest=newest, names=list(names), error=error, now=now, later=later)
    _execute(sql.FREE, newest=newest, now=now)


def put_off_unknown(error: RemoteError, *, now: datetime) -> None:
    """Put on record why the names over there could not be looked at."""
    _execute(sql.PUT_OFF, error=str(error), now=now, later=now + FIRST_RETRY)


def claim_due(owner: UUID, *, now: datetime, limit: int, lease: timedelta) -> list[Claim]:
    """Take up to ``limit`` due streams that nobody holds, the longest due first, with what each should be now."""
    rows = _rows(sql.CLAIM, {"now": now, "limit": limit, "owner": owner, "lease_until": now + lease})
    if not rows:
        return []
    truth = _rows(sql.TRUTH, {"names": [name for _id, name, _attempts in rows]})
    wanted = {name: Wanted(*rest) for name, *rest in truth}
    return [Claim(pk, name, attempts, wanted.get(name)) for pk, name, attempts in sorted(rows)]


def record(owner: UUID, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Write down what was answered, remove what is gone, give back what was not tried.

    A channel that has changed meanwhile is found by the next comparison.
    """
    tried = [outcome for outcome in outcomes if outcome.tried]
    gone = [outcome.claim.id for outcome in tried if outcome.claim.wanted is None and outcome.error is None]
    kept = [outcome for outcome in tried if outcome.claim.wanted is not None or outcome.error is not None]
    untried = [outcome.claim.id for outcome in outcomes if not outcome.tried]
    with transaction.atomic():
        if kept:
            states, digests, due = zip(*(_answer(outcome, now) for outcome in kept), strict=True)
            _execute(
                sql.RECORD,
                owner=owner,
                now=now,
                ids=[outcome.claim.id for outcome in kept],
                states=list(states),
                digests=list(digests),
                errors=[str(outcome.error or "") for outcome in kept],
                due=list(due),
            )
        if gone:
            _execute(sql.REMOVE, owner=owner, ids=gone)
        if untried:
            _execute(sql.RELEASE, owner=owner, ids=untried)


def failing() -> str:
    """Return why something waits that should not, or an empty text where nothing does."""
    rows = _rows(sql.FAILING, [])
    return str(rows[0][0]) if rows else ""


def was_refused(outcome: Outcome) -> bool:
    """Tell whether this one stream was refused: other errors say that none gets through."""
    error = outcome.error
    if isinstance(error, RemoteUnauthorized | RemoteNotFound):
        return False
    return isinstance(error, RemoteRejected) and error.status not in PASSING


def got_through(outcome: Outcome) -> bool:
    return outcome.error is None or was_refused(outcome)


def _answer(outcome: Outcome, now: datetime) -> tuple[str, str, datetime | None]:
    """Return state, digest and the moment of the next attempt; nothing for what stays as it is."""
    wanted, attempts = outcome.claim.wanted, outcome.claim.attempts
    if outcome.error is None:
        return State.LIVE, wanted.digest if wanted else "", None
    if was_refused(outcome):
        due = now + _delay(FIRST_SLOW_RETRY, LAST_SLOW_RETRY, attempts)
        return (State.FAILED, wanted.digest, due) if wanted else ("", "", due)
    return "", "", now + _delay(FIRST_RETRY, LAST_RETRY, attempts)


def _delay(first: timedelta, last: timedelta, attempts: int) -> timedelta:
    """Return how long to wait: twice as long each time up to a limit, jittered so that a crowd spreads out."""
    longest: timedelta = min(last, first * 2 ** min(attempts - 1, 10))
    return longest * random.uniform(0.5, 1.0)


def _rows(statement: str, params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def _execute(statement: str, **params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
