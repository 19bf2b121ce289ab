"""Ids and names for drop-downs."""

from rest_framework import serializers

from playlist_project.api.paging import AllRows
from playlist_project.api.serializers import StrictSerializer
from playlist_project.api.views import Listed


class LookupSerializer(StrictSerializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class Lookup(Listed):
    """Rows of a model that has a name, in the order of the model."""

    serializer_class = LookupSerializer
    pagination_class = AllRows
