"""What Flussonic is answered, counted all of it and kept of it what staff need: a sample, and never for long."""

import ipaddress
import random
import time
from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from prometheus_client import Counter

from integrations.flussonic.authorisation import Decision
from integrations.flussonic.reasons import Reason
from integrations.models import AuthDecision
from subscribers.buffer import Buffer
from subscribers.passwords import keyed_digest

ANSWERS = Counter(
    "playlist_authorisations", "Answers to Flussonic, which asks who may watch.", ["reason"], registry=None
)
SECONDS_BETWEEN_ALIKE = 60.0
MOST_REMEMBERED = 10_000


class Question(NamedTuple):
    """What Flussonic wants to know, as far as it is kept; ``ip`` is the viewer's."""

    token: str
    stream_name: str
    is_archive: bool
    request_type: str
    protocol: str
    ip: str
    session_id: str


class Lately:
    """Tells whether something was met within the last minute."""

    def __init__(self) -> None:
        self._met: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def has(self, key: str) -> bool:
        now = time.monotonic()
        with self._lock:
            met = self._met.get(key)
            if met is not None and now - met < SECONDS_BETWEEN_ALIKE:
                return True
            self._met[key] = now
            self._met.move_to_end(key)
            while len(self._met) > MOST_REMEMBERED:
                self._met.popitem(last=False)
            return False

    def forget(self) -> None:
        with self._lock:
            self._met.clear()


refusals = Lately()


def note(question: Question, decision: Decision, *, now: datetime) -> None:
    """Count an answer, and keep it where it is among those that staff are shown; written within seconds."""
    ANSWERS.labels(decision.reason.value).inc()
    if _is_kept(question, decision):
        answers.add(
            AuthDecision(
                at=now,
                subscriber_id=decision.subscriber_id,
                stream_name=_text(question.stream_name, 255),
                reason=decision.reason,
                is_archive=question.is_archive,
                request_type=_text(question.request_type, 20),
                protocol=_text(question.protocol, 20),
                address=viewer_address(question.ip) or None,
                session_id=_text(question.session_id, 100),
            )
        )


def _text(value: str, longest: int) -> str:
    """Return what PostgreSQL takes: one letter that it refuses would cost a whole batch."""
    return value.replace("\0", "\ufffd")[:longest]


def _is_kept(question: Question, decision: Decision) -> bool:
    if decision.reason is Reason.ALLOWED:
        return question.request_type != "update_session" and random.random() * 100 < settings.AUTH_DECISIONS_SAMPLE
    alike = f"{question.token}\n{question.stream_name}\n{decision.reason}"
    return not refusals.has(keyed_digest(alike, purpose="refusal"))


def viewer_address(text: str) -> str:
    """Return the address, or nothing where it is none."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _write(entries: list[AuthDecision]) -> None:
    AuthDecision.objects.bulk_create(entries)


answers: Buffer[AuthDecision] = Buffer("answers to Flussonic", _write, most=5_000)


def forget_old_answers() -> int:
    """Keep the newest AUTH_DECISIONS_KEEP answers, and return how many were deleted."""
    newest = AuthDecision.objects.order_by("-pk").values_list("pk", flat=True)
    for surplus in newest[settings.AUTH_DECISIONS_KEEP : settings.AUTH_DECISIONS_KEEP + 1]:
        return AuthDecision.objects.filter(pk__lte=surplus).delete()[0]
    return 0
