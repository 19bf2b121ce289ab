"""Who calls: an API token, or the session of somebody who has logged in."""

from typing import Any

from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from playlist_project import api_tokens
from playlist_project.models import ApiToken, User


class BearerAuthentication(TokenAuthentication):  # type: ignore[misc]  # knox ships no types
    """Take ``Authorization: Bearer ...``.

    Knox's own look-up deletes expired tokens, of which staff should still see that they expired, and stumbles over
    bytes that are not UTF-8.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        found = api_tokens.find(token)
        if found is None:
            raise AuthenticationFailed("There is no such token, or it has expired.")
        if not found.user.is_active:
            raise AuthenticationFailed("The account of this token is not active.")
        api_tokens.note_use(found)
        return found.user, found


class TokenThrottle(BaseThrottle):
    """Allow API_RATE_LIMIT requests with one token; sessions belong to people, who are slow enough."""

    seconds_left = 0

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        usage = api_tokens.count_request(request.auth)
        self.seconds_left = usage.seconds_left
        return usage.allowed

    def wait(self) -> float:
        return self.seconds_left
