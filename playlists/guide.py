"""The guide over HTTP, for players that have only the token in the address."""

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotFound
from django.utils import timezone

from playlists.account import viewer_by_token
from playlists.players import for_players
from playlists.views import note
from playlists.xtream.xmltv import guide_response
from subscribers.models import Activity


@for_players("GET", "HEAD", "POST")
def guide(request: HttpRequest, token: str, *, as_file: bool) -> HttpResponseBase:
    """Answer a player with its guide; to disabled, lapsed and unknown subscribers the answer is the same."""
    account = viewer_by_token(token, now=timezone.now())
    if account is None:
        return HttpResponseNotFound("There is no such guide.\n", content_type="text/plain; charset=utf-8")
    note(request, Activity.Kind.GUIDE, account)
    return guide_response(account, request, as_file=as_file)
