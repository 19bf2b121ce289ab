"""Channels, groups and sources in the admin."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Package
from channels import (
    admin_actions,
    admin_guide,  # noqa: F401  # they register their pages
    admin_import_runs,  # noqa: F401
    admin_rows,
    admin_sources,  # noqa: F401
)
from channels.admin_deletion import CountedDeletionAdmin
from channels.admin_display import ago, change_links, link, mark, row_links
from channels.admin_filters import GroupFilter, PackageFilter
from channels.admin_form import ChannelForm, ListedChannelForm, fieldsets_of_list
from channels.admin_guide_now import GuideNowMixin
from channels.models import Channel, Group, GroupQuerySet
from channels.sortable import SafeSortableAdmin
from channels.source_models import origin_of
from playlists.links import logo_url
from subscribers.admin_charts import charts_of_channel
from subscribers.cascades import cascade_of_channels, cascade_of_groups
from subscribers.holders import holders_of_channels


@admin.register(Group)
class GroupAdmin(SafeSortableAdmin, CountedDeletionAdmin):
    list_display = ("name", "channel_count")
    search_fields = ("name",)
    actions = ("move_to_position", "delete_selected")
    fields = ("name",)
    empty_text = _("Groups are the headings in playlists. Add one, then put channels into it on the page Channels.")

    class Media:
        css = {"all": ["playlist_project/catalog.css"]}

    def get_queryset(self, request: HttpRequest) -> GroupQuerySet:
        return cast(GroupQuerySet, super().get_queryset(request)).with_channel_count()

    def get_list_display(self, request: HttpRequest) -> Any:
        return [*super().get_list_display(request), *row_links(self, request)]

    @admin.display(description=_("channels"), ordering="channel_count")
    def channel_count(self, group: Any) -> SafeString:
        return link(f"{reverse('admin:channels_channel_changelist')}?group__id__exact={group.pk}", group.channel_count)

    def touched_by_deleting(self, ids: list[int]) -> list[str]:
        return [
            gettext("Channels without a group afterwards: %(number)s") % {"number": cascade_of_groups(ids).channels}
        ]


@admin.register(Channel)
class ChannelAdmin(GuideNowMixin, SafeSortableAdmin, CountedDeletionAdmin):
    empty_text = _("Channels come from Flussonic: press “Sync from Flussonic”; or from a list: add one to the sources.")
    form = ChannelForm
    list_display = ("logo", "name", "tvg_id", "group_here", "packages_here", "status_here", "last_seen")
    list_display_links = ("name",)
    list_filter = (
        ("group", GroupFilter),
        "sync_status",
        "is_active",
        PackageFilter,
        ("source", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("group",)
    search_fields = Channel.SEARCHED
    search_help_text = _("Name, stream name, TVG name or TVG ID")
    autocomplete_fields = ("group",)
    actions = (
        "move_to_position",
        admin_actions.set_group,
        admin_actions.add_to_packages,
        admin_actions.remove_from_packages,
        "delete_selected",
    )
    readonly_fields = (
        "stream_name",
        "display_name",
        "tvg_name",
        "catchup_days",
        "quality",
        "stream_base_url",
        "source",
        "status_shown",
        "last_seen",
        "picture",
        "on_now",
        "in_packages",
        "holders",
    )
    fieldsets = (
        (_("In playlists"), {"fields": ("tvg_id", "on_now", "group", "is_active")}),
        (_("Logo"), {"fields": ("picture", "logo_address", "logo_file", "remove_logo")}),
        (_("Who gets it"), {"fields": ("in_packages", "holders")}),
        (
            _("From the source"),
            {
                "description": _("A sync keeps these up to date; they cannot be changed here."),
                "fields": (
                    "source",
                    "stream_name",
                    "display_name",
                    "tvg_name",
                    "catchup_days",
                    "quality",
                    "stream_base_url",
                    "status_shown",
                    "last_seen",
                ),
            },
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        fieldsets: Any = super().get_fieldsets(request, obj)
        return fieldsets_of_list(fieldsets) if obj and obj.source.is_list else fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        fields = (*self.readonly_fields, "source_address")
        return tuple(name for name in fields if name != "display_name") if obj and obj.source.is_list else fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj and obj.source.is_list:
            kwargs.setdefault("form", ListedChannelForm)
        return super().get_form(request, obj, change, **kwargs)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Channel]":
        # An image is up to 350 kB of text: lists need only its hash.
        return super().get_queryset(request).defer("tvg_logo")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        packages = Prefetch("packages", Package.objects.only("name"))
        changelist.result_list = changelist.result_list.prefetch_related(packages)
        return changelist

    def get_list_display(self, request: HttpRequest) -> Any:
        """Let those change the rows who may: all others see them as plain text."""
        may = {
            "group_here": self.has_change_permission(request),
            "packages_here": self.has_fill_packages_permission(request),
            "status_here": self.has_delete_permission(request),
        }
        shown = super().get_list_display(request)
        return [name if may.get(name, True) else name.replace("_here", "_shown") for name in shown]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        changes_rows = self.has_change_permission(request) or self.has_fill_packages_permission(request)
        choices = {"row_choices": admin_rows.choices()} if changes_rows else {}
        return super().changelist_view(request, {**choices, **(extra_context or {})})

    @property
    def media(self) -> forms.Media:
        scripts = ["playlist_project/channels.js", "playlist_project/logo.js"]
        return super().media + forms.Media(css={"all": ["playlist_project/charts.css"]}, js=scripts)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        if isinstance(response, TemplateResponse) and object_id.isdecimal():
            response.context_data = {**(response.context_data or {}), "charts": charts_of_channel(int(object_id))}
        return response

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        gone = obj is None or obj.sync_status == Channel.SyncStatus.ORPHANED
        return gone and super().has_delete_permission(request, obj)

    def has_fill_packages_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("catalog.change_package"))

    @admin.action(description=_("Delete orphaned…"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: "QuerySet[Channel]") -> HttpResponse | None:
        if synced := queryset.filter(sync_status=Channel.SyncStatus.SYNCED).count():
            text = gettext(
                "Their source still has %(number)s of the selected channels: only orphaned ones can be deleted. "
                "Nothing was deleted."
            )
            self.message_user(request, text % {"number": synced}, messages.ERROR)
            return None
        return super().delete_selected(request, queryset)

    def touched_by_deleting(self, ids: list[int]) -> list[str]:
        cascade = cascade_of_channels(ids)
        return [
            gettext("Packages affected: %(number)s") % {"number": cascade.packages},
            gettext("Subscribers affected: %(number)s") % {"number": cascade.subscribers},
        ]

    @admin.display(description=_("logo"))
    def logo(self, channel: Channel) -> SafeString:
        return self._image(channel, "logo-small")

    @admin.display(description=_("Current logo"))
    def picture(self, channel: Channel) -> SafeString:
        return self._image(channel, "logo-large")

    @staticmethod
    def _image(channel: Channel, css_class: str) -> SafeString:
        if not channel.logo_ref:
            return format_html('<span class="{} logo-none" aria-hidden="true"></span>', css_class)
        source = logo_url("", channel.pk, channel.logo_ref)
        return format_html('<img class="{}" src="{}" alt="" loading="lazy">', css_class, source)

    @admin.display(description=_("name"), ordering="display_name")
    def name(self, channel: Channel) -> SafeString:
        return format_html('{}<span class="under">{}</span>', str(channel), channel.stream_name)

    @admin.display(description=_("group"), ordering="group")
    def group_here(self, channel: Channel) -> SafeString:
        return admin_rows.group_select(channel)

    @admin.display(description=_("group"), ordering="group")
    def group_shown(self, channel: Channel) -> Group | None:
        return channel.group

    @admin.display(description=_("packages"))
    def packages_here(self, channel: Channel) -> SafeString:
        return admin_rows.packages_button(channel)

    @admin.display(description=_("packages"))
    def packages_shown(self, channel: Channel) -> str:
        return admin_rows.package_names(channel)

    @admin.display(description=_("status"), ordering="sync_status")
    def status_shown(self, channel: Channel) -> SafeString:
        orphaned = channel.sync_status == Channel.SyncStatus.ORPHANED
        text = mark("bad", gettext("orphaned")) if orphaned else mark("good", gettext("synced"))
        return format_html("{} {}", text, "" if channel.is_active else mark("off", gettext("hidden")))

    @admin.display(description=_("status"), ordering="sync_status")
    def status_here(self, channel: Channel) -> SafeString:
        if channel.sync_status != Channel.SyncStatus.ORPHANED:
            return self.status_shown(channel)
        delete = link(reverse("admin:channels_channel_delete", args=[channel.pk]), gettext("Delete…"))
        return format_html("{} {}", self.status_shown(channel), delete)

    @admin.display(description=_("last seen"), ordering="last_seen_at")
    def last_seen(self, channel: Channel) -> SafeString:
        return ago(channel.last_seen_at)

    @admin.display(description=_("address at the source"))
    def source_address(self, channel: Channel) -> str:
        """Without what follows the host: it often holds a login."""
        return origin_of(channel.source_url, rest="/…") or "–"

    @admin.display(description=_("Packages"))
    def in_packages(self, channel: Channel) -> SafeString:
        return change_links(channel.packages.all())

    @admin.display(description=_("Subscribers"))
    def holders(self, channel: Channel) -> int:
        return holders_of_channels([channel.pk]).count()
