"""What Flussonic is answered, counted all of it and kept of it what staff need: a sample, and never for long."""

import random
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from prometheus_client import Counter

from integrations.flussonic.authorisation import Decision
from integrations.flussonic.reasons import Reason
from integrations.models import AuthDecision
from subscribers.buffer import Buffer
from subscribers.lately import Ceiling, Lately
from subscribers.passwords import keyed_digest
from subscribers.sent_values import storable_address, storable_text

ANSWERS = Counter(
    "playlist_authorisations", "Answers to Flussonic, which asks who may watch.", ["reason"], registry=None
)


class Question(NamedTuple):
    """What Flussonic wants to know, as far as it is kept; ``ip`` is the viewer's."""

    token: str
    stream_name: str
    is_archive: bool
    request_type: str
    protocol: str
    ip: str
    session_id: str


refusals = Lately(seconds=60, most=10_000)
strangers = Ceiling(seconds=60, most=100)


def note(question: Question, decision: Decision, *, now: datetime) -> None:
    """Count an answer, and keep it where it is among those that staff are shown; written within seconds."""
    ANSWERS.labels(decision.reason.value).inc()
    if _is_kept(question, decision):
        answers.add(
            AuthDecision(
                at=now,
                subscriber_id=decision.subscriber_id,
                stream_name=storable_text(question.stream_name, 255),
                reason=decision.reason,
                is_archive=question.is_archive,
                request_type=storable_text(question.request_type, 20),
                protocol=storable_text(question.protocol, 20),
                address=storable_address(question.ip),
                session_id=storable_text(question.session_id, 100),
            )
        )


def _is_kept(question: Question, decision: Decision) -> bool:
    if decision.reason is Reason.ALLOWED:
        return question.request_type != "update_session" and random.random() * 100 < settings.AUTH_DECISIONS_SAMPLE
    # Made-up tokens and streams are without number: of what is not ours so many a minute are enough.
    who = question.ip if decision.subscriber_id is None else question.token
    alike = f"{who}\n{question.stream_name}\n{decision.reason}"
    if refusals.has(keyed_digest(alike, purpose="refusal")):
        return False
    is_ours = decision.subscriber_id is not None and decision.channel_id is not None
    return is_ours or strangers.passes()


def _write(entries: list[AuthDecision]) -> None:
    AuthDecision.objects.bulk_create(entries)


answers: Buffer[AuthDecision] = Buffer("answers to Flussonic", _write, most=5_000)


def forget_old_answers() -> int:
    """Keep the newest AUTH_DECISIONS_KEEP answers, and return how many were deleted."""
    newest = AuthDecision.objects.order_by("-pk").values_list("pk", flat=True)
    for surplus in newest[settings.AUTH_DECISIONS_KEEP : settings.AUTH_DECISIONS_KEEP + 1]:
        return AuthDecision.objects.filter(pk__lte=surplus).delete()[0]
    return 0
