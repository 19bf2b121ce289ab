"""Playlists over HTTP: for players, who have only the token in the address, and for staff."""

import re
from unicodedata import normalize
from urllib.parse import quote

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotFound,
    StreamingHttpResponse,
)
from django.utils import timezone

from playlist_project.login_attempts import client_address
from playlists.account import Account, account_by_token, viewer_by_token
from playlists.answers import compressed, dated, without_body
from playlists.encoding import accepts_gzip, gzipped
from playlists.links import Output
from playlists.players import for_players
from playlists.playlist import playlist_content
from playlists.versions import since
from subscribers.activity import record
from subscribers.models import Activity, Subscriber

# Exactly this: mpv plays no playlist that says "; charset=utf-8".
CONTENT_TYPE = "audio/x-mpegurl"
UNSAFE_IN_FILENAME = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"%*/:<>?\\|]')

PROBE = re.compile(r"bytes=[0-9]+-[0-9]+")
"""A piece of a stream, by which players find out whether there is one; who plays it asks for all."""


@for_players("GET", "HEAD", "POST")
def playlist(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer a player with its playlist; to disabled, lapsed and unknown subscribers the answer is the same."""
    account = viewer_by_token(token, now=timezone.now())
    if account is None:
        return HttpResponseNotFound("There is no such playlist.\n", content_type="text/plain; charset=utf-8")
    note(request, Activity.Kind.PLAYLIST, account)
    return playlist_response(account, request)


def playlist_response(account: Account, request: HttpRequest, *, output: Output = "m3u8") -> HttpResponseBase:
    """Return the playlist as the answer to a request, or 304 when the client has it already.

    A HEAD request is told of the answer that is not compressed. Whether the subscriber may watch at this moment is for
    the caller to ask.
    """
    content = playlist_content(account, output)
    etag = content.etag_for(account.token)
    version = since(account, output, etag)
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(content.size_for(account.token)),
        "Content-Disposition": _disposition(_filename(account)),
        "Cache-Control": "private, no-cache",
        "ETag": f'"{etag}"',
        "Vary": "Accept-Encoding",
    }
    headers = dated(headers, version)
    settled = without_body(request, headers, version)
    if settled is not None:
        return settled
    chunks = content.chunks_for(account.token)
    if accepts_gzip(request):
        body = gzipped(chunks)
        return HttpResponse(body, headers=compressed(headers, len(body)))
    return StreamingHttpResponse(chunks, headers=headers)


def staff_playlist_response(subscriber: Subscriber, request: HttpRequest) -> HttpResponseBase:
    """Return the playlist of any subscriber, as for players. Raises Http404 where the row is gone by now."""
    account = account_by_token(subscriber.token, now=timezone.now())
    if account is None:
        raise Http404
    return playlist_response(account, request)


def _filename(account: Account) -> str:
    stem = f"{account.last_name}_{account.first_name}_{account.agreement_number}"
    return UNSAFE_IN_FILENAME.sub("_", normalize("NFC", stem)) + ".m3u8"


def _disposition(filename: str) -> str:
    """Return the header with the name in full (RFC 5987), and in ASCII for those who know no better."""
    latin = normalize("NFKD", filename.removesuffix(".m3u8")).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9. -]+", "_", latin).strip("_. ") or "playlist"
    return f"attachment; filename=\"{plain}.m3u8\"; filename*=UTF-8''{quote(filename, safe='')}"


def note(request: HttpRequest, kind: Activity.Kind, account: Account, channel_id: int | None = None) -> None:
    """Note what a subscriber does, unless it is a player that only looks whether it could."""
    if request.method == "HEAD" or PROBE.fullmatch(request.headers.get("Range", "")):
        return
    agent = request.headers.get("User-Agent", "")
    record(kind, account.id, channel_id=channel_id, address=client_address(request), user_agent=agent)
