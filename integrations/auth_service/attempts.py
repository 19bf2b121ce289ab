"""One attempt at one token: what is to be told, the calls that tell it, and what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from integrations.auth_service.client import AuthServiceClient
from integrations.auth_service.sending import Known, remove, send
from integrations.auth_service.tokens import TokenState, states_of
from integrations.http import Deadline, RemoteError
from integrations.models import RemoteToken
from subscribers.outbox import Claim


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed token with the truth of this moment and what is known of the other side."""

    claim: Claim
    state: TokenState | None
    known: Known | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the id over there, the token of somebody else that was overwritten, or the error.

    Where it was not ``tried``, nothing was sent: the time was over before its turn came.
    """

    work: Work
    remote_id: int | None = None
    overwritten: str | None = None
    error: RemoteError | None = None
    tried: bool = True


def plan(claims: Sequence[Claim], now: datetime) -> list[Work]:
    """Look up what each claimed token should say at this moment; three queries, however many there are."""
    tokens = [claim.token for claim in claims]
    states = states_of(tokens, now=now) if tokens else {}
    known = {
        token: Known(remote_id, user_id, valid_from, valid_until, digest)
        for token, remote_id, user_id, valid_from, valid_until, digest in RemoteToken.objects.filter(
            token__in=tokens
        ).values_list("token", "remote_id", "user_id", "valid_from", "valid_until", "digest")
    }
    return [Work(claim, states.get(claim.token), known.get(claim.token)) for claim in claims]


def attempt(client: AuthServiceClient, work: Work, seconds: float) -> Outcome:
    """Tell the service of one token, within so many seconds."""
    if seconds <= 0:
        return Outcome(work, tried=False)
    deadline = Deadline.after(seconds)
    try:
        if work.state is not None:
            first_try = work.claim.attempts == 1
            sent = send(client, work.state, work.known, first_try=first_try, deadline=deadline)
            return Outcome(work, remote_id=sent.remote_id, overwritten=sent.overwritten, error=sent.error)
        remote_id = work.known.remote_id if work.known else work.claim.auth_token_id
        # Nothing was ever tried with this token, so nothing can be there.
        if remote_id is not None or work.claim.attempts > 1:
            remove(client, work.claim.token, remote_id, deadline=deadline)
        return Outcome(work)
    except RemoteError as exc:
        return Outcome(work, error=exc)
