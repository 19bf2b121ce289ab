"""Bring one token over there in line with what it should say: the calls, and the traps between them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from integrations.auth_service.client import AuthServiceClient, TokenExists
from integrations.auth_service.tokens import TokenState, read_moment, same_start
from integrations.http import Deadline, RemoteError, RemoteNotFound


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a token over there: its id, and what decides whether a PATCH is enough."""

    remote_id: int
    user_id: str
    valid_from: datetime | None
    valid_until: datetime | None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A token's id over there, and the token of somebody else that was overwritten on the way, if any.

    With such a one, an error may have kept the token itself from being made: it has no id then.
    """

    remote_id: int | None
    overwritten: str | None = None
    error: RemoteError | None = None


def send(
    client: AuthServiceClient, state: TokenState, known: Known | None, *, first_try: bool, deadline: Deadline
) -> Sent:
    """Create or change a token. Raises RemoteError.

    Nothing is sent where the digest says that exactly this was accepted before. What is known holds
    on the first try only: of one that failed nobody knows what it has changed over there, so it is
    looked up.
    """
    if known is not None and not first_try:
        known = _look_up(client, state.token, known.remote_id, deadline=deadline)
    if known is None:
        return Sent(_create(client, state, deadline=deadline))
    if known.digest == state.digest():
        return Sent(known.remote_id)
    if not _patchable(state, known):
        remove(client, state.token, known.remote_id, deadline=deadline)
        return Sent(_create(client, state, deadline=deadline))
    try:
        changed = client.update(known.remote_id, state.patch(), deadline=deadline)
    except RemoteNotFound:
        return Sent(_create(client, state, deadline=deadline))
    if changed != state.token:  # a service that has lost its data gives the same ids to others
        try:
            return Sent(_create(client, state, deadline=deadline), overwritten=changed)
        except RemoteError as exc:
            return Sent(None, overwritten=changed, error=exc)
    return Sent(known.remote_id)


def remove(client: AuthServiceClient, token: str, remote_id: int | None, *, deadline: Deadline) -> None:
    """Delete a token over there.

    Without an id, it is looked for: a reply that was lost may have left it there. An id is looked
    up before it is believed, as it may stand for somebody else's token by now.
    """
    if remote_id is None or _look_up(client, token, remote_id, deadline=deadline) is None:
        found = find(client, token, deadline=deadline)
        remote_id = found.remote_id if found else None
    if remote_id is not None:
        client.delete(remote_id, deadline=deadline)


def find(client: AuthServiceClient, token: str, *, deadline: Deadline) -> Known | None:
    """Look for a token string among all tokens: there is no other way to learn a lost id."""
    for page in client.pages(deadline=deadline):
        for held in page:
            if held["token"] == token:
                return known_from(held)
    return None


def _look_up(client: AuthServiceClient, token: str, remote_id: int, *, deadline: Deadline) -> Known | None:
    """Return what an id stands for, if that is this token."""
    held = client.get(remote_id, deadline=deadline)
    return known_from(held) if held and held["token"] == token else None


def known_from(held: dict[str, Any]) -> Known:
    """Read what decides about the next call from a token as the service lists it."""
    return Known(
        remote_id=held["id"],
        user_id=held["user_id"],
        valid_from=read_moment(held.get("valid_from")),
        valid_until=read_moment(held.get("valid_until")),
    )


def _create(client: AuthServiceClient, state: TokenState, *, deadline: Deadline) -> int:
    try:
        return client.create(state.body(), deadline=deadline)
    except TokenExists:
        known = find(client, state.token, deadline=deadline)
        if known is None:  # it slipped through between two pages, or somebody deleted it: next time
            raise
    if not _patchable(state, known):
        client.delete(known.remote_id, deadline=deadline)
        return client.create(state.body(), deadline=deadline)
    client.update(known.remote_id, state.patch(), deadline=deadline)
    return known.remote_id


def _patchable(state: TokenState, known: Known) -> bool:
    """A PATCH ignores user_id and valid_from, and cannot clear valid_until."""
    return (
        state.user_id == known.user_id
        and same_start(state.valid_from, known.valid_from, now=timezone.now())
        and not (known.valid_until and not state.valid_until)
    )
