"""How groups and channels look in the API."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Package
from channels.api.filters import ID_OR_NONE, NONE, ChannelFilter
from channels.logos import BadLogo, normalise_logo
from channels.models import Channel, ChannelQuerySet, Group, next_position
from playlist_project.api.fields import (
    IdField,
    IdsField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
    id_field,
)
from playlist_project.api.filters import MAX_SEARCH
from playlist_project.api.serializers import StrictModelSerializer, StrictSerializer
from playlists.links import logo_url

MAX_POSITION = 2**31 - 1
MOST_IDS = 10_000


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
            raise serializers.ValidationError(_("An id is listed twice."))
        return places

    def positions(self) -> dict[int, int]:
        """Return the position of each id, in the order of positions."""
        places = sorted(self.validated_data["order"], key=lambda place: (place["sort_order"], place["id"]))
        return {place["id"]: place["sort_order"] for place in places}


class ChannelInListSerializer(StrictModelSerializer):
    """A channel in a list: without its picture, which may be large."""

    group_id = serializers.IntegerField(allow_null=True, read_only=True)
    group_name = serializers.CharField(source="group.name", default=None, allow_null=True, read_only=True)
    package_ids = IdsField(queryset=Package.objects.none(), source="packages", read_only=True)
    logo_url = serializers.SerializerMethodField(help_text="Where players find the logo.")

    class Meta:
        model = Channel
        fields: tuple[str, ...] = (
            "id",
            "stream_name",
            "display_name",
            "tvg_name",
            "stream_base_url",
            "catchup_days",
            "quality",
            "tvg_id",
            "logo_url",
            "group_id",
            "group_name",
            "package_ids",
            "sort_order",
            "is_active",
            "sync_status",
            "last_seen_at",
            "created_at",
            "updated_at",
        )
        read_only_fields = tuple(name for name in fields if name != "tvg_id")

    def get_logo_url(self, channel: Channel) -> str | None:
        return logo_url(settings.PUBLIC_URL, channel.pk, channel.logo_ref) if channel.logo_ref else None


class ChannelSerializer(ChannelInListSerializer):
    """A channel. What comes from its source cannot be written, and what is done to it otherwise has its own address."""

    tvg_logo = StrictCharField(
        allow_null=True,
        allow_blank=True,
        required=False,
        help_text="A PNG, JPEG, WebP or GIF as a data URI, which is kept as a small PNG; or an http(s) URL.",
    )

    class Meta(ChannelInListSerializer.Meta):
        fields = (*ChannelInListSerializer.Meta.fields, "tvg_logo")

    def validate_tvg_id(self, value: str | None) -> str | None:
        return value or None

    def validate_tvg_logo(self, value: str | None) -> str | None:
        try:
            return normalise_logo(value) or None
        except BadLogo as exc:
            raise serializers.ValidationError(str(exc)) from exc


class ChannelGroupSerializer(StrictModelSerializer):
    group_id = IdField(queryset=Group.objects.all(), source="group", allow_null=True, help_text="Null for no group.")

    class Meta:
        model = Channel
        fields = ("group_id",)


class ChannelPackagesSerializer(StrictSerializer):
    package_ids = IdsField(queryset=Package.objects.all(), help_text="All of its packages.")


class ChannelCascadeSerializer(StrictSerializer):
    packages = serializers.IntegerField(help_text="Packages that the channel is in.")
    users = serializers.IntegerField(source="subscribers", help_text="Users who may watch it, by whatever way.")


@extend_schema_field(ID_OR_NONE)
class IdOrNoneField(serializers.Field[Any, Any, Any, Any]):
    """The id of a row, or "none"; whether there is such a row is left to the filter."""

    def to_internal_value(self, data: Any) -> Any:
        return data if data == NONE else id_field().run_validation(data)


class ChosenChannelsSerializer(StrictSerializer):
    """The filters of the list of channels; at least one."""

    search = StrictCharField(max_length=MAX_SEARCH, required=False)
    group_id = IdOrNoneField(required=False)
    sync_status = StrictChoiceField(choices=Channel.SyncStatus.choices, required=False)
    package_id = IdOrNoneField(required=False)

    def validate(self, attrs: Any) -> ChannelQuerySet:
        if not attrs:
            raise serializers.ValidationError(_("Name at least one filter: without any, it would be all channels."))
        chosen = ChannelFilter({name: str(value) for name, value in attrs.items()}, Channel.objects.all())
        if not chosen.is_valid():
            raise serializers.ValidationError(chosen.errors)
        channels: ChannelQuerySet = chosen.qs
        return channels


class BulkSerializer(StrictSerializer):
    """Which channels, by ``ids`` or ``filter``, and what to do with all of them."""

    ids = serializers.ListField(child=id_field(), min_length=1, max_length=MOST_IDS, required=False)
    filter = ChosenChannelsSerializer(required=False)
    group_id = IdField(queryset=Group.objects.all(), allow_null=True, required=False, help_text="Null for no group.")
    add_package_ids = IdsField(queryset=Package.objects.all(), required=False)
    remove_package_ids = IdsField(queryset=Package.objects.all(), required=False)

    def validate(self, attrs: Any) -> Any:
        if ("ids" in attrs) == ("filter" in attrs):
            raise serializers.ValidationError({"ids": [_("Say which channels: either by ids or by filter.")]})
        if not attrs.keys() & {"group_id", "add_package_ids", "remove_package_ids"}:
            raise serializers.ValidationError(_("Say what to do: group_id, add_package_ids or remove_package_ids."))
        if set(attrs.get("add_package_ids", ())) & set(attrs.get("remove_package_ids", ())):
            raise serializers.ValidationError({"remove_package_ids": [_("A package is also among add_package_ids.")]})
        return attrs


class BulkErrorSerializer(StrictSerializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    message = serializers.CharField()


class BulkResultSerializer(StrictSerializer):
    channels = serializers.IntegerField(help_text="Channels that were found.")
    group_changed = serializers.IntegerField(help_text="Channels that were in another group before.")
    packages_added = serializers.IntegerField(help_text="Places in packages that are new.")
    packages_removed = serializers.IntegerField(help_text="Places in packages that are gone.")
    errors = BulkErrorSerializer(  # type: ignore[assignment]  # a field, in the place of errors of validation
        many=True, help_text="One for each id that is none of a channel."
    )
