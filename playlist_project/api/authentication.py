"""Who calls: an API token, or the session of somebody who has logged in."""

from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled

from playlist_project import api_tokens
from playlist_project.models import ApiToken, User


class BearerAuthentication(TokenAuthentication):  # type: ignore[misc]  # knox ships no types
    """Take ``Authorization: Bearer ...``, API_RATE_LIMIT times: whatever the request goes on to ask for counts.

    Knox's own look-up deletes expired tokens, of which staff should still see that they expired, and stumbles over
    bytes that are not UTF-8.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        found = api_tokens.find(token)
        if found is None:
            raise AuthenticationFailed(_("There is no such token, or it has expired."))
        if not found.user.is_active:
            raise AuthenticationFailed(_("The account of this token is not active."))
        usage = api_tokens.count_request(found)
        if not usage.allowed:
            raise Throttled(usage.seconds_left, _("Too many requests with this token."))
        api_tokens.note_use(found)
        return found.user, found
