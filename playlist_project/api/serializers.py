"""Serializers that refuse what they do not know, and write no more than they were given."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from playlist_project.api.fields import (
    IdField,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
    UtcDateTimeField,
)

if TYPE_CHECKING:
    AnySerializer = serializers.Serializer[Any]
    AnyModelSerializer = serializers.ModelSerializer[Any]
else:
    AnySerializer = serializers.Serializer  # take no type at run time
    AnyModelSerializer = serializers.ModelSerializer


class StrictSerializer(AnySerializer):
    """Name every field that is not there, or cannot be written, along with the other errors."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = _unknown_fields(self, data)
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as exc:
            if unknown and isinstance(exc.detail, dict):
                raise serializers.ValidationError({**exc.detail, **unknown}) from exc
            raise
        if unknown:
            raise serializers.ValidationError(unknown)
        return values


def _unknown_fields(serializer: AnySerializer, data: Any) -> dict[str, list[str]]:
    if not isinstance(data, Mapping):
        return {}
    writable = {name for name, field in serializer.fields.items() if not field.read_only}
    return {
        str(name): [_("This field cannot be written.")] if name in serializer.fields else [_("There is no such field.")]
        for name in data
        if name not in writable
    }


class StrictModelSerializer(StrictSerializer, AnyModelSerializer):
    """A row of a model, with strict fields."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: StrictCharField,
        models.TextField: StrictCharField,
        models.IntegerField: StrictIntegerField,
        models.PositiveIntegerField: StrictIntegerField,
        models.BigIntegerField: StrictIntegerField,
        models.BooleanField: StrictBooleanField,
        models.DateTimeField: UtcDateTimeField,
        models.AutoField: StrictIntegerField,
        models.BigAutoField: StrictIntegerField,
    }
    serializer_choice_field = StrictChoiceField
    serializer_related_field = IdField

    def update(self, instance: Any, validated_data: Any) -> Any:
        """Write only what was given: meanwhile a sync, a drag or a new token may have written the row."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        if validated_data:
            instance.save(update_fields=[*validated_data, "updated_at"])
        return instance
