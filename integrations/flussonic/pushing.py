"""Has Flussonic restream the channels of lists: makes, changes and removes streams until all is as it should be.

Any number of workers may do it at once: a stream is in one hand at a time, by a lease that is longer than everything
its holder can do with it, and ends by itself where the holder is killed. Sending twice does no harm.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import uuid4

import structlog
from django.conf import settings
from django.utils import timezone

from channels.models import Source
from channels.sources import apply_delivery
from integrations.flussonic import push_queue
from integrations.flussonic.push_queue import Claim, Outcome, mark_pushes
from integrations.flussonic.streams import StreamsClient
from integrations.http import Deadline, NotConfigured, RemoteError

logger = structlog.get_logger(__name__)

BATCH_PER_CONNECTION = 20
MOST_IN_A_ROW = 20
"""So many failures, one after the other, say that the server is down."""
SECONDS_FOR_A_BATCH = 30.0
LEASE_RESERVE = 20.0  # seconds for the database, and for a process that was held up


@dataclass(frozen=True, slots=True)
class PushResult:
    """How many streams were made or changed, removed, and failed; ``left``: the time was over before the work was."""

    made: int = 0
    removed: int = 0
    failed: int = 0
    left: bool = False


def push_due(*, seconds: float) -> bool:
    """Find out what is to be done and do it, for about so many seconds; return whether there is more to do at once.

    Never raises for a remote that fails or is not configured: what is to be done stays on record.
    """
    for source in Source.objects.lists():
        apply_delivery(source)
    mark_pushes()
    if not settings.FLUSSONIC_URL:
        return False
    with suppress(NotConfigured), StreamsClient.from_settings() as client:
        return push_streams(client, seconds=seconds).left
    return False


def push_streams(client: StreamsClient, *, seconds: float = float("inf")) -> PushResult:
    """Send what is marked and due, over all of the client's connections; after ``seconds`` nothing more is begun.

    Ends early when nothing gets through. Where that was so the last time, one stream is tried before all others.
    """
    if not _tell_ours_from_others(client):
        return PushResult(failed=1)
    end = time.monotonic() + seconds
    made = removed = failed = 0
    with ThreadPoolExecutor(max_workers=client.connections) as pool:
        for outcome in _outcomes(client, pool, end):
            if outcome.error is not None:
                failed += 1
            elif outcome.claim.wanted is None:
                removed += outcome.tried
            else:
                made += outcome.tried
    if made or removed or failed:
        log = logger.warning if failed else logger.info
        log("streams_pushed", made=made, removed=removed, failed=failed)
    return PushResult(made, removed, failed, left=time.monotonic() >= end)


class Patience:
    """Is lost after so many failures in a row; a stream that is refused is none, as the server does answer."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._in_a_row = 0
        self._guard = threading.Lock()

    @property
    def lost(self) -> bool:
        return self._in_a_row >= self._most

    def saw(self, outcome: Outcome) -> Outcome:
        with self._guard:
            self._in_a_row = 0 if push_queue.got_through(outcome) else self._in_a_row + 1
        return outcome


def _tell_ours_from_others(client: StreamsClient) -> bool:
    """Look which names of new streams Flussonic has given to others; return False where it does not tell."""
    now = timezone.now()
    newest = push_queue.newest_unknown(now=now)
    if newest is None:
        return True
    try:
        names = client.names(deadline=Deadline.after(settings.FLUSSONIC_DEADLINE))
    except RemoteError as exc:
        push_queue.put_off_unknown(exc, now=now)
        return False
    push_queue.sort_out(newest, names, now=now)
    return True


def _outcomes(client: StreamsClient, pool: ThreadPoolExecutor, end: float) -> Iterator[Outcome]:
    """Send batch after batch; while one is under way the next is claimed, so that no connection ever waits for us."""
    owner, timeout = uuid4(), settings.FLUSSONIC_TIMEOUT
    lease = timedelta(seconds=SECONDS_FOR_A_BATCH + timeout + LEASE_RESERVE)
    patience = Patience(MOST_IN_A_ROW)

    def start(limit: int) -> list[Future[Outcome]]:
        if patience.lost or time.monotonic() >= end:
            return []
        claims = push_queue.claim_due(owner, now=timezone.now(), limit=limit, lease=lease)
        begin_by = min(end, time.monotonic() + SECONDS_FOR_A_BATCH)
        return [pool.submit(partial(_attempt, client, claim, patience, begin_by, timeout)) for claim in claims]

    def finish(batch: list[Future[Outcome]]) -> list[Outcome]:
        outcomes = [future.result() for future in batch]
        push_queue.record(owner, outcomes, now=timezone.now())
        return outcomes

    if push_queue.failing():
        probe = finish(start(1))
        yield from probe
        if not all(push_queue.got_through(outcome) for outcome in probe):
            return
    size = client.connections * BATCH_PER_CONNECTION
    under_way = start(size)
    while under_way:
        following = start(size)
        yield from finish(under_way)
        under_way = following


def _attempt(client: StreamsClient, claim: Claim, patience: Patience, begin_by: float, timeout: float) -> Outcome:
    if patience.lost or time.monotonic() >= begin_by:
        return Outcome(claim, tried=False)
    deadline = Deadline.after(timeout)
    try:
        if claim.wanted is None:
            client.delete(claim.name, deadline=deadline)
        else:
            client.put(claim.name, url=claim.wanted.url, title=claim.wanted.title, deadline=deadline)
    except RemoteError as exc:
        return patience.saw(Outcome(claim, exc))
    return patience.saw(Outcome(claim))
