"""Why a user has a channel, or why not, in the API."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from channels.models import Channel
from integrations.explanation import OBSTACLES, explain
from integrations.explanation_text import sentences
from playlist_project.api.fields import MAX_ID, QueryIntegerField, UtcDateTimeField
from playlist_project.api.serializers import StrictSerializer
from playlist_project.api.views import ApiView
from subscribers.api.serializers import AuthSyncSerializer
from subscribers.models import Subscriber


class ExplainQuerySerializer(StrictSerializer):
    channel_id = QueryIntegerField(min_value=1, max_value=MAX_ID, help_text="The channel that is asked for.")

    def validate_channel_id(self, pk: int) -> Channel:
        channel = Channel.objects.select_related("source").defer("tvg_logo").filter(pk=pk).first()
        if channel is None:
            raise serializers.ValidationError(_("There is no such channel."))
        return channel


class NamedSerializer(StrictSerializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class PathSerializer(StrictSerializer):
    """One way by which the channel is granted."""

    kind = serializers.ChoiceField(("direct", "package", "tariff"))
    tariff = NamedSerializer(allow_null=True)
    package = NamedSerializer(allow_null=True)


class OfferSerializer(StrictSerializer):
    """A package that would give the channel, and the tariffs that have the package."""

    package = NamedSerializer()
    tariffs = NamedSerializer(many=True)


class ExplanationSerializer(StrictSerializer):
    """Why a user has a channel, or why not."""

    has = serializers.BooleanField(help_text="Whether the user may watch it now, as far as this service decides.")
    user = NamedSerializer(source="subscriber")
    channel = NamedSerializer(help_text="By the name of its stream.")
    obstacles = serializers.ListField(child=serializers.ChoiceField(OBSTACLES), help_text="All that is in the way.")
    status = serializers.ChoiceField(Subscriber.Status.choices)
    valid_from = UtcDateTimeField(allow_null=True)
    valid_until = UtcDateTimeField(allow_null=True)
    paths = PathSerializer(many=True)
    offers = OfferSerializer(many=True, help_text="What would grant it, where nothing does.")
    orphaned = serializers.BooleanField(help_text="Its source has lost it; it stays granted until it is deleted.")
    hidden_as_orphan = serializers.BooleanField(help_text="Playlists leave it out for that.")
    auth_sync = AuthSyncSerializer(source="delivery")
    sentences = serializers.SerializerMethodField(help_text="The same for people.")

    def get_sentences(self, facts: Any) -> list[str]:
        return sentences(facts)


class ExplainView(ApiView):
    """Tell why a user has a channel or why not: status, dates, each path, what is missing, where the token stands."""

    required_permissions = ("subscribers.view_subscriber",)
    query_parameters = ("channel_id",)

    @extend_schema(
        operation_id="users_explain", parameters=[ExplainQuerySerializer], responses={200: ExplanationSerializer}
    )
    def get(self, request: Request, pk: int) -> Response:
        subscriber = get_object_or_404(Subscriber, pk=pk)
        query = ExplainQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        facts = explain(subscriber, query.validated_data["channel_id"], now=timezone.now())
        return Response(ExplanationSerializer(facts).data)
