"""The addresses that players know."""

from django.urls import include, path

from playlists import guide, logos, views
from playlists.authorisation import views as authorisation

app_name = "playlists"
urlpatterns = [
    path("playlist/<str:token>.m3u8", views.playlist, name="playlist"),
    path("epg/<str:token>.xml.gz", guide.guide, {"as_file": True}, name="guide_file"),
    path("epg/<str:token>.xml", guide.guide, {"as_file": False}, name="guide"),
    path("logos/<int:channel_id>.png", logos.logo, name="logo"),
    path("flussonic/auth", authorisation.authorisation, name="authorisation"),
    path("flussonic/auth/<str:secret>", authorisation.authorisation),
    path("", include("playlists.xtream.urls")),
]
