"""The figures of the front page in the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.serializers import SyncRunSerializer
from playlist_project.api.fields import UtcDateTimeField
from playlist_project.api.serializers import StrictSerializer
from playlist_project.api.views import ApiView
from playlist_project.dashboard import snapshot


class StatsSerializer(StrictSerializer):
    """Where the service stands."""

    channels = serializers.IntegerField()
    channels_synced = serializers.IntegerField()
    channels_orphaned = serializers.IntegerField()
    channels_in_no_package = serializers.IntegerField()
    groups = serializers.IntegerField()
    packages = serializers.IntegerField()
    tariffs = serializers.IntegerField()
    users = serializers.IntegerField(source="subscribers")
    users_who_may_watch = serializers.IntegerField(source="subscribers_who_may_watch")
    last_sync = SyncRunSerializer(allow_null=True)
    last_good_sync_at = UtcDateTimeField(source="last_good_sync.started_at", allow_null=True, default=None)
    tokens_to_deliver = serializers.IntegerField(help_text="Changes that the Auth Service has yet to hear of.")
    tokens_failing = serializers.IntegerField()
    failing_since = UtcDateTimeField(allow_null=True)


class StatsView(ApiView):
    """Tell how many there are of what, and how the last sync ended."""

    required_permissions = ()

    @extend_schema(operation_id="dashboard_stats", responses={200: StatsSerializer})
    def get(self, request: Request) -> Response:
        return Response(StatsSerializer(snapshot()).data)
