"""The Auth Service's REST API, as deployed: ``/api/tokens`` with the header ``X-API-Key``."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Self

from django.conf import settings

from integrations.http import (
    Deadline,
    NotConfigured,
    RemoteClient,
    RemoteGarbage,
    RemoteNotFound,
    RemoteRejected,
)

PAGE_SIZE = 1000  # the most that it gives at once


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
            raise NotConfigured("AUTH_SERVICE_URL is not set: no Auth Service is told of the subscribers.")
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

    def token_of(self, remote_id: int, *, deadline: Deadline) -> str | None:
        """Return the token string that an id stands for, or None where it stands for nothing."""
        try:
            answer = self._http.request("GET", f"/api/tokens/{remote_id}", deadline=deadline)
        except RemoteNotFound:
            return None
        _id_of(answer)
        return str(answer["token"])

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
        skip = 0
        while True:
            page = self._http.request(
                "GET", "/api/tokens", params={"skip": skip, "limit": PAGE_SIZE}, deadline=deadline
            )
            if not isinstance(page, list):
                raise RemoteGarbage("Auth Service: the list of tokens is not a list.")
            fresh = [token for token in page if _id_of(token) not in seen]
            seen.update(token["id"] for token in fresh)
            yield fresh
            if len(page) < PAGE_SIZE:
                return
            skip += len(page)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _id_of(answer: Any) -> int:
    if not isinstance(answer, dict) or type(answer.get("id")) is not int or not isinstance(answer.get("token"), str):
        raise RemoteGarbage("Auth Service: a token without an id or a token string was answered.")
    return int(answer["id"])
