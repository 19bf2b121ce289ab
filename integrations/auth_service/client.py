"""The Auth Service's REST API, as deployed: ``/api/tokens`` with the header ``X-API-Key``."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Self

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from integrations.http import (
    Deadline,
    NotConfigured,
    RemoteClient,
    RemoteGarbage,
    RemoteNotFound,
    RemoteRejected,
    RemoteTooLarge,
)

PAGE_SIZE = 1000  # the most that it gives at once
LARGEST_ID = 2**31 - 1
logger = structlog.get_logger(__name__)


class TokenExists(RemoteRejected):
    """The token is there already, most likely because the reply to an earlier request was lost: look up its id."""


class AuthServiceClient:
    """Create, change, delete and list tokens over there.

    Every call takes a Deadline and raises a RemoteError. One client may be used by as many
    threads as it has connections.
    """

    def __init__(self, base_url: str, api_key: str, *, timeout: float = 10.0, connections: int = 1) -> None:
        self.connections = connections
        self._http = RemoteClient(
            "Auth Service",
            base_url,
            headers={"X-API-Key": api_key},
            timeout=timeout,
            # A repeated POST or DELETE is not the same as one: what failed comes back through the outbox.
            retries=0,
            connections=connections,
        )

    @classmethod
    def from_settings(cls, *, connections: int | None = None) -> Self:
        """Return a client for the configured service. Raises NotConfigured where AUTH_SERVICE_URL is unset."""
        if not settings.AUTH_SERVICE_URL:
            raise NotConfigured(_("AUTH_SERVICE_URL is not set: no Auth Service is told of the subscribers."))
        return cls(
            settings.AUTH_SERVICE_URL,
            settings.AUTH_SERVICE_API_KEY,
            timeout=settings.AUTH_SERVICE_TIMEOUT,
            connections=connections or settings.AUTH_SERVICE_CONNECTIONS,
        )

    def create(self, body: dict[str, Any], *, deadline: Deadline) -> int:
        """Create a token and return its id over there. Raises TokenExists where the string is taken."""
        try:
            answer = self._http.request("POST", "/api/tokens", json=body, deadline=deadline)
        except RemoteRejected as exc:
            if exc.status == 400 and "already exists" in exc.detail:
                raise TokenExists(exc.args[0], status=exc.status, detail=exc.detail) from exc
            raise
        return _id_of(answer)

    def update(self, remote_id: int, body: dict[str, Any], *, deadline: Deadline) -> str:
        """Change a token and return its string: it is another's where the service has begun its ids anew.

        Nulls and what PATCH cannot change are ignored over there, silently.
        """
        answer = self._http.request("PATCH", f"/api/tokens/{remote_id}", json=body, deadline=deadline)
        _id_of(answer)
        return str(answer["token"])

    def get(self, remote_id: int, *, deadline: Deadline) -> dict[str, Any] | None:
        """Return the token that an id stands for, as `pages` gives it, or None where it stands for nothing."""
        try:
            answer = self._http.request("GET", f"/api/tokens/{remote_id}", deadline=deadline)
        except RemoteNotFound:
            return None
        _id_of(answer)
        return readable(answer)

    def delete(self, remote_id: int, *, deadline: Deadline) -> None:
        """Delete a token; one that is gone already is as good."""
        with suppress(RemoteNotFound):
            self._http.request("DELETE", f"/api/tokens/{remote_id}", deadline=deadline)

    def pages(self, *, deadline: Deadline) -> Iterator[list[dict[str, Any]]]:
        """Yield all tokens, a page at a time, each token once.

        The service gives no total and no fixed order, so a token may slip through between two
        pages while others change: absence is a reason to look again, never a proof.
        """
        seen: set[int] = set()
        skip, limit = 0, PAGE_SIZE
        while True:
            params = {"skip": skip, "limit": limit}
            try:
                page = self._http.request("GET", "/api/tokens", params=params, deadline=deadline)
            except RemoteTooLarge:
                if limit == 1:
                    raise
                limit //= 2
                continue
            if not isinstance(page, list):
                raise RemoteGarbage(_("Auth Service: the list of tokens is not a list."))
            tokens = [token for token in map(readable, page) if token is not None]
            fresh = [token for token in tokens if token["id"] not in seen]
            if tokens and not fresh:
                raise RemoteGarbage(_("Auth Service: the list of tokens goes in a circle."))
            seen.update(token["id"] for token in fresh)
            yield fresh
            if len(page) < limit:
                return
            skip += len(page)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def readable(token: Any) -> dict[str, Any] | None:
    """Return a listed token with every field of the type that it should have; None where it cannot be told apart.

    A field of another type comes back as its empty form, so that it differs from what it should be.
    """
    if not _identified(token):
        logger.warning("unreadable_token")
        return None
    streams, meta = token.get("allowed_streams"), token.get("meta")
    return {
        **token,
        "user_id": str(token.get("user_id")).replace("\0", ""),
        "status": str(token.get("status")).replace("\0", ""),
        "allowed_streams": [name for name in streams if isinstance(name, str)] if isinstance(streams, list) else [],
        "meta": meta if isinstance(meta, dict) else {},
    }


def _id_of(answer: Any) -> int:
    if not _identified(answer):
        raise RemoteGarbage(_("Auth Service: a token without an id or a token string was answered."))
    return int(answer["id"])


def _identified(token: Any) -> bool:
    """Tell whether it has an id and a string that the database can hold."""
    return (
        isinstance(token, dict)
        and type(token.get("id")) is int
        and 0 <= token["id"] <= LARGEST_ID
        and isinstance(token.get("token"), str)
        and len(token["token"]) <= 255
        and token["token"].isprintable()
    )
