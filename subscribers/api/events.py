"""The change feed in the API: what happened, on from a cursor."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from playlist_project.api.fields import MAX_ID, QueryIntegerField, UtcDateTimeField
from playlist_project.api.serializers import StrictSerializer
from playlist_project.api.views import ApiView
from subscribers.feed.events import TYPES, WAYS, Selection
from subscribers.feed.following import follow
from subscribers.feed.names import Thing

MAX_CURSOR = 100
ACTIONS = ("created", "changed", "deleted", "assigned", "unassigned")


class EventsQuerySerializer(StrictSerializer):
    since = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=MAX_CURSOR,
        trim_whitespace=False,
        help_text="The next_cursor of the last answer; now: begin with what comes next. Left out: all that is kept.",
    )
    limit = QueryIntegerField(default=100, min_value=1, max_value=1000, help_text="Events at most.")
    type = serializers.ChoiceField(TYPES, required=False, help_text="Only what concerns this type, at either end.")
    id = QueryIntegerField(required=False, min_value=1, max_value=MAX_ID, help_text="Only what concerns this id.")


class ThingSerializer(StrictSerializer):
    """What an event is about."""

    type = serializers.ChoiceField(TYPES)
    id = serializers.IntegerField()
    name = serializers.CharField(source="label", allow_blank=True, help_text="The last one, where it is gone.")


class EventSerializer(StrictSerializer):
    """One thing that happened."""

    id = serializers.IntegerField(source="position.number", help_text="The event's own, never used again.")
    at = UtcDateTimeField(help_text="When the change's transaction began.")
    actor = serializers.CharField(allow_blank=True, help_text="Who; empty where nobody is named.")
    way = serializers.ChoiceField(WAYS, help_text="How it came in; database: by SQL that said nothing of itself.")
    reason = serializers.CharField(allow_blank=True, help_text="What X-Reason said.")
    action = serializers.ChoiceField(ACTIONS)
    object = ThingSerializer(source="subject", help_text="What was changed.")
    other = ThingSerializer(allow_null=True, help_text="What was assigned to it, or taken from it.")
    before = serializers.SerializerMethodField(help_text="Old values of the fields that changed; secrets as ***.")
    after = serializers.SerializerMethodField(help_text="New values of the same.")

    def get_before(self, change: Any) -> dict[str, Any]:
        return _plain(change.before)

    def get_after(self, change: Any) -> dict[str, Any]:
        return _plain(change.after)


class EventsSerializer(StrictSerializer):
    """Events in their order, and how to go on."""

    items = EventSerializer(many=True, source="changes")
    next_cursor = serializers.CharField(source="cursor", help_text="Give it as since, to read what comes next.")
    has_more = serializers.BooleanField(help_text="Whether there is more already.")


class EventsView(ApiView):
    """Tell what happened to users, packages, tariffs, groups and channels, and what was put where.

    Who always goes on from the last cursor misses nothing and gets nothing twice. A cursor that cannot be gone on
    from (older than what is kept, or from before a restore) is a VALIDATION_ERROR of ``since``: read the lists
    anew, and follow from ``since=now``.
    """

    required_permissions = (
        "subscribers.view_subscriber",
        "catalog.view_package",
        "catalog.view_tariff",
        "channels.view_group",
        "channels.view_channel",
    )
    query_parameters = ("since", "limit", "type", "id")

    @extend_schema(operation_id="events_list", parameters=[EventsQuerySerializer], responses={200: EventsSerializer})
    def get(self, request: Request) -> Response:
        query = EventsQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        selection = Selection(type=asked.get("type", ""), id=asked.get("id"))
        page = follow(asked["since"], limit=asked["limit"], selection=selection)
        return Response(EventsSerializer(page).data)


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in fields.items()}


def _value(value: Any) -> Any:
    match value:
        case Thing():
            return {"type": value.type, "id": value.id, "name": value.label}
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value
