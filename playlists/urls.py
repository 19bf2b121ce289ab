"""The addresses that players know."""

from django.urls import include, path

from playlists import guide, logos, views

app_name = "playlists"
urlpatterns = [
    path("playlist/<str:token>.m3u8", views.playlist, name="playlist"),
    path("epg/<str:token>.xml.gz", guide.guide, {"as_file": True}, name="guide_file"),
    path("epg/<str:token>.xml", guide.guide, {"as_file": False}, name="guide"),
    path("logos/<int:channel_id>.png", logos.logo, name="logo"),
    path("", include("playlists.xtream.urls")),
]
