"""Which address is served by what."""

from django.contrib import admin
from django.urls import include, path

from playlist_project import health, metrics

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("", include("playlists.urls")),
    path("", include("playlist_project.routes")),
]
