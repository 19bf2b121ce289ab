"""From the outbox to the Auth Service: claim, resolve now, send, record, clear.

Any number of processes may deliver at once: an entry is in one hand at a time (a lease in the
database, longer than everything its holder can do), and a change made during the call keeps the
entry. Whoever is killed leaves a lease that ends by itself.
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import repeat
from typing import NamedTuple
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.auth_service.attempts import Outcome, Work, attempt, plan
from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.recording import record
from integrations.auth_service.standing import DeliveryState, delivery_state
from integrations.auth_service.tokens import ACTIVE
from integrations.http import Deadline, NotConfigured, RemoteUnauthorized, RemoteUnavailable
from integrations.models import RemoteToken
from subscribers import outbox
from subscribers.models import OutboxEntry, Subscriber
from subscribers.outbox import StaleToken

logger = structlog.get_logger(__name__)

BATCH_PER_CONNECTION = 5
LARGE_BATCH = 20  # takes the database a third of the time for each token
QUICK_ANSWER = 0.1  # seconds
LEASE_RESERVE = 20.0  # seconds for the database, and for a process that was held up


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """How many tokens were delivered, and how many attempts failed."""

    delivered: int = 0
    failed: int = 0


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
            failed += sum(outcome.error is not None for outcome in outcomes)
            delivered += sum(outcome.tried and outcome.error is None for outcome in outcomes)
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

    def attempt_in_time(work: Work, begin_by: float) -> Outcome:
        # Begun after that, it might end when somebody else holds the token.
        return attempt(client, work, timeout if time.monotonic() <= begin_by else 0)

    def start(per_connection: int) -> Batch:
        if time.monotonic() - began > seconds:
            return Batch([], [], 0.0)
        begin_by = time.monotonic() + lease - timeout
        claims = outbox.claim_due(
            owner, now=clock(), limit=client.connections * per_connection, lease=timedelta(seconds=lease)
        )
        work = plan(claims, clock())
        return Batch(
            sent=[pool.submit(attempt_in_time, item, begin_by) for item in work if item.state is not None],
            to_remove=[item for item in work if item.state is None],
            begin_by=begin_by,
        )

    def finish(batch: Batch) -> list[Outcome]:
        outcomes = [future.result() for future in batch.sent]
        # Last, so that a rotated token is replaced before it is removed.
        outcomes += pool.map(attempt_in_time, batch.to_remove, repeat(batch.begin_by))
        record(owner, outcomes, clock())
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
        if not any(_got_through(outcome) for outcome in outcomes):
            yield finish(following)
            return
        under_way = following


def _got_through(outcome: Outcome) -> bool:
    return outcome.tried and not isinstance(outcome.error, RemoteUnavailable | RemoteUnauthorized)


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
    return delivery_state(subscriber_id)


def send_again(subscriber: Subscriber, *, now: datetime | None = None) -> DeliveryState:
    """Tell the service all of one subscriber anew, whatever is on record of it. Raises NotConfigured."""
    now = now or timezone.now()
    if not settings.AUTH_SERVICE_URL:
        raise NotConfigured(_("AUTH_SERVICE_URL is not set: no Auth Service is told of the subscribers."))
    outbox.enqueue([StaleToken(subscriber.token, subscriber.pk, subscriber.auth_token_id)], now=now, tried=True)
    return deliver_subscriber(subscriber.pk, now=now)


def _deliver_now(client: AuthServiceClient, subscriber_id: int, now: datetime) -> None:
    deadline = Deadline.after(settings.AUTH_SERVICE_REQUEST_DEADLINE)
    owner = uuid4()
    lease = timedelta(seconds=settings.AUTH_SERVICE_REQUEST_DEADLINE + LEASE_RESERVE)
    claims = outbox.claim_of(owner, subscriber_id, now=now, lease=lease)
    work = sorted(plan(claims, now), key=lambda work: work.state is None)
    record(owner, [attempt(client, item, deadline.left()) for item in work], now)


def enqueue_lapsed(*, now: datetime) -> None:
    """Mark the tokens whose end has passed: over there they may live on, by a clock of another zone."""
    waiting = OutboxEntry.objects.values("token")  # these keep the time of their next attempt
    lapsed = RemoteToken.objects.filter(status=ACTIVE, valid_until__lte=now).exclude(token__in=waiting)
    outbox.enqueue((StaleToken(row.token, None, row.remote_id) for row in lapsed), now=now)
