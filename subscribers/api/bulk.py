"""Many users at once: each is created, or changed where the agreement number is known, on its own."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Package, Tariff
from channels.models import Channel
from playlist_project.api import errors
from playlist_project.api.fields import MAX_ID, IdsField, StrictBooleanField, StrictCharField
from playlist_project.api.serializers import StrictSerializer
from subscribers import services
from subscribers.api.serializers import UserSerializer
from subscribers.models import Subscriber

MOST_USERS = 1_000
KEY = "agreement_number"
RESULTS = ("created", "updated", "unchanged", "failed")
REFUSED = (serializers.ValidationError, IntegrityError)


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
        # That a value is taken is said by the database: a question before each row would cost as much as the row.
        extra_kwargs: dict[str, Any] = {
            "agreement_number": {"validators": []},
            "username": {"allow_blank": False, "validators": []},
            "external_id": {"allow_blank": False, "validators": []},
        }


@extend_schema_field(BulkUserSerializer(many=True, partial=True))
class UsersField(serializers.ListField):
    """Users as they were sent: each is looked at on its own, after the list as a whole."""

    child = serializers.DictField()


class BulkUsersSerializer(StrictSerializer):
    users = UsersField(
        min_length=1,
        max_length=MOST_USERS,
        help_text="Each with the agreement number; who is new also needs what POST users needs.",
    )
    dry_run = StrictBooleanField(default=False, help_text="Tell what would happen, and change nothing.")


class FailureSerializer(StrictSerializer):
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(  # type: ignore[assignment]  # a field, in the place of the fields
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class BulkUserResultSerializer(StrictSerializer):
    index = serializers.IntegerField(help_text="Which of the users sent, counted from 0.")
    agreement_number = serializers.CharField(allow_null=True)
    result = serializers.ChoiceField(choices=RESULTS)
    id = serializers.IntegerField(allow_null=True, help_text="Null where there is none: failed, or only tried.")
    error = FailureSerializer(allow_null=True)


class BulkUsersResultSerializer(StrictSerializer):
    dry_run = serializers.BooleanField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = BulkUserResultSerializer(many=True, help_text="One for each of the users sent, in their order.")


@transaction.atomic
def upsert(users: list[dict[str, Any]], *, now: datetime, dry_run: bool) -> dict[str, Any]:
    """Create or change users, and return a BulkUsersResult; one who cannot be is undone and told, and stops no other.

    A dry run does the same, and undoes all of it.
    """
    numbers = [_agreement_number(user) for user in users]
    # In one order, so that two of these at once never wait for each other.
    locked = Subscriber.objects.select_for_update().filter(agreement_number__in={*numbers} - {None}).order_by("pk")
    known = {subscriber.agreement_number: subscriber for subscriber in locked}
    held = {name: _held(name, list(known.values())) for name in services.HOLDINGS}
    serializer = BulkUserSerializer(context={"known": _known_ids(users)})
    results: list[dict[str, Any]] = []
    seen: set[str | None] = set()
    for index, (user, number) in enumerate(zip(users, numbers, strict=True)):
        try:
            outcome = _applied(serializer, user, known.get(number or ""), held, now, repeated=number in seen)
        except REFUSED as exc:
            outcome = {"result": "failed", "id": None, "error": _told(exc)}
        results.append({"index": index, KEY: number, **outcome})
        seen.update({number} - {None})
    if dry_run:
        transaction.set_rollback(True)
        results = [row | {"id": None} if row["result"] == "created" else row for row in results]
    counts = Counter(row["result"] for row in results)
    return {"dry_run": dry_run, **{kind: counts[kind] for kind in RESULTS}, "results": results}


def _applied(
    serializer: BulkUserSerializer,
    user: dict[str, Any],
    subscriber: Subscriber | None,
    held: Mapping[str, Mapping[int, set[int]]],
    now: datetime,
    *,
    repeated: bool,
) -> dict[str, Any]:
    if repeated:
        raise serializers.ValidationError({KEY: ["An earlier user of this request has it."]})
    # One serializer for all: to make one takes longer than to use it.
    serializer.instance = subscriber
    serializer.partial = subscriber is not None
    values: dict[str, Any] = serializer.run_validation(user)
    if subscriber is None:
        return {"result": "created", "id": services.create(values, now=now).pk, "error": None}
    before = {name: held[name].get(subscriber.pk, set()) for name in services.HOLDINGS}
    changed = services.change(subscriber, values, before=before)
    return {"result": "updated" if changed else "unchanged", "id": subscriber.pk, "error": None}


def _agreement_number(user: Mapping[str, Any]) -> str | None:
    """Return what the user is known by; None where that is no agreement number, which the serializer will tell."""
    try:
        return str(StrictCharField(max_length=100).run_validation(user.get(KEY)))
    except serializers.ValidationError:
        return None


def _held(name: str, subscribers: list[Subscriber]) -> dict[int, set[int]]:
    """Return the ids of what each subscriber holds of a kind."""
    through = getattr(Subscriber, name).through
    column = f"{name.removesuffix('s')}_id"
    held: dict[int, set[int]] = {}
    for owner, pk in through.objects.filter(subscriber__in=subscribers).values_list("subscriber_id", column):
        held.setdefault(owner, set()).add(pk)
    return held


def _known_ids(users: list[dict[str, Any]]) -> dict[type[models.Model], set[int]]:
    """Return which of the ids that are named anywhere exist."""
    kinds: dict[str, type[models.Model]] = {"tariff_ids": Tariff, "package_ids": Package, "channel_ids": Channel}
    known = {}
    for name, model in kinds.items():
        named = [ids for user in users if isinstance(ids := user.get(name), list)]
        wanted = {pk for ids in named for pk in ids if isinstance(pk, int) and 0 < pk <= MAX_ID}
        known[model] = set(model._default_manager.filter(pk__in=wanted).values_list("pk", flat=True))
    return known


def _told(exc: Exception) -> Any:
    refused = errors.answer(exc, {})
    if refused is None:
        raise exc
    return {"fields": {}, **refused.data}
