"""The addresses of the REST API: each app's views, put together under /api/v1."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from channels.api.views import GroupViewSet
from playlist_project.api import accounts
from playlist_project.api.description import DocsView, schema
from playlist_project.api.pages import no_such_address

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("groups", GroupViewSet, basename="api-group")

v1 = [
    path("auth/login", accounts.LoginView.as_view(), name="api-login"),
    path("auth/logout", accounts.LogoutView.as_view(), name="api-logout"),
    path("auth/me", accounts.MeView.as_view(), name="api-me"),
    path("schema", schema, name="api-schema"),
    path("docs", DocsView.as_view(), name="api-docs"),
    *router.urls,
]
urlpatterns = [
    path("v1/", include(v1)),
    # Here and not by handler404, which gives way to pages for people while DEBUG is on.
    re_path("", no_such_address),
]
