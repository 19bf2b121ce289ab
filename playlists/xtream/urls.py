"""The addresses of an Xtream-Codes panel, at the root of the domain: players know no other place."""

from django.urls import path, register_converter

from playlists.xtream import views
from subscribers.usernames import RESERVED

OTHERS = "|".join(sorted(RESERVED))


class PlayerConverter:
    """A user name as the first part of an address: not what other addresses begin with."""

    regex = rf"(?!(?:{OTHERS})/)[^/]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class NumberConverter(PlayerConverter):
    """The number of a channel, with or without an ending."""

    regex = r"[0-9]+(?:\.[a-z0-9]+)?"


register_converter(PlayerConverter, "player")
register_converter(NumberConverter, "number")

urlpatterns = [
    path("get.php", views.get_php, name="get_php"),
    path("player_api.php", views.player_api, name="player_api"),
    path("panel_api.php", views.panel_api, name="panel_api"),
    path("xmltv.php", views.xmltv_php, name="xmltv_php"),
    path("epg.php", views.xmltv_php),
    path("update/epg.php", views.xmltv_php),
    path("epg/<str:username>/<str:password>", views.guide_answer, {"as_file": False}),
    path("epg/<str:username>/<str:password>/gz", views.guide_answer, {"as_file": True}),
    path("timeshift.php", views.timeshift_php),
    path("streaming/timeshift.php", views.timeshift_php, name="timeshift_php"),
    path("live/<str:username>/<str:password>/<str:stream>", views.live, name="live"),
    path(
        "timeshift/<str:username>/<str:password>/<str:duration>/<str:start>/<str:stream>",
        views.timeshift,
        name="timeshift",
    ),
    path("movie/<str:username>/<str:password>/<str:stream>", views.no_such_film),
    path("series/<str:username>/<str:password>/<str:stream>", views.no_such_film),
    path("<player:username>/<str:password>/<number:stream>", views.live),
]
