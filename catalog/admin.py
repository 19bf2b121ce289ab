"""Packages and tariffs in the admin."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.admin_split import SplitListAdmin
from catalog.admin_tariff import AsksBeforeAccessChanges
from catalog.models import Package, Tariff
from channels.admin_access import access_context
from channels.admin_deletion import CountedDeletionAdmin
from channels.admin_display import change_links, link
from channels.models import count_of
from subscribers.access_changes import packages_deleted, tariffs_deleted
from subscribers.cascades import cascade_of_packages, cascade_of_tariffs
from subscribers.holders import holders_of_packages
from subscribers.models import Subscriber


class CatalogAdmin(SplitListAdmin, CountedDeletionAdmin):
    """What packages and tariffs have in common."""

    search_fields = ("name",)
    actions = ("delete_selected",)
    editable: tuple[str, ...] = ("name", "description")
    what_it_touches: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: Any = super().get_queryset(request)
        return cast("QuerySet[Any]", rows.with_counts())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.what_it_touches if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.editable, *self.get_readonly_fields(request, obj))

    @admin.display(description=_("description"))
    def about(self, row: Any) -> str:
        return Truncator(row.description or "").chars(80)


@admin.register(Package)
class PackageAdmin(CatalogAdmin):
    list_display = ("name", "about", "channel_count", "tariff_count")
    what_it_touches = ("channel_count", "in_tariffs", "holders")

    @admin.display(description=_("channels"), ordering="channel_count")
    def channel_count(self, package: Any) -> SafeString:
        return link(f"{reverse('admin:channels_channel_changelist')}?package={package.pk}", package.channel_count)

    @admin.display(description=_("tariffs"), ordering="tariff_count")
    def tariff_count(self, package: Any) -> int:
        return int(package.tariff_count)

    @admin.display(description=_("Tariffs"))
    def in_tariffs(self, package: Package) -> SafeString:
        return change_links(package.tariffs.all())

    @admin.display(description=_("Subscribers"))
    def holders(self, package: Package) -> int:
        return holders_of_packages([package.pk]).count()

    def touched_by_deleting(self, ids: list[int]) -> list[str]:
        cascade = cascade_of_packages(ids)
        return [
            gettext("Tariffs affected: %(number)s") % {"number": cascade.tariffs},
            gettext("Subscribers affected: %(number)s") % {"number": cascade.subscribers},
        ]

    def more_about_deleting(self, ids: list[int]) -> dict[str, Any]:
        return access_context(packages_deleted(ids))


@admin.register(Tariff)
class TariffAdmin(AsksBeforeAccessChanges, CatalogAdmin):
    list_display = ("name", "about", "package_count", "subscriber_count")
    editable = ("name", "description", "packages")
    autocomplete_fields = ("packages",)
    what_it_touches = ("subscriber_count",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        holders = Subscriber.tariffs.through.objects.all()
        tariffs = super().get_queryset(request)
        return cast("QuerySet[Any]", tariffs.annotate(subscriber_count=count_of(holders, "tariff")))

    @admin.display(description=_("packages"), ordering="package_count")
    def package_count(self, tariff: Any) -> int:
        return int(tariff.package_count)

    @admin.display(description=_("subscribers"), ordering="subscriber_count")
    def subscriber_count(self, tariff: Any) -> SafeString:
        return link(
            f"{reverse('admin:subscribers_subscriber_changelist')}?tariffs__id__exact={tariff.pk}",
            tariff.subscriber_count,
        )

    def touched_by_deleting(self, ids: list[int]) -> list[str]:
        return [gettext("Subscribers affected: %(number)s") % {"number": cascade_of_tariffs(ids).subscribers}]

    def more_about_deleting(self, ids: list[int]) -> dict[str, Any]:
        return access_context(tariffs_deleted(ids))
