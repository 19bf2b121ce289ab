"""The sync with Flussonic in the API."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.serializers import SyncRequestSerializer, SyncResultSerializer
from integrations.flussonic.client import FlussonicClient
from integrations.flussonic.sync import sync_channels
from playlist_project.api import codes
from playlist_project.api.views import ApiView


class SyncView(ApiView):
    """Bring the channels in line with Flussonic, now; the answer comes when it is done."""

    required_permissions = ("channels.change_channel",)
    remote_error_code = codes.FLUSSONIC_ERROR

    @extend_schema(operation_id="channels_sync", request=SyncRequestSerializer, responses={200: SyncResultSerializer})
    def post(self, request: Request) -> Response:
        asked = SyncRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with FlussonicClient.from_settings() as client:
            result = sync_channels(client, actor=request.user.get_username(), **asked.validated_data)
        return Response(SyncResultSerializer(result).data)
