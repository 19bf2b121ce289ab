"""The one rule of creating and changing many users, for the API and for files: first a plan, then its writing.

A plan asks the database a few questions for all users together and writes nothing, so that a dry run is the plan.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import DatabaseError, IntegrityError, models, transaction
from rest_framework import serializers

from catalog.models import Package, Tariff
from channels.models import Channel
from playlist_project.api import codes, errors
from playlist_project.api.database_errors import is_passing
from playlist_project.api.fields import MAX_ID, IdsField, StrictCharField
from subscribers import many, services
from subscribers.api.serializers import UserSerializer
from subscribers.models import Subscriber
from subscribers.unique_values import UniqueValues, taken_message

KEY = "agreement_number"
ROW = "non_field_errors"
"""The field of what is wrong with a user as a whole."""
ATTEMPTS = 5
IDS: dict[str, type[models.Model]] = {"tariff_ids": Tariff, "package_ids": Package, "channel_ids": Channel}
KnownIds = Mapping[type[models.Model], set[int]]
Result = TypeVar("Result")
Wrong = Mapping[str, list[str]]


class KnownIdsField(IdsField):
    """Ids that were looked up before, for all users together."""

    def there(self, wanted: Any) -> set[int]:
        known: set[int] = self.context["known"][self.queryset.model]
        return known.intersection(wanted)


class BulkUserSerializer(UserSerializer):
    """A user as for POST users; of one who is known by the agreement number, what is not given stays."""

    tariff_ids = KnownIdsField(queryset=Tariff.objects.all(), source="tariffs", required=False)
    package_ids = KnownIdsField(queryset=Package.objects.all(), source="packages", required=False)
    channel_ids = KnownIdsField(queryset=Channel.objects.all(), source="channels", required=False)

    class Meta(UserSerializer.Meta):
        # That a value is taken is found for all of them together: a question for each would cost as much as the row.
        extra_kwargs: dict[str, Any] = {
            "agreement_number": {"validators": []},
            "username": {"allow_blank": False, "validators": []},
            "external_id": {"allow_blank": False, "validators": []},
        }


@dataclass(slots=True)
class Step:
    """What is to become of a user: ``values`` of a new one, or what is different of one who is known."""

    number: str | None
    result: str = "failed"
    subscriber: Subscriber | None = None
    values: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None

    def fail(self, error: dict[str, Any]) -> None:
        self.result, self.error, self.values = "failed", {"fields": {}, **error}, {}


@dataclass(slots=True)
class Plan:
    steps: list[Step]
    held: many.Held


def plan(
    users: Sequence[Mapping[str, Any]],
    wrong: Sequence[Wrong],
    *,
    unique: UniqueValues,
    known_ids: KnownIds | None = None,
    lock: bool,
) -> Plan:
    """Say what becomes of each user; ``wrong`` is what the caller found wrong with each, by field.

    With ``lock``, which wants a transaction, nobody else changes those who are known until it ends.
    """
    steps = [Step(agreement_number(user)) for user in users]
    found = Subscriber.objects.filter(agreement_number__in={step.number for step in steps} - {None})
    if lock:
        # In one order, so that two of these at once never wait for each other.
        found = found.select_for_update().order_by("pk")
    known = {subscriber.agreement_number: subscriber for subscriber in found}
    held = many.held_by(known.values())
    unique.look_up(users)
    serializer = BulkUserSerializer(context={"known": _known_ids(users) if known_ids is None else known_ids})
    for step, user, faults in zip(steps, users, wrong, strict=True):
        step.subscriber = known.get(step.number or "")
        try:
            values = _validated(serializer, step, user, faults)
        except serializers.ValidationError as exc:
            step.fail(_told(exc))
            continue
        _decide(step, values, held, unique)
    return Plan(steps, held)


@transaction.atomic
def write(plan: Plan, *, now: datetime) -> None:
    """Do what was planned under a lock, all at once; where the database refuses, one by one, and say which failed."""
    new = [step for step in plan.steps if step.result == "created"]
    changed = [step for step in plan.steps if step.result == "updated"]
    try:
        with transaction.atomic():
            made = many.create_all([step.values for step in new], now=now)
            many.change_all([(_known(step), step.values) for step in changed], plan.held, now=now)
    except IntegrityError:
        for step in (*changed, *new):
            _write_one(step, now=now)
        return
    for step, subscriber in zip(new, made, strict=True):
        step.subscriber = subscriber


def _write_one(step: Step, *, now: datetime) -> None:
    try:
        with transaction.atomic():
            if step.result == "created":
                step.subscriber = services.create(step.values, now=now)
            else:
                subscriber = _known(step)
                subscriber.refresh_from_db()  # the attempt at all of them has set the columns already
                services.change(subscriber, step.values)
    except IntegrityError as exc:
        step.fail(_told(exc))


def tried_again(work: Callable[[], Result]) -> Result:
    """Do something in a transaction of its own, and again where another one got in its way, which undid all of it."""
    for attempt in range(1, ATTEMPTS):
        try:
            with transaction.atomic():
                return work()
        except DatabaseError as exc:
            if not is_passing(exc):
                raise
        time.sleep(random.uniform(0.05, 0.2) * attempt)
    with transaction.atomic():
        return work()


def _validated(serializer: BulkUserSerializer, step: Step, user: Mapping[str, Any], wrong: Wrong) -> dict[str, Any]:
    if not wrong.keys().isdisjoint((KEY, ROW)):
        raise serializers.ValidationError(dict(wrong))
    # One serializer for all: to make one takes longer than to use it.
    serializer.instance = step.subscriber
    serializer.partial = step.subscriber is not None
    try:
        values: dict[str, Any] = serializer.run_validation(user)
    except serializers.ValidationError as exc:
        if wrong and isinstance(exc.detail, dict):
            raise serializers.ValidationError({**wrong, **exc.detail}) from exc
        raise
    if wrong:
        raise serializers.ValidationError(dict(wrong))
    return values


def _decide(step: Step, values: dict[str, Any], held: many.Held, unique: UniqueValues) -> None:
    assert step.number is not None  # without one, validation fails
    if taken := unique.taken(step.number, values):
        fields = {name: [taken_message(name)] for name in taken}
        message = f"{taken[0]}: {fields[taken[0]][0]}"
        step.fail({"code": codes.DUPLICATE_ENTRY, "message": message, "fields": fields})
        return
    unique.plan(step.number, step.subscriber, values)
    if step.subscriber is None:
        step.result, step.values = "created", values
        return
    before = {name: set(held[name].get(step.subscriber.pk, ())) for name in services.HOLDINGS}
    step.values = services.differences(step.subscriber, values, before)
    step.result = "updated" if step.values else "unchanged"


def _known(step: Step) -> Subscriber:
    assert step.subscriber is not None
    return step.subscriber


def agreement_number(user: Mapping[str, Any]) -> str | None:
    """Return what the user is known by; None where that is no agreement number, which the serializer will tell."""
    try:
        return str(StrictCharField(max_length=100).run_validation(user.get(KEY)))
    except serializers.ValidationError:
        return None


def _known_ids(users: Sequence[Mapping[str, Any]]) -> KnownIds:
    """Return which of the ids that are named anywhere exist."""
    known = {}
    for name, model in IDS.items():
        named = [ids for user in users if isinstance(ids := user.get(name), list)]
        wanted = {pk for ids in named for pk in ids if isinstance(pk, int) and 0 < pk <= MAX_ID}
        known[model] = set(model._default_manager.filter(pk__in=wanted).values_list("pk", flat=True))
    return known


def _told(exc: Exception) -> dict[str, Any]:
    refused = errors.answer(exc, {})
    if refused is None:
        raise exc
    return dict(refused.data)
