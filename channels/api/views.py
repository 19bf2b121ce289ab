"""Groups and channels in the API."""

from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from channels.api.filters import ChannelSearch
from channels.api.serializers import GroupCascadeSerializer, GroupSerializer, OrderSerializer
from channels.models import Channel, Group, GroupQuerySet
from channels.ordering import place
from playlist_project.api.lookups import Lookup, LookupSerializer
from playlist_project.api.paging import AllRows, FirstRows
from playlist_project.api.views import Changed, Created, Deleted, Listed, Retrieved
from subscribers.cascades import cascade_of_groups


class GroupViewSet(Listed, Retrieved, Created, Changed, Deleted):
    """Groups, in the order of playlists. New ones come last."""

    serializer_class = GroupSerializer
    pagination_class = AllRows

    def get_queryset(self) -> GroupQuerySet:
        return Group.objects.with_channel_count()

    @action(
        detail=False,
        methods=["post"],
        serializer_class=OrderSerializer,
        pagination_class=None,
        required_permissions=("channels.change_group",),
    )
    def reorder(self, request: Request) -> Response:
        """Give groups new positions."""
        return reordered(self, request)

    @action(detail=True, url_path="cascade-info", serializer_class=GroupCascadeSerializer, pagination_class=None)
    def cascade_info(self, request: Request, pk: int) -> Response:
        """Tell what deleting a group would touch."""
        return Response(GroupCascadeSerializer(cascade_of_groups([self.get_object().pk])).data)


class GroupLookup(Lookup):
    """Ids and names of groups, in the order of playlists."""

    queryset = Group.objects.all()


class ChannelLookup(Listed):
    """Ids and names of channels, in the order of staff: the first ``limit`` that match ``search``."""

    serializer_class = LookupSerializer
    pagination_class = FirstRows
    filterset_class = ChannelSearch

    def get_queryset(self) -> "QuerySet[Channel]":
        name = Coalesce(NullIf("display_name", Value("")), "stream_name")
        return Channel.objects.annotate(name=name).only("pk")


def reordered(view: Any, request: Request) -> Response:
    """Place the rows of a view as the request says, and answer with them in their new order."""
    serializer = OrderSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    positions = serializer.positions()
    place(view.get_queryset(), positions)
    return Response({"order": [{"id": pk, "sort_order": position} for pk, position in positions.items()]})
