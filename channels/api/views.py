"""Groups and channels in the API."""

from typing import Any

from django.db.models import Prefetch, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.contents import arrange, set_packages
from catalog.models import Package
from channels.api.filters import ChannelFilter, ChannelSearch
from channels.api.serializers import (
    BulkResultSerializer,
    BulkSerializer,
    ChannelCascadeSerializer,
    ChannelGroupSerializer,
    ChannelInListSerializer,
    ChannelPackagesSerializer,
    ChannelSerializer,
    GroupCascadeSerializer,
    GroupSerializer,
    OrderSerializer,
)
from channels.models import Channel, Group, GroupQuerySet
from channels.ordering import place
from channels.services import delete_orphaned
from playlist_project.api import codes
from playlist_project.api.lookups import Lookup, LookupSerializer
from playlist_project.api.paging import AllRows, FirstRows
from playlist_project.api.permissions import demand
from playlist_project.api.views import Changed, Created, Deleted, Listed, Retrieved
from subscribers.cascades import cascade_of_channels, cascade_of_groups

MAY_CHANGE = ("channels.change_channel",)
MAY_FILL_PACKAGES = ("catalog.change_package",)


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


class ChannelViewSet(Listed, Retrieved, Changed, Deleted):
    """Channels, in the order of staff. They come from their source, so none can be made here."""

    serializer_class: Any = ChannelSerializer
    filterset_class = ChannelFilter

    def get_queryset(self) -> Any:
        packages = Prefetch("packages", Package.objects.only("pk"))
        channels = Channel.objects.select_related("group").prefetch_related(packages)
        return channels if self.detail else channels.defer("tvg_logo")

    def get_serializer_class(self) -> Any:
        return ChannelInListSerializer if self.action == "list" else super().get_serializer_class()

    def shown(self, pk: int) -> Any:
        return ChannelSerializer(self.get_queryset().get(pk=pk)).data

    def perform_destroy(self, instance: Channel) -> None:
        delete_orphaned(instance)

    @extend_schema(request=ChannelGroupSerializer, responses=ChannelSerializer)
    @action(detail=True, methods=["patch"], required_permissions=MAY_CHANGE)
    def group(self, request: Request, pk: int) -> Response:
        """Put a channel into a group, or into none."""
        serializer = ChannelGroupSerializer(self.get_object(), data=request.data)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(self.shown(pk))

    @extend_schema(request=ChannelPackagesSerializer, responses=ChannelSerializer)
    @action(detail=True, methods=["patch"], required_permissions=MAY_FILL_PACKAGES)
    def packages(self, request: Request, pk: int) -> Response:
        """Put a channel into these packages, and out of all others."""
        channel = self.get_object()
        serializer = ChannelPackagesSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        set_packages(channel, serializer.validated_data["package_ids"])
        return Response(self.shown(pk))

    @action(
        detail=False,
        methods=["post"],
        serializer_class=OrderSerializer,
        pagination_class=None,
        required_permissions=MAY_CHANGE,
    )
    def reorder(self, request: Request) -> Response:
        """Give channels new positions."""
        return reordered(self, request)

    @extend_schema(request=BulkSerializer, responses=BulkResultSerializer)
    @action(detail=False, methods=["post"], pagination_class=None, required_permissions=())
    def bulk(self, request: Request) -> Response:
        """Set the group of many channels, put them into packages, and take them out, in one transaction.

        An id that is none of a channel is an error of its own, and keeps nothing from the others. The group asks for
        the permission to change channels, packages for that to change packages.
        """
        asked = set(request.data) if isinstance(request.data, dict) else set()
        grouping, filling = "group_id" in asked, bool(asked & {"add_package_ids", "remove_package_ids"})
        demand(request.user, (*MAY_CHANGE * (grouping or not filling), *MAY_FILL_PACKAGES * filling))
        serializer = BulkSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        ids = values.get("ids", [])
        arranged = arrange(
            values["filter"] if "filter" in values else Channel.objects.filter(pk__in=ids),
            columns={"group": values["group_id"]} if "group_id" in values else {},
            add=values.get("add_package_ids", ()),
            remove=values.get("remove_package_ids", ()),
        )
        result = {
            "channels": len(arranged.ids),
            "group_changed": arranged.changed,
            "packages_added": arranged.added,
            "packages_removed": arranged.removed,
            "errors": [
                {"id": pk, "code": codes.NOT_FOUND, "message": _("There is no channel with this id.")}
                for pk in dict.fromkeys(ids)
                if pk not in arranged.ids
            ],
        }
        return Response(BulkResultSerializer(result).data)

    @action(detail=True, url_path="cascade-info", serializer_class=ChannelCascadeSerializer, pagination_class=None)
    def cascade_info(self, request: Request, pk: int) -> Response:
        """Tell what deleting a channel would touch."""
        return Response(ChannelCascadeSerializer(cascade_of_channels([self.get_object().pk])).data)


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
