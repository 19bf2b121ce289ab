"""The guide over HTTP, for players that have only the token in the address."""

import re

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotFound
from django.utils import timezone

from playlists.account import account_by_token
from playlists.players import for_players
from playlists.views import note
from playlists.xtream.xmltv import guide_response
from subscribers.models import TOKEN_LETTERS, Activity


@for_players("GET", "HEAD")
def guide(request: HttpRequest, token: str, *, as_file: bool) -> HttpResponseBase:
    """Answer a player with its guide; to disabled, lapsed and unknown subscribers the answer is the same."""
    now = timezone.now()
    account = account_by_token(token, now=now) if re.fullmatch(TOKEN_LETTERS, token) else None
    if account is None or not account.may_watch(now):
        return HttpResponseNotFound("There is no such guide.\n", content_type="text/plain; charset=utf-8")
    note(request, Activity.Kind.GUIDE, account)
    return guide_response(account, request, as_file=as_file)
