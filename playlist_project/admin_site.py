"""The admin site: titles, the bar of main pages, the dashboard as front page, the rest sorted by task."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from playlist_project.admin_changes import changes_page, types_seen_by
from playlist_project.dashboard import snapshot

# Title, address, the permission to see it, and what the addresses of its pages begin with.
BAR = (
    ("Dashboard", "admin:index", None, ()),
    ("Channels", "admin:channels_channel_changelist", "channels.view_channel", ("channels/channel/",)),
    ("Groups", "admin:channels_group_changelist", "channels.view_group", ("channels/group/",)),
    ("Packages & Tariffs", "admin:catalog_package_changelist", "catalog.view_package", ("catalog/",)),
    (
        "Users",
        "admin:subscribers_subscriber_changelist",
        "subscribers.view_subscriber",
        ("subscribers/subscriber/", "subscribers/subscriberimport/"),
    ),
)
# What the bar does not lead to: (heading, {model: name}).
SECTIONS = (
    (
        "Flussonic and Auth Service",
        {
            "integrations.SyncRun": "Syncs with Flussonic",
            "channels.Source": "Sources of channels",
            "integrations.ReconcileRun": "Reconciliations",
            "subscribers.OutboxEntry": "Changes to deliver",
            "integrations.RemoteToken": "Tokens at the Auth Service",
        },
    ),
    (
        "Staff",
        {
            "playlist_project.User": "Staff accounts",
            "auth.Group": "Roles",
            "playlist_project.ApiToken": "API tokens",
        },
    ),
)


class PlaylistAdminSite(admin.AdminSite):
    """Django's admin under the product's name."""

    site_title = "Playlist Service"
    site_header = "Playlist Service"
    index_title = "Dashboard"
    site_url = None
    # The bar leads to the main pages, the dashboard to the rest.
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "bar": _bar(request)}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        context = {"snapshot": snapshot(), "sections": self._sections(request), **(extra_context or {})}
        return super().index(request, context)

    def get_urls(self) -> list[Any]:
        changes = self.admin_view(partial(changes_page, self))
        return [path("changes/", changes, name="changes"), *super().get_urls()]

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
        if types_seen_by(request):
            changes = {"name": "Changes: who changed what, and when", "admin_url": reverse("admin:changes")}
            sections.append(("History", [changes]))
        return [
            {"heading": heading, "models": models}
            for heading, models in [*sections, ("More", [*shown.values()])]
            if models
        ]


def _bar(request: HttpRequest) -> list[dict[str, Any]]:
    home = reverse("admin:index")
    return [
        {
            "title": title,
            "url": reverse(address),
            "current": request.path == home if not places else request.path.startswith(tuple(home + p for p in places)),
        }
        for title, address, permission, places in BAR
        if permission is None or request.user.has_perm(permission)
    ]
