"""What staff and billing do with subscribers. The database marks the tokens concerned stale by itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from subscribers.models import Subscriber, new_token
from subscribers.passwords import check_typed, digest_of_generated, digest_of_typed, new_password
from subscribers.usernames import free_username

HOLDINGS = ("tariffs", "packages", "channels")


class EndTooFar(ValueError):
    """The end of validity would lie beyond all calendars: extend by fewer days, or leave it open."""


def usual_end(now: datetime) -> datetime | None:
    """Return the end of validity of a new subscriber of whom nothing else is said."""
    return now + timedelta(days=settings.DEFAULT_EXPIRY_DAYS) if settings.DEFAULT_EXPIRY_DAYS else None


@transaction.atomic
def create(values: Mapping[str, Any], *, now: datetime) -> Subscriber:
    """Make a subscriber of columns by name, and of the ids of what they hold by tariffs, packages and channels."""
    columns = {name: value for name, value in values.items() if name not in HOLDINGS}
    subscriber = Subscriber.objects.create(**{"valid_until": usual_end(now), **columns})
    _hold(subscriber, values, {name: set() for name in HOLDINGS})
    return subscriber


@transaction.atomic
def change(subscriber: Subscriber, values: Mapping[str, Any]) -> bool:
    """Change what is given, as for `create`, and nothing else; tell whether anything was different."""
    before = {name: _held(subscriber, name) for name in HOLDINGS if name in values}
    changes = differences(subscriber, values, before)
    columns = [name for name in changes if name not in HOLDINGS]
    for name in columns:
        setattr(subscriber, name, changes[name])
    if columns:
        subscriber.save(update_fields=[*columns, "updated_at"])
    _hold(subscriber, changes, before)
    return bool(changes)


def differences(subscriber: Subscriber, values: Mapping[str, Any], before: Mapping[str, set[int]]) -> dict[str, Any]:
    """Return those of the values, as for `create`, that a subscriber does not have; ``before``: ids of what is held."""
    return {
        name: value
        for name, value in values.items()
        if (before[name] != set(value) if name in HOLDINGS else getattr(subscriber, name) != value)
    }


def _held(subscriber: Subscriber, name: str) -> set[int]:
    return set(getattr(subscriber, name).order_by().values_list("pk", flat=True))


def _hold(subscriber: Subscriber, values: Mapping[str, Any], before: Mapping[str, set[int]]) -> None:
    for name in HOLDINGS:
        if name in values:
            wanted, relation = set(values[name]), getattr(subscriber, name)
            relation.remove(*before[name] - wanted)
            relation.add(*wanted - before[name])


@transaction.atomic
def rotate_token(subscriber: Subscriber) -> None:
    """Give the subscriber a new token; the old one is dead here from the commit on, and soon over there."""
    subscriber.token = new_token()
    subscriber.auth_token_id = None  # it was the old token's
    subscriber.save(update_fields=["token", "auth_token_id", "updated_at"])


def generate_password(subscriber: Subscriber) -> str:
    """Give the subscriber a random password, and a user name where there is none; return the password, kept nowhere.

    Raises Subscriber.DoesNotExist where the subscriber has been deleted meanwhile, and so does `set_password`.
    """
    password = new_password()
    _keep_password(subscriber, digest_of_generated(password))
    return password


def set_password(subscriber: Subscriber, password: str) -> None:
    """Give the subscriber a password that a person chose, and a user name where there is none.

    Raises ValidationError where the password is too short, or of letters that players cannot send. Takes some 20 ms.
    """
    check_typed(password)
    _keep_password(subscriber, digest_of_typed(password))


def remove_password(subscriber: Subscriber) -> None:
    """Let nobody log in with the subscriber's user name; the token and what is watched by it stay."""
    subscriber.password_digest = ""
    subscriber.save(update_fields=["password_digest", "updated_at"])


@transaction.atomic
def _keep_password(subscriber: Subscriber, digest: str) -> None:
    # A person has typed meanwhile, or an Argon2 was computed: the user name may be another one by now.
    locked = Subscriber.objects.select_for_update()
    subscriber.refresh_from_db(fields=["username", "agreement_number"], from_queryset=locked)
    subscriber.password_digest = digest
    columns = ["password_digest", "updated_at"]
    if not subscriber.username:
        subscriber.username = free_username(subscriber.agreement_number)
        columns.append("username")
    subscriber.save(update_fields=columns)


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
    """Prolong a subscription, from its end while it runs and from now once it has lapsed. Raises EndTooFar."""
    subscriber.refresh_from_db(from_queryset=Subscriber.objects.select_for_update())  # two extensions add up
    try:
        subscriber.valid_until = max(now, subscriber.valid_until or now) + timedelta(days=days)
    except OverflowError as exc:
        raise EndTooFar("The end would lie beyond the year 9999.") from exc
    subscriber.save(update_fields=["valid_until", "updated_at"])
