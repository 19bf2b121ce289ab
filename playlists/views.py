"""Playlists over HTTP: for players, who have only the token in the address, and for staff."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import cast
from unicodedata import normalize
from urllib.parse import quote

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound, StreamingHttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from channels import m3u
from playlists.entries import playlist_entries
from playlists.versions import changed_at
from subscribers.models import TOKEN_LETTERS, Subscriber

# Exactly this: mpv plays no playlist that says "; charset=utf-8".
CONTENT_TYPE = "audio/x-mpegurl"
VARIANT = "m3u8"
UNSAFE_IN_FILENAME = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"%*/:<>?\\|]')


@dataclass(frozen=True)
class Playlist:
    """A subscriber's playlist, ready to be sent."""

    chunks: Sequence[bytes]
    size: int
    etag: str
    changed_at: datetime
    filename: str


@csrf_exempt
@require_safe
def playlist(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer a player with its playlist; to disabled, lapsed and unknown subscribers the answer is the same."""
    try:
        if not re.fullmatch(TOKEN_LETTERS, token):  # PostgreSQL would refuse some of them
            raise Subscriber.DoesNotExist
        return playlist_response(Subscriber.objects.may_watch(timezone.now()).get(token=token), request)
    except Subscriber.DoesNotExist:
        return HttpResponseNotFound("There is no such playlist.\n", content_type="text/plain; charset=utf-8")


def playlist_response(subscriber: Subscriber, request: HttpRequest) -> HttpResponseBase:
    """Return the playlist as the answer to a GET or HEAD request, or 304 when the client has it already.

    Whether the subscriber may watch at this moment is for the caller to ask. Raises Subscriber.DoesNotExist
    where the row is gone by now.
    """
    made = build_playlist(subscriber)
    modified = int(made.changed_at.timestamp())
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Content-Length": str(made.size),
        "Content-Disposition": _disposition(made.filename),
        "Cache-Control": "private, no-cache",
        "ETag": f'"{made.etag}"',
        "Last-Modified": http_date(modified),
    }
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(headers=headers)
    else:
        response = StreamingHttpResponse(made.chunks, headers=headers)
    conditional = get_conditional_response(request, headers["ETag"], modified, cast(HttpResponse, response))
    return conditional or response


def build_playlist(subscriber: Subscriber) -> Playlist:
    """Return the playlist of any subscriber, lapsed ones included; a new version is put on record.

    All of it, so that an error comes before the first byte and a slow player holds no transaction open.
    """
    chunks = []
    digest = blake2b(digest_size=16)
    with transaction.atomic(savepoint=False):
        for chunk in m3u.write(playlist_entries(subscriber)):
            chunks.append(chunk)
            digest.update(chunk)
    etag = digest.hexdigest()
    return Playlist(
        chunks=chunks,
        size=sum(map(len, chunks)),
        etag=etag,
        changed_at=changed_at(subscriber, VARIANT, etag),
        filename=_filename(subscriber),
    )


def preview_text(subscriber: Subscriber, limit: int) -> str:
    """Return the beginning of the playlist, ``limit`` channels long, for people to read."""
    with transaction.atomic(savepoint=False):
        return b"".join(m3u.write(playlist_entries(subscriber, limit=limit))).decode()


def _filename(subscriber: Subscriber) -> str:
    stem = f"{subscriber.last_name}_{subscriber.first_name}_{subscriber.agreement_number}"
    return UNSAFE_IN_FILENAME.sub("_", normalize("NFC", stem)) + ".m3u8"


def _disposition(filename: str) -> str:
    """Return the header with the name in full (RFC 5987), and in ASCII for those who know no better."""
    latin = normalize("NFKD", filename.removesuffix(".m3u8")).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9. -]+", "_", latin).strip("_. ") or "playlist"
    return f"attachment; filename=\"{plain}.m3u8\"; filename*=UTF-8''{quote(filename, safe='')}"
