"""Where a subscriber's tokens stand with the Auth Service."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from subscribers.models import OutboxEntry


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """Where they stand: delivered, pending, failing or not_configured; since when, and why."""

    state: str
    since: datetime | None = None
    error: str = ""


def delivery_state(subscriber_id: int) -> DeliveryState:
    """Tell where a subscriber's tokens stand, the present one and those that still have to be removed."""
    if not settings.AUTH_SERVICE_URL:
        return DeliveryState("not_configured")
    entries = list(OutboxEntry.objects.filter(subscriber_id=subscriber_id).order_by("stale_since"))
    failing = [entry for entry in entries if entry.failing_since]
    if failing:
        return DeliveryState("failing", failing[0].failing_since, failing[0].last_error)
    if entries:
        return DeliveryState("pending", entries[0].stale_since)
    return DeliveryState("delivered")
