"""The addresses of the REST API: each app's views, put together under /api/v1."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from channels.api.views import GroupViewSet
from playlist_project.api import accounts
from playlist_project.api.pages import no_such_address
from subscribers.api.views import UserByExternalIdViewSet, UserViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("groups", GroupViewSet, basename="api-group")
router.register("users/by-external-id", UserByExternalIdViewSet, basename="api-user-by-external-id")
router.register("users", UserViewSet, basename="api-user")

v1 = [
    path("auth/login", accounts.LoginView.as_view(), name="api-login"),
    path("auth/logout", accounts.LogoutView.as_view(), name="api-logout"),
    path("auth/me", accounts.MeView.as_view(), name="api-me"),
    *router.urls,
]
urlpatterns = [
    path("v1/", include(v1)),
    # Here and not by handler404, which gives way to pages for people while DEBUG is on.
    re_path("", no_such_address),
]
