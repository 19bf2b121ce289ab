"""The admin site: titles, the bar of main pages, the dashboard as front page, the rest sorted by task."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from playlist_project.admin_changes import changes_page, types_seen_by
from playlist_project.admin_dashboard import front_page
from playlist_project.admin_statistics import PERMISSION as SEES_STATISTICS
from playlist_project.admin_statistics import statistics_page

# Title, address, the permissions of which any lets see it, and what the addresses of its pages begin with.
BAR = (
    (_("Dashboard"), "index", (), ()),
    (_("Channels"), "channels_channel_changelist", ("channels.view_channel",), ("channels/channel/",)),
    (_("Groups"), "channels_group_changelist", ("channels.view_group",), ("channels/group/",)),
    (
        _("Packages & Tariffs"),
        "catalog_package_changelist",
        ("catalog.view_package", "catalog.view_tariff"),
        ("catalog/",),
    ),
    (
        _("Users"),
        "subscribers_subscriber_changelist",
        ("subscribers.view_subscriber",),
        ("subscribers/subscriber/", "subscribers/subscriberimport/"),
    ),
)
# What the bar does not lead to: (heading, {model: name}).
SECTIONS = (
    (_("Statistics"), {"subscribers.Activity": _("Activity: who watched what, and when")}),
    (
        _("Flussonic and Auth Service"),
        {
            "integrations.SyncRun": _("Syncs with Flussonic"),
            "channels.Source": _("Sources of channels"),
            "channels.ImportRun": _("Imports of lists"),
            "integrations.PushedStream": _("Streams made at Flussonic"),
            "channels.GuideSource": _("Guide (EPG)"),
            "channels.GuideRun": _("Refreshes of the guide"),
            "integrations.ReconcileRun": _("Reconciliations"),
            "subscribers.OutboxEntry": _("Changes to deliver"),
            "integrations.RemoteToken": _("Tokens at the Auth Service"),
            "integrations.AuthDecision": _("Answers to Flussonic"),
            "subscribers.SessionCheck": _("Running streams to look at"),
        },
    ),
    (
        _("Staff"),
        {
            "playlist_project.User": _("Staff accounts"),
            "auth.Group": _("Roles"),
            "playlist_project.ApiToken": _("API tokens"),
        },
    ),
)


class PlaylistAdminSite(admin.AdminSite):
    """Django's admin under the product's name."""

    site_title = _("Playlist Service")
    site_header = _("Playlist Service")
    index_title = _("Dashboard")
    site_url = None
    # The bar leads to the main pages, the dashboard to the rest.
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "bar": _bar(request), "languages": settings.LANGUAGES}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        context = {**front_page(request), "sections": self._sections(request), **(extra_context or {})}
        return super().index(request, context)

    def get_urls(self) -> list[Any]:
        changes = self.admin_view(partial(changes_page, self))
        return [
            path("changes/", changes, name="changes"),
            path("statistics/", self.admin_view(partial(statistics_page, self)), name="statistics"),
            path("jsi18n/", self.i18n_javascript, name="jsi18n"),  # without a login, as that page has words too
            *super().get_urls(),
        ]

    def app_index(  # type: ignore[override]  # it answers with a page elsewhere
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the dashboard, which has all models sorted by task and not by app."""
        return redirect("admin:index")

    def _sections(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return what this account may see beside the main pages; models that SECTIONS does not know come last."""
        shown = {
            f"{app['app_label']}.{model['object_name']}": model
            for app in self.get_app_list(request)
            for model in app["models"]
        }
        in_bar = tuple(reverse("admin:index") + place for *_, places in BAR for place in places)
        shown = {label: model for label, model in shown.items() if not str(model["admin_url"]).startswith(in_bar)}
        sections = [
            (heading, [{**shown.pop(label), "name": name} for label, name in names.items() if label in shown])
            for heading, names in SECTIONS
        ]
        if request.user.has_perm(SEES_STATISTICS):
            statistics = {"name": _("What is watched, how much, with what"), "admin_url": reverse("admin:statistics")}
            sections[0][1].insert(0, statistics)
        if types_seen_by(request):
            changes = {"name": _("Changes: who changed what, and when"), "admin_url": reverse("admin:changes")}
            sections.append((_("History"), [changes]))
        return [
            {"heading": heading, "models": models}
            for heading, models in [*sections, (_("More"), [*shown.values()])]
            if models
        ]


def _bar(request: HttpRequest) -> list[dict[str, Any]]:
    home = reverse("admin:index")
    return [
        {
            "title": title,
            "url": reverse(f"admin:{address}"),
            "current": request.path == home if not places else request.path.startswith(tuple(home + p for p in places)),
        }
        for title, address, permissions, places in BAR
        if not permissions or any(map(request.user.has_perm, permissions))
    ]
