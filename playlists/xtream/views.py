"""The addresses of an Xtream-Codes panel, for players that know nothing else.

They are asked by GET, HEAD or POST, set no cookies, and log nobody's password: what they are called in the log is
their route. Answers are never translated.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from playlist_project.login_attempts import client_address
from playlists.account import Account
from playlists.encoding import accepts_gzip
from playlists.links import Output
from playlists.players import for_players
from playlists.views import CONTENT_TYPE, note, playlist_response
from playlists.xtream.actions import ACTIONS, Asked, Body, account_json, panel_json, refusal_json
from playlists.xtream.credentials import Refused, check
from playlists.xtream.redirects import Wanted, address_of, wanted_live, wanted_timeshift
from playlists.xtream.xmltv import guide_response
from subscribers.models import Activity

OUTPUTS: dict[str, Output] = {"ts": "ts", "mpegts": "ts"}
WORTH_COMPRESSING = 4_000
PLAIN = "text/plain; charset=utf-8"
WRONG = b"Wrong user name or password.\n"
ENDED = "The subscription has ended or is disabled."


@for_players("GET", "HEAD", "POST")
def get_php(request: HttpRequest) -> HttpResponseBase:
    """Answer with the playlist, whatever the type; a wrong password gets an empty one, as players expect."""
    asked = parameters(request)
    if not all(asked.get(name) for name in ("username", "password", "type")):
        return plain("username, password and type are needed.", 400)
    try:
        account = check(asked["username"], asked["password"], client_address(request))
    except Refused as refused:
        return refusal(refused, b"#EXTM3U\n", CONTENT_TYPE, 200)
    if not account.may_watch(timezone.now()):
        return plain(ENDED, 403)
    note(request, Activity.Kind.PLAYLIST, account)
    return playlist_response(account, request, output=OUTPUTS.get(asked.get("output", "").lower(), "m3u8"))


@for_players("GET", "HEAD", "POST")
def player_api(request: HttpRequest) -> HttpResponse:
    """Answer an action, and everything that is none with the account."""
    return api_answer(request, account_json)


@for_players("GET", "HEAD", "POST")
def panel_api(request: HttpRequest) -> HttpResponse:
    """Answer as ``player_api.php`` does; the account comes with all its channels."""
    return api_answer(request, panel_json)


@for_players("GET", "HEAD", "POST")
def xmltv_php(request: HttpRequest) -> HttpResponseBase:
    asked = parameters(request)
    return guide_answer(request, asked.get("username", ""), asked.get("password", ""), as_file=False)


@for_players("GET", "HEAD", "POST")
def guide_answer(request: HttpRequest, username: str, password: str, *, as_file: bool) -> HttpResponseBase:
    """Answer with the guide in the XMLTV format, as a .gz file if that is wanted."""
    try:
        account = check(username, password, client_address(request))
    except Refused as refused:
        return refusal(refused, WRONG, PLAIN, 401)
    if not account.may_watch(timezone.now()):
        return plain(ENDED, 403)
    note(request, Activity.Kind.GUIDE, account)
    return guide_response(account, request, as_file=as_file)


def api_answer(request: HttpRequest, document: Callable[[Account, str, datetime], Body]) -> HttpResponse:
    asked = parameters(request)
    now = timezone.now()
    username, password = asked.get("username", ""), asked.get("password", "")
    try:
        account = check(username, password, client_address(request))
    except Refused as refused:
        old_form = settings.XTREAM_LOGIN_ERRORS == 200
        return refusal(refused, refusal_json(complete=old_form, now=now), "application/json", 200 if old_form else 401)
    action = ACTIONS.get(asked.get("action", ""))
    if action is None:
        note(request, Activity.Kind.ACCOUNT, account)
    body = action(account, asked, now) if action else document(account, password.strip(), now)
    if len(body.plain) < WORTH_COMPRESSING:
        return private(body.plain, "application/json")
    compressed = accepts_gzip(request)
    response = private(body.compressed() if compressed else body.plain, "application/json")
    response["Vary"] = "Accept-Encoding"
    if compressed:
        response["Content-Encoding"] = "gzip"
    return response


@for_players("GET", "HEAD", "POST")
def live(request: HttpRequest, username: str, password: str, stream: str) -> HttpResponse:
    wanted = wanted_live(stream, parameters(request), timezone.now())
    return stream_answer(request, username, password, wanted)


@for_players("GET", "HEAD", "POST")
def timeshift(
    request: HttpRequest, username: str, password: str, duration: str, start: str, stream: str
) -> HttpResponse:
    channel, dot, ending = stream.partition(".")
    return stream_answer(
        request, username, password, wanted_timeshift(channel, ending if dot else None, start, duration)
    )


@for_players("GET", "HEAD", "POST")
def timeshift_php(request: HttpRequest) -> HttpResponse:
    asked = parameters(request)
    stream, start, duration = (asked.get(name, "") for name in ("stream", "start", "duration"))
    wanted = wanted_timeshift(stream, asked.get("extension", "").lower(), start, duration)
    return stream_answer(request, asked.get("username", ""), asked.get("password", ""), wanted)


@for_players("GET", "HEAD", "POST")
def no_such_film(request: HttpRequest, **parts: str) -> HttpResponse:
    return plain("There are no films and no series here.", 404)


def stream_answer(request: HttpRequest, username: str, password: str, wanted: Wanted | None) -> HttpResponse:
    """Lead a player to the stream. What is no stream at all is told at once: players try several addresses."""
    if wanted is None:
        return plain("There is no such stream.", 404)
    try:
        account = check(username, password, client_address(request))
    except Refused as refused:
        return refusal(refused, WRONG, PLAIN, 401)
    now = timezone.now()
    if not account.may_watch(now):
        return plain(ENDED, 403)
    address = address_of(account, wanted, now)
    if address is None:
        return plain("There is no such stream.", 404)
    note(request, Activity.Kind.ARCHIVE if wanted.span else Activity.Kind.LIVE, account, wanted.channel_id)
    return HttpResponse(status=302, headers={"Location": address, "Cache-Control": "no-store"})


def parameters(request: HttpRequest) -> Asked:
    """Return what is asked, from the query and the body: a form, or JSON, which may be empty."""
    asked: dict[str, str] = {**request.GET.dict(), **request.POST.dict()}
    if request.method == "POST" and request.content_type == "application/json":
        try:
            body: Any = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            body = None
        if isinstance(body, dict):
            asked.update((name, str(value)) for name, value in body.items() if isinstance(value, str | int))
    return asked


def refusal(refused: Refused, body: bytes, content_type: str, status: int) -> HttpResponse:
    """Return the same for all wrong credentials; with 429 and when to come again while none are looked at."""
    response = private(body, content_type)
    response.status_code = 429 if refused.retry_after else status
    if refused.retry_after:
        response["Retry-After"] = str(refused.retry_after)
    return response


def plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", PLAIN, status=status, headers={"Cache-Control": "no-store"})


def private(body: bytes, content_type: str) -> HttpResponse:
    return HttpResponse(body, content_type, headers={"Cache-Control": "private, no-store"})
