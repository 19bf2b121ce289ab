"""Filters of channels in the API."""

from typing import TYPE_CHECKING

import django_filters
from django.db.models import Q

from channels.models import Channel
from playlist_project.api.filters import MAX_SEARCH

if TYPE_CHECKING:
    from django.db.models import QuerySet

SEARCHED = ("stream_name", "display_name", "tvg_name", "tvg_id")


class ChannelSearch(django_filters.FilterSet):  # type: ignore[misc]  # it ships no types
    search = django_filters.CharFilter(
        method="in_names", max_length=MAX_SEARCH, label="Part of the stream name, display name, TVG name or TVG ID."
    )

    class Meta:
        model = Channel
        fields = ()

    def in_names(self, channels: "QuerySet[Channel]", name: str, text: str) -> "QuerySet[Channel]":
        condition = Q()
        for column in SEARCHED:
            condition |= Q(**{f"{column}__icontains": text})
        return channels.filter(condition)
