"""What the channel list can be narrowed to."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from catalog.models import Package
from channels.models import Channel


class GroupFilter(admin.RelatedFieldListFilter):
    """Filter by group; "no group" is one of the choices."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_value_display = SafeString("no group")


class PackageFilter(admin.SimpleListFilter):
    """Filter by package; "in no package" is one of the choices."""

    title = "package"
    parameter_name = "package"
    NONE = "none"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        packages = Package.objects.values_list("pk", "name")
        return [(self.NONE, "in no package"), *((str(pk), name) for pk, name in packages)]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Channel]") -> "QuerySet[Channel]":
        value = self.value()
        if value is None:
            return queryset
        placed = Package.channels.through.objects.all()
        if value == self.NONE:
            return queryset.exclude(pk__in=placed.values("channel"))
        if not value.isdecimal():
            raise IncorrectLookupParameters
        return queryset.filter(pk__in=placed.filter(package=int(value)).values("channel"))
