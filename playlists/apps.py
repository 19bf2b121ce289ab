"""How Django finds the app, and what it says about wrong settings."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks


class PlaylistsConfig(AppConfig):
    name = "playlists"

    def ready(self) -> None:
        checks.register(check_logos)


def check_logos(**options: Any) -> list[checks.CheckMessage]:
    """Report a PLAYLIST_LOGOS that no playlist could be made with."""
    from playlists.entries import LOGO_COLUMNS  # needs the models

    if settings.PLAYLIST_LOGOS in LOGO_COLUMNS:
        return []
    return [
        checks.Error(
            f"PLAYLIST_LOGOS is {settings.PLAYLIST_LOGOS!r}.",
            hint=f"Set it to one of {', '.join(LOGO_COLUMNS)}.",
            id="playlists.E001",
        )
    ]
