"""From the outbox to the Auth Service: claim, resolve now, send, record, clear.

Any number of processes may deliver at once: an entry is in one hand at a time (a lease in the
database, longer than everything its holder can do), and a change made during the call keeps the
entry. Whoever is killed leaves a lease that ends by itself.
"""

import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.sending import Known, remove, send
from integrations.auth_service.tokens import ACTIVE, TokenState, states_of
from integrations.http import Deadline, NotConfigured, RemoteError, RemoteUnauthorized, RemoteUnavailable
from integrations.models import RemoteToken
from subscribers import outbox
from subscribers.models import OutboxEntry, Subscriber
from subscribers.outbox import Claim, StaleToken

logger = structlog.get_logger(__name__)

BATCH_PER_CONNECTION = 5
LARGE_BATCH = 20  # takes the database a third of the time for each token
QUICK_ANSWER = 0.1  # seconds
FIRST_RETRY = timedelta(seconds=5)
LAST_RETRY = timedelta(minutes=5)
LEASE_RESERVE = 20.0  # seconds for the database, and for a process that was held up

REMEMBER = """
    INSERT INTO integrations_remotetoken
        (token, remote_id, user_id, status, valid_from, valid_until, digest, accepted_at)
    SELECT sent.*, %(now)s
    FROM unnest(%(tokens)s::text[], %(remote_ids)s::int[], %(user_ids)s::text[], %(statuses)s::text[],
        %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(digests)s::text[]) AS sent
    ORDER BY 1
    ON CONFLICT (token) DO UPDATE SET
        remote_id = excluded.remote_id, user_id = excluded.user_id, status = excluded.status,
        valid_from = excluded.valid_from, valid_until = excluded.valid_until, digest = excluded.digest,
        accepted_at = excluded.accepted_at
"""
MIRROR_IDS = """
    UPDATE subscribers_subscriber AS subscriber SET auth_token_id = other.remote_id
    FROM (
        SELECT id, remote_id FROM subscribers_subscriber
        JOIN unnest(%(tokens)s::text[], %(remote_ids)s::int[]) AS sent (token, remote_id) USING (token)
        WHERE auth_token_id IS DISTINCT FROM remote_id
        ORDER BY id FOR NO KEY UPDATE OF subscribers_subscriber
    ) AS other
    WHERE subscriber.id = other.id
"""


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """Where a subscriber's token stands: delivered, pending, failing or not_configured; since when, and why."""

    state: str
    since: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """How many tokens were delivered, and how many attempts failed."""

    delivered: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed token with the truth of this moment and what is known of the other side."""

    claim: Claim
    state: TokenState | None
    known: Known | None


@dataclass(frozen=True, slots=True)
class Outcome:
    work: Work
    remote_id: int | None = None
    overwritten: str | None = None
    error: RemoteError | None = None


class Batch(NamedTuple):
    """What was claimed together: under way to the service, and to be removed there after that."""

    sent: list[Future[Outcome]]
    to_remove: list[Work]
    begin_by: float


def deliver_due(
    client: AuthServiceClient, *, now: datetime | None = None, seconds: float = float("inf")
) -> DeliveryResult:
    """Deliver everything that is due, over all of the client's connections, until nothing is left.

    ``now`` is when it begins; its clock runs on from there. After ``seconds`` nothing more is taken up.

    Stops early when nobody in a whole batch got through: the service is down, and the next run
    will see whether it is back.
    """
    now = now or timezone.now()
    enqueue_lapsed(now=now)
    owner = uuid4()
    delivered = failed = 0
    with ThreadPoolExecutor(max_workers=client.connections) as pool:
        for outcomes in _batches(client, pool, owner, now, seconds):
            errors = [outcome.error for outcome in outcomes if outcome.error]
            delivered += len(outcomes) - len(errors)
            failed += len(errors)
    if failed:
        logger.warning("delivery_failed", delivered=delivered, failed=failed)
    return DeliveryResult(delivered, failed)


def _batches(
    client: AuthServiceClient, pool: ThreadPoolExecutor, owner: UUID, now: datetime, seconds: float
) -> Iterator[list[Outcome]]:
    """Send batch after batch; while one is under way the next is claimed and resolved."""
    timeout = settings.AUTH_SERVICE_TIMEOUT
    # A token waits for its connection's share of its own batch and of those before and after it.
    lease = timeout * BATCH_PER_CONNECTION * 3 + LEASE_RESERVE
    began = time.monotonic()

    def clock() -> datetime:
        return now + timedelta(seconds=time.monotonic() - began)

    def attempt(work: Work, begin_by: float) -> Outcome:
        if time.monotonic() > begin_by:  # somebody else may hold it by the time that this ends
            return Outcome(work, error=RemoteUnavailable("Too many slow answers came before this token."))
        return _attempt(client, work, timeout)

    def start(per_connection: int) -> Batch:
        if time.monotonic() - began > seconds:
            return Batch([], [], 0.0)
        begin_by = time.monotonic() + lease - timeout
        claims = outbox.claim_due(
            owner, now=clock(), limit=client.connections * per_connection, lease=timedelta(seconds=lease)
        )
        work = _plan(claims, clock())
        return Batch(
            sent=[pool.submit(attempt, item, begin_by) for item in work if item.state is not None],
            to_remove=[item for item in work if item.state is None],
            begin_by=begin_by,
        )

    def finish(batch: Batch) -> list[Outcome]:
        outcomes = [future.result() for future in batch.sent]
        # Last, so that a rotated token is replaced before it is removed.
        outcomes += pool.map(attempt, batch.to_remove, repeat(batch.begin_by))
        _record(owner, outcomes, clock())
        return outcomes

    per_connection = BATCH_PER_CONNECTION
    under_way = start(per_connection)
    while under_way.sent or under_way.to_remove:
        asked = time.monotonic()
        following = start(per_connection)
        outcomes = finish(under_way)
        # Few at once while answers are slow: what is in hand here, nobody else can take.
        quick = time.monotonic() - asked < per_connection * QUICK_ANSWER
        per_connection = LARGE_BATCH if quick else BATCH_PER_CONNECTION
        yield outcomes
        if all(isinstance(outcome.error, RemoteUnavailable | RemoteUnauthorized) for outcome in outcomes):
            yield finish(following)
            return
        under_way = following


def deliver_subscriber(subscriber_id: int, *, now: datetime | None = None) -> DeliveryState:
    """Deliver one subscriber's tokens at once, due or not, within the deadline of a request; say where they stand.

    Call it after the commit, never inside a transaction. Never raises for a remote that fails:
    the change is safe in the outbox.
    """
    now = now or timezone.now()
    if settings.AUTH_SERVICE_URL:
        try:
            client = AuthServiceClient.from_settings(connections=1)
        except NotConfigured as exc:
            return DeliveryState("failing", error=str(exc))
        with client:
            _deliver_now(client, subscriber_id, now)
    return _state_of_entries(subscriber_id)


def _deliver_now(client: AuthServiceClient, subscriber_id: int, now: datetime) -> None:
    deadline = Deadline.after(settings.AUTH_SERVICE_REQUEST_DEADLINE)
    owner = uuid4()
    lease = timedelta(seconds=settings.AUTH_SERVICE_REQUEST_DEADLINE + LEASE_RESERVE)
    claims = outbox.claim_of(owner, subscriber_id, now=now, lease=lease)
    work = sorted(_plan(claims, now), key=lambda work: work.state is None)
    _record(owner, [_attempt(client, item, deadline.left()) for item in work], now)


def delivery_state(subscriber: Subscriber) -> DeliveryState:
    """Tell where a subscriber's tokens stand, the present one and those that still have to be removed."""
    return _state_of_entries(subscriber.pk)


def _state_of_entries(subscriber_id: int) -> DeliveryState:
    if not settings.AUTH_SERVICE_URL:
        return DeliveryState("not_configured")
    entries = list(OutboxEntry.objects.filter(subscriber_id=subscriber_id).order_by("stale_since"))
    failing = [entry for entry in entries if entry.failing_since]
    if failing:
        return DeliveryState("failing", failing[0].failing_since, failing[0].last_error)
    if entries:
        return DeliveryState("pending", entries[0].stale_since)
    return DeliveryState("delivered")


def enqueue_lapsed(*, now: datetime) -> None:
    """Mark the tokens whose end has passed: over there they may live on, by a clock of another zone."""
    waiting = OutboxEntry.objects.values("token")  # these keep the time of their next attempt
    lapsed = RemoteToken.objects.filter(status=ACTIVE, valid_until__lte=now).exclude(token__in=waiting)
    outbox.enqueue((StaleToken(row.token, None, row.remote_id) for row in lapsed), now=now)


def _plan(claims: Sequence[Claim], now: datetime) -> list[Work]:
    tokens = [claim.token for claim in claims]
    states = states_of(tokens, now=now) if tokens else {}
    known = {
        token: Known(remote_id, user_id, valid_from, valid_until, digest)
        for token, remote_id, user_id, valid_from, valid_until, digest in RemoteToken.objects.filter(
            token__in=tokens
        ).values_list("token", "remote_id", "user_id", "valid_from", "valid_until", "digest")
    }
    return [Work(claim, states.get(claim.token), known.get(claim.token)) for claim in claims]


def _attempt(client: AuthServiceClient, work: Work, seconds: float) -> Outcome:
    deadline = Deadline.after(seconds)
    try:
        if work.state is not None:
            first_try = work.claim.attempts == 1
            sent = send(client, work.state, work.known, first_try=first_try, deadline=deadline)
            return Outcome(work, remote_id=sent.remote_id, overwritten=sent.overwritten)
        remote_id = work.known.remote_id if work.known else work.claim.auth_token_id
        # Nothing was ever tried with this token, so nothing can be there.
        if remote_id is not None or work.claim.attempts > 1:
            remove(client, work.claim.token, remote_id, deadline=deadline)
        return Outcome(work)
    except RemoteError as exc:
        return Outcome(work, error=exc)


@transaction.atomic
def _record(owner: UUID, outcomes: Sequence[Outcome], now: datetime) -> None:
    done = [outcome for outcome in outcomes if outcome.error is None]
    _remember(done)
    _repair([outcome.overwritten for outcome in done if outcome.overwritten], now)
    outbox.clear(owner, [outcome.work.claim for outcome in done])
    outbox.postpone(
        owner,
        [
            (outcome.work.claim, str(outcome.error), now + _delay(outcome.work.claim.attempts))
            for outcome in outcomes
            if outcome.error is not None
        ],
        now=now,
    )


def _remember(done: Sequence[Outcome]) -> None:
    """Keep what was accepted, and mirror the ids onto the subscribers."""
    sent = [
        (outcome.work.state, outcome.remote_id)
        for outcome in done
        if outcome.work.state is not None and outcome.remote_id is not None
    ]
    gone = [outcome.work.claim.token for outcome in done if outcome.work.state is None]
    if sent:
        ids: dict[str, Any] = {
            "tokens": [state.token for state, _ in sent],
            "remote_ids": [remote_id for _, remote_id in sent],
        }
        accepted: dict[str, Any] = {
            "user_ids": [state.user_id for state, _ in sent],
            "statuses": [state.status for state, _ in sent],
            "starts": [state.valid_from for state, _ in sent],
            "ends": [state.valid_until for state, _ in sent],
            "digests": [state.digest() for state, _ in sent],
        }
        with connection.cursor() as cursor:
            cursor.execute(REMEMBER, {**ids, **accepted, "now": timezone.now()})
            cursor.execute(MIRROR_IDS, ids)
    RemoteToken.objects.filter(token__in=gone).delete()


def _repair(overwritten: Sequence[str], now: datetime) -> None:
    """Send the tokens again that an id of somebody else's has led to."""
    RemoteToken.objects.filter(token__in=overwritten).update(digest="")
    outbox.enqueue((StaleToken(token, None, None) for token in overwritten), now=now)


def _delay(attempts: int) -> timedelta:
    """Return how long to wait: twice as long each time up to a limit, jittered so that a crowd spreads out."""
    longest: timedelta = min(LAST_RETRY, FIRST_RETRY * 2 ** min(attempts - 1, 10))
    return longest * random.uniform(0.5, 1.0)
