"""Ends the sessions of those who have lost what they watch: without it they would run until Flussonic asks again.

Whose sessions are to be looked at is in the queue of session checks, by the database's own doing. A check is seen
through when the sessions were listed after the change, and what may not go on is ended. Any number of workers may do
it at once; whoever is killed leaves a lease that ends by itself.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import unquote
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.utils import timezone

from integrations.flussonic.authorisation import Watching, refused, user_id
from integrations.flussonic.sessions import Session, SessionsClient
from integrations.http import Deadline, RemoteError, RemoteNotFound
from subscribers import session_checks
from subscribers.session_check_sql import FEW
from subscribers.session_checks import Check

logger = structlog.get_logger(__name__)

MOST = 50_000
CROWD = 20
"""So many sessions of one stream that it is sooner said that they have to be asked about again."""
LEASE_RESERVE = 20.0  # seconds for the database, and for a process that was held up
AT_ONCE = 5_000  # sessions judged in one query
SECOND_LOOK = timedelta(seconds=3)
LONGEST_PAUSE = timedelta(minutes=5)
PAUSE_UNCONFIGURED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Revocation:
    """How many checks were seen through, and how many sessions were ended for that."""

    done: int = 0
    ended: int = 0


class Listed(NamedTuple):
    """The sessions that checks are about, or why they could not be listed."""

    checks: list[Check]
    sessions: list[Session]
    error: RemoteError | None = None


class Found(NamedTuple):
    """What was listed, and the sessions among it that may not go on."""

    listed: Listed
    unwanted: list[Session]


def end_sessions(client: SessionsClient, *, now: datetime | None = None, seconds: float = 15.0) -> Revocation:
    """See through all checks that are due, within about so many seconds; what is not, waits for the next run."""
    now = now or timezone.now()
    session_checks.forget_outdated(now=now)
    session_checks.add_lapsed(now=now)
    owner, deadline = uuid4(), Deadline.after(seconds)
    checks = session_checks.claim_due(owner, now=now, limit=MOST, lease=timedelta(seconds=seconds + LEASE_RESERVE))
    if not checks:
        return Revocation()
    if of_everybody := [check for check in checks if not check.agreement_number]:
        session_checks.remove_covered(max(of_everybody, key=attrgetter("since")))
    # Before anything is listed: of what the Auth Service has not heard, ended sessions would come back.
    untold = session_checks.untold(checks) if settings.AUTH_SERVICE_URL else set()
    with ThreadPoolExecutor(client.connections) as pool:
        found = [Found(listed, _unwanted(listed, now)) for listed in _list(client, pool.map, checks, deadline)]
        crowded = _crowded(found, untold)
        asked = list(pool.map(partial(_attempt, client.ask_again, deadline), crowded))
        errors = [
            list(pool.map(partial(_attempt, client.end, deadline), ids))
            for ids in ([session.id for session in one.unwanted if session.stream_name not in crowded] for one in found)
        ]
    again = {check.id for check in checks} if crowded else untold
    done = 0
    for (listed, _), group in zip(found, errors, strict=True):
        fault = listed.error or next((error for error in (*group, *asked) if error is not None), None)
        done += _put_away(owner, listed.checks, fault, again, now)
    ended = sum(error is None for group in errors for error in group)
    session_checks.count_ended(ended)
    if ended or crowded:
        logger.info("sessions_ended", ended=ended, streams_asked_again=len(crowded), checks=len(checks))
    return Revocation(done, ended)


def put_off(error: str, *, now: datetime) -> None:
    """Say of all checks that are due why sessions cannot be ended: there is no Flussonic that could be asked."""
    session_checks.forget_outdated(now=now)
    session_checks.add_lapsed(now=now)
    if postponed := session_checks.postpone_due(error, now=now, until=now + PAUSE_UNCONFIGURED):
        logger.error("sessions_cannot_be_ended", error=error, checks=postponed)


def _list(
    client: SessionsClient, spread: Callable[..., Iterable[Listed]], checks: list[Check], deadline: Deadline
) -> list[Listed]:
    """List each user's sessions, or all sessions at once where that is less work."""
    by_number: dict[str, list[Check]] = {}
    for check in checks:
        by_number.setdefault(check.agreement_number, []).append(check)

    def of_user(number: str) -> Listed:
        try:
            # Another backend than ours may call a user by the bare number, whatever letters it has.
            sessions = [
                session
                for name in {number, user_id(number)}
                for session in client.sessions(user_id=name, deadline=deadline)
            ]
        except RemoteError as exc:
            return Listed(by_number[number], [], exc)
        return Listed(by_number[number], sessions)

    if "" not in by_number and len(by_number) <= FEW:
        return list(spread(of_user, by_number))
    try:
        return [Listed(checks, client.sessions(deadline=deadline))]
    except RemoteError as exc:
        return [Listed(checks, [], exc)]


def _unwanted(listed: Listed, now: datetime) -> list[Session]:
    """Return the sessions that may not go on, by what is true now."""
    checked = [check.agreement_number for check in listed.checks if check.agreement_number]
    found = []
    for start in range(0, len(listed.sessions), AT_ONCE):
        some = listed.sessions[start : start + AT_ONCE]
        watching = [
            Watching(session.token, _agreement_number(session.user_id), session.stream_name) for session in some
        ]
        found += [some[place] for place in refused(watching, checked=checked, now=now)]
    return found


def _agreement_number(name: str) -> str:
    """Return whose session it is: what has no other letters than those of percent-encoding may be encoded by us."""
    plain = unquote(name)
    return plain if user_id(plain) == name else name


def _crowded(found: Sequence[Found], untold: set[int]) -> list[str]:
    """Return the streams with so many sessions to end that Flussonic is better told to ask about all of them.

    Only once: what still runs when it is looked at again is ended one by one. And only when whoever it asks knows.
    """
    if untold or any(check.attempts > 1 for one in found for check in one.listed.checks):
        return []
    counts = Counter(session.stream_name for one in found for session in one.unwanted)
    return [name for name, sessions in counts.items() if sessions > CROWD and name]


def _put_away(owner: UUID, checks: list[Check], fault: RemoteError | None, again: set[int], now: datetime) -> int:
    """Remove the checks that are seen through, keep the others for later; return how many were removed."""
    if isinstance(fault, RemoteNotFound):
        # A server without this API: it asks again by itself, and that has to do.
        logger.warning("sessions_cannot_be_listed", error=str(fault))
        fault, again = None, set()
    if fault is not None:
        error = str(fault)
        session_checks.keep(owner, [(check, error, now + _pause(check)) for check in checks], now=now)
        return 0
    done = [check for check in checks if check.id not in again]
    session_checks.remove(owner, done)
    kept = [check for check in checks if check.id in again]
    session_checks.keep(owner, [(check, "", now + _pause(check)) for check in kept], now=now)
    return len(done)


def _pause(check: Check) -> timedelta:
    """Return the time until the next attempt: 3 seconds, then twice as long each time."""
    return min(SECOND_LOOK * float(2 ** min(check.attempts - 1, 10)), LONGEST_PAUSE)


def _attempt(call: Callable[..., None], deadline: Deadline, what: str) -> RemoteError | None:
    """Return what went wrong, so that the others are tried, too."""
    try:
        call(what, deadline=deadline)
    except RemoteError as exc:
        return exc
    return None
