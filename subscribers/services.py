"""What staff and billing do with subscribers. The database marks the tokens concerned stale by itself."""

from datetime import datetime, timedelta

from django.db import transaction

from subscribers.models import Subscriber, new_token


@transaction.atomic
def rotate_token(subscriber: Subscriber) -> None:
    """Give the subscriber a new token; the old one is dead here from the commit on, and soon over there."""
    subscriber.token = new_token()
    subscriber.auth_token_id = None  # it was the old token's
    subscriber.save(update_fields=["token", "auth_token_id", "updated_at"])


@transaction.atomic
def suspend(subscriber: Subscriber) -> None:
    """Stop a subscriber from watching until enabled again."""
    subscriber.status = Subscriber.Status.DISABLED
    subscriber.save(update_fields=["status", "updated_at"])


@transaction.atomic
def enable(subscriber: Subscriber) -> None:
    """Let a suspended subscriber watch again, within the dates."""
    subscriber.status = Subscriber.Status.ENABLED
    subscriber.save(update_fields=["status", "updated_at"])


@transaction.atomic
def extend(subscriber: Subscriber, *, days: int, now: datetime) -> None:
    """Prolong a subscription, from its end while it runs and from now once it has lapsed."""
    subscriber.refresh_from_db(from_queryset=Subscriber.objects.select_for_update())  # two extensions add up
    subscriber.valid_until = max(now, subscriber.valid_until or now) + timedelta(days=days)
    subscriber.save(update_fields=["valid_until", "updated_at"])
