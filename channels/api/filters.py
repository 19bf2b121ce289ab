"""Filters of channels in the API."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema_field

from catalog.contents import in_no_package, in_package
from catalog.models import Package
from channels.models import Channel, ChannelQuerySet, Group
from channels.search import contains
from playlist_project.api.filters import MAX_SEARCH, SortedFilterSet

NONE = "none"
ID_OR_NONE = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "enum": [NONE]}]}


@extend_schema_field(ID_OR_NONE)
class IdOrNoneFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]  # it ships no types
    """The id of a row, or "none" for what belongs to no row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"null_label": NONE, "null_value": NONE, **kwargs})


class ChannelSearch(django_filters.FilterSet):  # type: ignore[misc]  # it ships no types
    search = django_filters.CharFilter(
        method="in_names", max_length=MAX_SEARCH, label="Part of the stream name, display name, TVG name or TVG ID."
    )

    class Meta:
        model = Channel
        fields = ()

    def in_names(self, channels: ChannelQuerySet, name: str, text: str) -> ChannelQuerySet:
        return channels.filter(contains(text, Channel.SEARCHED))


class ChannelFilter(ChannelSearch, SortedFilterSet):
    SORTS = {
        name: name
        for name in (
            "sort_order",
            "id",
            "stream_name",
            "display_name",
            "tvg_name",
            "tvg_id",
            "catchup_days",
            "sync_status",
            "last_seen_at",
        )
    }

    group_id = IdOrNoneFilter(queryset=Group.objects.all(), field_name="group", label="A group, or none.")
    sync_status = django_filters.ChoiceFilter(choices=Channel.SyncStatus.choices)
    package_id = IdOrNoneFilter(queryset=Package.objects.all(), method="placed", label="A package, or none.")

    def placed(self, channels: ChannelQuerySet, name: str, package: Any) -> ChannelQuerySet:
        return in_no_package(channels) if package == NONE else in_package(channels, package.pk)
