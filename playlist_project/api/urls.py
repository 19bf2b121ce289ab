"""The addresses of the REST API: each app's views, put together under /api/v1."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from catalog.api.views import PackageLookup, PackageViewSet, TariffLookup, TariffViewSet
from channels.api.views import ChannelLookup, ChannelViewSet, GroupLookup, GroupViewSet
from integrations.api.explain import ExplainView
from integrations.api.views import SyncView
from playlist_project.api import accounts
from playlist_project.api.dashboard import StatsView
from playlist_project.api.description import DocsView, schema
from playlist_project.api.pages import no_such_address
from subscribers.api.events import EventsView
from subscribers.api.views import UserByExternalIdViewSet, UserViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("channels", ChannelViewSet, basename="api-channel")
router.register("groups", GroupViewSet, basename="api-group")
router.register("packages", PackageViewSet, basename="api-package")
router.register("tariffs", TariffViewSet, basename="api-tariff")
router.register("lookup/groups", GroupLookup, basename="api-lookup-group")
router.register("lookup/packages", PackageLookup, basename="api-lookup-package")
router.register("lookup/tariffs", TariffLookup, basename="api-lookup-tariff")
router.register("lookup/channels", ChannelLookup, basename="api-lookup-channel")
router.register("users/by-external-id", UserByExternalIdViewSet, basename="api-user-by-external-id")
router.register("users", UserViewSet, basename="api-user")

v1 = [
    path("auth/login", accounts.LoginView.as_view(), name="api-login"),
    path("auth/logout", accounts.LogoutView.as_view(), name="api-logout"),
    path("auth/me", accounts.MeView.as_view(), name="api-me"),
    path("dashboard/stats", StatsView.as_view(), name="api-stats"),
    path("channels-sync", SyncView.as_view(), name="api-sync"),
    path("users/<int:pk>/explain", ExplainView.as_view(), name="api-user-explain"),
    path("events", EventsView.as_view(), name="api-events"),
    path("schema", schema, name="api-schema"),
    path("docs", DocsView.as_view(), name="api-docs"),
    *router.urls,
]
urlpatterns = [
    path("v1/", include(v1)),
    # Here and not by handler404, which gives way to pages for people while DEBUG is on.
    re_path("", no_such_address),
]
