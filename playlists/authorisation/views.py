"""The address that Flussonic asks, at every start of a stream and again while it runs, who may watch (``on_play``).

Parameters and headers are those of the vendor's pages on authorisation backends.
"""

import ipaddress
from urllib.parse import parse_qs

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from integrations.decisions import Question, note
from integrations.flussonic.authorisation import decide
from integrations.flussonic.reasons import Reason
from integrations.refused_askers import note_refused_asker
from playlist_project.login_attempts import client_address
from playlists.players import for_players
from subscribers.activity import record
from subscribers.models import Activity

LONGEST_NAME = 255


@for_players("GET", "HEAD")
def authorisation(request: HttpRequest, secret: str = "") -> HttpResponse:
    """Allow a viewer with 200 and how many streams at once for how long, or refuse with 403; without a body."""
    if not (settings.FLUSSONIC_AUTH_SECRET or settings.FLUSSONIC_AUTH_ADDRESSES):
        raise Http404
    if not _may_ask(request, secret):
        note_refused_asker(client_address(request), with_secret=bool(secret), now=timezone.now())
        return HttpResponse(status=403)
    question = _question(request)
    now = timezone.now()
    decision = decide(question.token, question.stream_name, archive=question.is_archive, now=now)
    if request.method != "HEAD":
        note(question, decision, now=now)
    if decision.reason is not Reason.ALLOWED or decision.subscriber_id is None:
        return HttpResponse(status=403)
    if request.method != "HEAD":
        record(
            Activity.Kind.SESSION,
            decision.subscriber_id,
            channel_id=decision.channel_id,
            address=question.ip,
            user_agent=request.GET.get("user_agent", ""),
            protocol=question.protocol,
            session_id=question.session_id,
            bytes_so_far=_number(request.GET.get("bytes", "")),
            at=now,
        )
    return HttpResponse(
        headers={
            "X-UserId": decision.user_id,
            "X-Max-Sessions": str(decision.max_sessions),
            "X-AuthDuration": str(decision.seconds),
        }
    )


def _may_ask(request: HttpRequest, secret: str) -> bool:
    if secret:
        return constant_time_compare(secret, settings.FLUSSONIC_AUTH_SECRET) and bool(settings.FLUSSONIC_AUTH_SECRET)
    try:
        address = ipaddress.ip_address(client_address(request))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(known, strict=False) for known in settings.FLUSSONIC_AUTH_ADDRESSES)


def _question(request: HttpRequest) -> Question:
    asked = request.GET
    return Question(
        token=_token(asked.get("token", ""), asked.get("qs", "")),
        stream_name=asked.get("name", "")[: LONGEST_NAME + 1],
        is_archive=asked.get("dvr", "") in ("true", "1"),
        request_type=asked.get("request_type", ""),
        protocol=asked.get("proto", ""),
        ip=asked.get("ip", ""),
        session_id=asked.get("session_id", ""),
    )


def _token(token: str, query: str) -> str:
    """Return the viewer's token: the query that the player sent has it where the server did not find it or made one."""
    sent = parse_qs(query, max_num_fields=50).get(settings.FLUSSONIC_TOKEN_KEY) if query.count("&") < 50 else None
    return sent[-1] if sent else token


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
