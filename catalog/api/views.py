"""Packages and tariffs in the API."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.serializers import (
    PackageCascadeSerializer,
    PackageSerializer,
    TariffCascadeSerializer,
    TariffSerializer,
)
from catalog.models import Package, PackageQuerySet, Tariff
from channels.models import count_of
from playlist_project.api.lookups import Lookup
from playlist_project.api.paging import AllRows
from playlist_project.api.views import Changed, Created, Deleted, Listed, Retrieved
from subscribers.cascades import cascade_of_packages, cascade_of_tariffs
from subscribers.models import Subscriber


class PackageViewSet(Listed, Retrieved, Created, Changed, Deleted):
    """Packages, by name. Which channels are in them is said with the channels."""

    serializer_class = PackageSerializer
    pagination_class = AllRows

    def get_queryset(self) -> PackageQuerySet:
        return Package.objects.with_counts()

    @action(detail=True, url_path="cascade-info", serializer_class=PackageCascadeSerializer, pagination_class=None)
    def cascade_info(self, request: Request, pk: int) -> Response:
        """Tell what deleting a package would touch."""
        return Response(PackageCascadeSerializer(cascade_of_packages([self.get_object().pk])).data)


class TariffViewSet(Listed, Retrieved, Created, Changed, Deleted):
    """Tariffs, by name, with the packages that they are made of."""

    serializer_class = TariffSerializer
    pagination_class = AllRows

    def get_queryset(self) -> "QuerySet[Any]":
        holders = Subscriber.tariffs.through.objects.all()
        packages = Prefetch("packages", Package.objects.only("pk"))
        return Tariff.objects.with_counts().annotate(user_count=count_of(holders, "tariff")).prefetch_related(packages)

    @action(detail=True, url_path="cascade-info", serializer_class=TariffCascadeSerializer, pagination_class=None)
    def cascade_info(self, request: Request, pk: int) -> Response:
        """Tell what deleting a tariff would touch."""
        return Response(TariffCascadeSerializer(cascade_of_tariffs([self.get_object().pk])).data)


class PackageLookup(Lookup):
    """Ids and names of packages."""

    queryset = Package.objects.all()


class TariffLookup(Lookup):
    """Ids and names of tariffs."""

    queryset = Tariff.objects.all()
