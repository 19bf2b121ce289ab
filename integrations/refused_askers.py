"""Who asks like Flussonic and may not: one line of the log a minute, and a count that staff are shown."""

from datetime import UTC, datetime
from typing import NamedTuple

import structlog
from django.conf import settings
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.multiprocess import MultiProcessCollector

from integrations.decisions import ANSWERS
from subscribers.lately import Lately

logger = structlog.get_logger(__name__)
REASON = "may_not_ask"
LAST = Gauge(
    "playlist_authorisation_refused_asker_seconds",
    "When somebody last asked like Flussonic with a wrong secret or from an unknown address, as a Unix time.",
    registry=None,
    multiprocess_mode="max",
)
told = Lately(seconds=60, most=1)


class RefusedAskers(NamedTuple):
    """How many questions were not listened to since the start of this host's processes, and when the last came."""

    questions: int
    last_at: datetime


def note_refused_asker(address: str, *, with_secret: bool, now: datetime) -> None:
    """Count a question; of what was sent nothing is kept, as a wrong secret may be nearly the right one."""
    ANSWERS.labels(REASON).inc()
    LAST.set(now.timestamp())
    if not told.has(REASON):
        logger.warning(
            "flussonic_auth_refused", address=address, reason="wrong_secret" if with_secret else "unknown_address"
        )


def refused_askers() -> RefusedAskers | None:
    """Return what all processes of this host have counted, or None where it is nothing."""
    registry = CollectorRegistry()
    if settings.METRICS_DIR:
        MultiProcessCollector(registry, path=settings.METRICS_DIR)  # type: ignore[no-untyped-call]
    else:
        registry.register(ANSWERS)
        registry.register(LAST)
    questions = registry.get_sample_value("playlist_authorisations_total", {"reason": REASON})
    last = registry.get_sample_value("playlist_authorisation_refused_asker_seconds")
    if not questions or not last:
        return None
    return RefusedAskers(int(questions), datetime.fromtimestamp(last, UTC))
