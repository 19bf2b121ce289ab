"""What the channel list can be narrowed to."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.contents import in_no_package, in_package
from catalog.models import Package
from channels.models import ChannelQuerySet


class GroupFilter(admin.RelatedFieldListFilter):
    """Filter by group; "no group" is one of the choices."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_value_display = SafeString(_("no group"))


class PackageFilter(admin.SimpleListFilter):
    """Filter by package; "in no package" is one of the choices."""

    title = gettext_lazy("package")
    parameter_name = "package"
    NONE = "none"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        packages = Package.objects.values_list("pk", "name")
        return [(self.NONE, _("in no package")), *((str(pk), name) for pk, name in packages)]

    def queryset(self, request: HttpRequest, queryset: Any) -> ChannelQuerySet | None:
        value = self.value()
        if value is None:
            return None  # leave it as it is
        if value == self.NONE:
            return in_no_package(queryset)
        if not value.isdecimal():
            raise IncorrectLookupParameters
        return in_package(queryset, int(value))
