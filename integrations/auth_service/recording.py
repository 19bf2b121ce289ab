"""Write down what came of a batch of attempts, as far as their owner still held the tokens.

A `RemoteToken` is written only under the lock of the token's entry in the outbox, so that no two
processes disagree on what is over there. Staff lock subscribers and entries in whatever order
their work takes, so whoever records gives way: before PostgreSQL would find a deadlock and end one
of the two, it lets go of everything and begins again.
"""

import random
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from integrations.auth_service.attempts import Outcome
from integrations.giving_way import GIVE_WAY, HELD_UP, TRIES
from integrations.models import RemoteToken
from subscribers import outbox
from subscribers.outbox import StaleToken

FIRST_RETRY = timedelta(seconds=5)
LAST_RETRY = timedelta(minutes=5)

REMEMBER = """
    INSERT INTO integrations_remotetoken
        (token, remote_id, user_id, status, valid_from, valid_until, digest, accepted_at)
    SELECT sent.*, %(now)s
    FROM unnest(%(tokens)s::text[], %(remote_ids)s::int[], %(user_ids)s::text[], %(statuses)s::text[],
        %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(digests)s::text[]) AS sent
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


def record(owner: UUID, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Remember what was accepted, clear what is done, put off what failed, give back what was not tried.

    Whose lease ran out meanwhile may have overwritten what the next holder sent, and whose id led
    to another's token has: these tokens are marked again. What cannot be written because others
    hold the rows for long raises OperationalError; the leases end, and all of it is sent again.
    """
    if not outcomes:
        return
    for _ in range(TRIES):
        try:
            _record(owner, outcomes, now)
        except OperationalError as exc:
            if not isinstance(exc.__cause__, HELD_UP):
                raise
            held_up = exc
            time.sleep(random.uniform(0.05, 0.5))
        else:
            return
    raise held_up


@transaction.atomic
def _record(owner: UUID, outcomes: Sequence[Outcome], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(GIVE_WAY)
    accepted = [outcome for outcome in outcomes if outcome.remote_id is not None]
    _mirror_ids([outcome for outcome in accepted if outcome.remote_id != outcome.work.claim.auth_token_id])
    overwritten = [outcome.overwritten for outcome in outcomes if outcome.overwritten]
    held = outbox.lock(owner, [*_tokens(outcomes), *overwritten])
    ours = [outcome for outcome in outcomes if outcome.work.claim.token in held]
    lost = [outcome for outcome in outcomes if outcome.tried and outcome.work.claim.token not in held]
    done = [outcome for outcome in ours if outcome.tried and not outcome.error]
    _remember([outcome for outcome in accepted if outcome.work.claim.token in held])
    RemoteToken.objects.filter(token__in=_tokens(outcome for outcome in done if not outcome.work.state)).delete()
    outbox.clear(owner, [outcome.work.claim for outcome in done])
    outbox.release(owner, [outcome.work.claim for outcome in ours if not outcome.tried])
    outbox.postpone(
        owner,
        [
            (outcome.work.claim, str(outcome.error), now + _delay(outcome.work.claim.attempts))
            for outcome in ours
            if outcome.error
        ],
        now=now,
    )
    again = [StaleToken(token, None, None) for token in overwritten]
    again += [StaleToken(o.work.claim.token, o.work.claim.subscriber_id, o.remote_id) for o in lost]
    outbox.enqueue(again, now=now, tried=True)


def _tokens(outcomes: Iterable[Outcome]) -> list[str]:
    return [outcome.work.claim.token for outcome in outcomes]


def _mirror_ids(accepted: Sequence[Outcome]) -> None:
    if accepted:
        with connection.cursor() as cursor:
            cursor.execute(MIRROR_IDS, {"tokens": _tokens(accepted), "remote_ids": [o.remote_id for o in accepted]})


def _remember(accepted: Sequence[Outcome]) -> None:
    states = [outcome.work.state for outcome in accepted if outcome.work.state]
    if states:
        params: dict[str, Any] = {
            "tokens": _tokens(accepted),
            "remote_ids": [outcome.remote_id for outcome in accepted],
            "user_ids": [state.user_id for state in states],
            "statuses": [state.status for state in states],
            "starts": [state.valid_from for state in states],
            "ends": [state.valid_until for state in states],
            "digests": [state.digest() for state in states],
            "now": timezone.now(),
        }
        with connection.cursor() as cursor:
            cursor.execute(REMEMBER, params)


def _delay(attempts: int) -> timedelta:
    """Return how long to wait: twice as long each time up to a limit, jittered so that a crowd spreads out."""
    longest: timedelta = min(LAST_RETRY, FIRST_RETRY * 2 ** min(attempts - 1, 10))
    return longest * random.uniform(0.5, 1.0)
