"""Fields that take JSON at its word: ``"5"`` is no number, ``5`` no text, ``"yes"`` no truth.

What is lenient here would differ from the schema, and hide mistakes of those who call.
"""

from collections.abc import Collection
from datetime import UTC
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

MAX_ID = 2**63 - 1


class StrictCharField(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictIntegerField(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        # 1.0 is an integer to JSON Schema, and some languages know no others.
        if isinstance(data, bool) or not isinstance(data, int | float) or data != data // 1:
            self.fail("invalid")
        return int(data)


class QueryIntegerField(serializers.IntegerField):
    """A whole number in a query, of plain digits."""

    def to_internal_value(self, data: Any) -> int:
        text = str(data)
        if not (text.isascii() and text.isdecimal()):  # isdecimal also takes the digits of other alphabets
            self.fail("invalid")
        return super().to_internal_value(text)


class StrictBooleanField(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictChoiceField(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class UtcDateTimeField(serializers.DateTimeField):
    """A moment: UTC in answers; in requests with any offset, and UTC without one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"default_timezone": UTC, **kwargs})

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")
        return super().to_internal_value(value)


def id_field(**kwargs: Any) -> StrictIntegerField:
    """Return a field for the id of a row, which the view or the service looks up."""
    return StrictIntegerField(min_value=1, max_value=MAX_ID, **kwargs)


class IdField(serializers.PrimaryKeyRelatedField[Any]):
    """The id of a row, which becomes the row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"pk_field": id_field(), **kwargs})


class IdsField(serializers.ListField):
    """The ids of rows, in any order; all of them are looked up in one query, and become ids that exist."""

    def __init__(self, *, queryset: "QuerySet[Any]", **kwargs: Any) -> None:
        self.queryset = queryset
        super().__init__(**{"child": id_field(), **kwargs})

    def to_internal_value(self, data: Any) -> list[int]:
        wanted = dict.fromkeys(super().to_internal_value(data))
        there = self.there(wanted)
        if missing := [pk for pk in wanted if pk not in there]:
            shown = ", ".join([*map(str, missing[:10]), *(["…"] if len(missing) > 10 else [])])
            raise serializers.ValidationError(_("There is no row with the id %(ids)s.") % {"ids": shown})
        return list(wanted)

    def there(self, wanted: Collection[int]) -> set[int]:
        """Return which of the ids exist."""
        return set(self.queryset.filter(pk__in=wanted).values_list("pk", flat=True))

    def to_representation(self, value: Any) -> list[int]:
        """Return the ids of a relation, in ascending order: prefetch it where there are many owners."""
        return sorted(row.pk for row in value.all())
