"""Which address is served by what."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from playlist_project import health, metrics
from playlist_project.api.pages import no_such_address

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("admin/language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
    path("api", no_such_address),
    path("api/", include("playlist_project.api.urls")),
    path("", include("playlists.urls")),
    path("", include("playlist_project.routes")),
]

handler400 = "playlist_project.error_pages.bad_request"
handler403 = "playlist_project.error_pages.permission_denied"
handler404 = "playlist_project.error_pages.not_found"
handler500 = "playlist_project.error_pages.server_error"
