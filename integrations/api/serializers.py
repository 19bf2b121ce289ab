"""How syncs look in the API."""

from typing import Any

from rest_framework import serializers

from integrations.models import SyncRun
from playlist_project.api.fields import StrictBooleanField
from playlist_project.api.serializers import StrictModelSerializer, StrictSerializer


class SyncRequestSerializer(StrictSerializer):
    force = StrictBooleanField(default=False, help_text="Sync also where that orphans more channels than is likely.")


class SkippedSerializer(StrictSerializer):
    stream_name = serializers.CharField()
    reason = serializers.CharField()


class SyncResultSerializer(StrictSerializer):
    """What a sync did."""

    total = serializers.IntegerField(help_text="Streams that Flussonic has.")
    new = serializers.IntegerField()
    updated = serializers.IntegerField()
    orphaned = serializers.IntegerField(help_text="Channels that Flussonic no longer has.")
    returned = serializers.IntegerField(help_text="Orphaned channels that it has again; they count as updated, too.")
    skipped = SkippedSerializer(many=True, help_text="Streams that cannot become channels.")

    def to_representation(self, instance: Any) -> Any:
        skipped = [{"stream_name": name, "reason": reason} for name, reason in instance.skipped]
        numbers = ("total", "new", "updated", "orphaned", "returned")
        return {**{name: getattr(instance, name) for name in numbers}, "skipped": skipped}


class SyncRunSerializer(StrictModelSerializer):
    """A sync that was run: ``state`` says how it ended, ``error`` why it did not do."""

    class Meta:
        model = SyncRun
        fields = (
            "state",
            "started_at",
            "finished_at",
            "forced",
            "error",
            "total",
            "new",
            "updated",
            "orphaned",
            "returned",
            "skipped",
        )
        read_only_fields = fields
