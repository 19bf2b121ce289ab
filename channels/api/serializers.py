"""How groups and channels look in the API."""

from typing import Any

from rest_framework import serializers

from channels.models import Group, next_position
from playlist_project.api.fields import StrictIntegerField, id_field
from playlist_project.api.serializers import StrictModelSerializer, StrictSerializer

MAX_POSITION = 2**31 - 1


class GroupSerializer(StrictModelSerializer):
    channel_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Group
        fields = ("id", "name", "sort_order", "channel_count", "created_at", "updated_at")
        read_only_fields = ("sort_order", "created_at", "updated_at")

    def create(self, validated_data: Any) -> Group:
        return Group.objects.create(**validated_data, sort_order=next_position(Group))


class GroupCascadeSerializer(StrictSerializer):
    channels = serializers.IntegerField(help_text="Channels that would be in no group afterwards.")


class PlaceSerializer(StrictSerializer):
    id = id_field()
    sort_order = StrictIntegerField(min_value=0, max_value=MAX_POSITION)


class OrderSerializer(StrictSerializer):
    """Rows with their new positions; rows that are not named keep theirs."""

    order = PlaceSerializer(many=True, allow_empty=False)

    def validate_order(self, places: list[dict[str, int]]) -> list[dict[str, int]]:
        if len({place["id"] for place in places}) != len(places):
            raise serializers.ValidationError("An id is listed twice.")
        return places

    def positions(self) -> dict[int, int]:
        """Return the position of each id, in the order of positions."""
        places = sorted(self.validated_data["order"], key=lambda place: (place["sort_order"], place["id"]))
        return {place["id"]: place["sort_order"] for place in places}
