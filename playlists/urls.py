"""The addresses that players know."""

from django.urls import include, path

from playlists import logos, views

app_name = "playlists"
urlpatterns = [
    path("playlist/<str:token>.m3u8", views.playlist, name="playlist"),
    path("logos/<int:channel_id>.png", logos.logo, name="logo"),
    path("", include("playlists.xtream.urls")),
]
