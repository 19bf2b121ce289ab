"""How packages and tariffs look in the API."""

from typing import Any

from rest_framework import serializers

from catalog.models import Package, Tariff
from catalog.services import change_tariff, create_tariff
from playlist_project.api.fields import IdsField
from playlist_project.api.serializers import StrictModelSerializer, StrictSerializer


class PackageSerializer(StrictModelSerializer):
    channel_count = serializers.IntegerField(read_only=True)
    tariff_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Package
        fields = ("id", "name", "description", "channel_count", "tariff_count", "created_at", "updated_at")
        read_only_fields = ("created_at", "updated_at")


class TariffSerializer(StrictModelSerializer):
    package_ids = IdsField(
        queryset=Package.objects.all(), source="packages", required=False, help_text="All of its packages."
    )
    package_count = serializers.IntegerField(read_only=True)
    user_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Tariff
        fields = (
            "id",
            "name",
            "description",
            "package_ids",
            "package_count",
            "user_count",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("created_at", "updated_at")

    def create(self, validated_data: Any) -> Tariff:
        return create_tariff(**validated_data)

    def update(self, instance: Tariff, validated_data: Any) -> Tariff:
        change_tariff(instance, **validated_data)
        return instance


class PackageCascadeSerializer(StrictSerializer):
    tariffs = serializers.IntegerField(help_text="Tariffs that have the package.")
    users = serializers.IntegerField(source="subscribers", help_text="Users who have it, directly or by a tariff.")


class TariffCascadeSerializer(StrictSerializer):
    users = serializers.IntegerField(source="subscribers", help_text="Users who have the tariff.")
