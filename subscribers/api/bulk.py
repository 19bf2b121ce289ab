"""Many users at once: each is created, or changed where the agreement number is known, on its own."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from playlist_project.api.fields import StrictBooleanField
from playlist_project.api.serializers import StrictSerializer
from subscribers.api.upserting import KEY, BulkUserSerializer, Wrong, agreement_number, plan, write
from subscribers.unique_values import UniqueValues

MOST_USERS = 1_000
RESULTS = ("created", "updated", "unchanged", "failed")


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
    """Create or change users, and return a BulkUsersResult; one who cannot be is told, and stops no other.

    A dry run says the same, and writes nothing.
    """
    planned = plan(users, list(_repeated(users)), unique=UniqueValues(), lock=not dry_run)
    if not dry_run:
        write(planned, now=now)
    results = [
        {
            "index": index,
            KEY: step.number,
            "result": step.result,
            "id": step.subscriber.pk if step.subscriber and step.result != "failed" else None,
            "error": step.error,
        }
        for index, step in enumerate(planned.steps)
    ]
    counts = Counter(step.result for step in planned.steps)
    return {"dry_run": dry_run, **{kind: counts[kind] for kind in RESULTS}, "results": results}


def _repeated(users: list[dict[str, Any]]) -> Iterator[Wrong]:
    seen: set[str] = set()
    for user in users:
        number = agreement_number(user)
        yield {KEY: [_("An earlier user of this request has it.")]} if number in seen else {}
        if number is not None:
            seen.add(number)
