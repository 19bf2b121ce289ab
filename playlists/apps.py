"""How Django finds the app, and what it says about wrong settings."""

import ipaddress
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

SHORTEST_SECRET = 16


class PlaylistsConfig(AppConfig):
    name = "playlists"

    def ready(self) -> None:
        checks.register(check_logos)
        checks.register(check_authorisation)


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


def check_authorisation(**options: Any) -> list[checks.CheckMessage]:
    """Report settings by which Flussonic would be answered wrongly, or anybody at all."""
    found: list[checks.CheckMessage] = []
    for address in settings.FLUSSONIC_AUTH_ADDRESSES:
        try:
            ipaddress.ip_network(address, strict=False)
        except ValueError:
            hint = "Set addresses or networks, such as 10.0.0.5 or 10.0.0.0/8, with commas."
            message = f"FLUSSONIC_AUTH_ADDRESSES has {address!r}, which is no address."
            found.append(checks.Error(message, hint=hint, id="playlists.E002"))
    if settings.FLUSSONIC_AUTH_SECONDS < 1:
        hint = "Set the seconds after which Flussonic asks again, such as 45."
        found.append(checks.Error("FLUSSONIC_AUTH_SECONDS is below 1.", hint=hint, id="playlists.E003"))
    if 0 < len(settings.FLUSSONIC_AUTH_SECRET) < SHORTEST_SECRET:
        hint = f"Set {SHORTEST_SECRET} letters or more: whoever guesses it learns which tokens are good."
        found.append(checks.Error("FLUSSONIC_AUTH_SECRET is short.", hint=hint, id="playlists.E004"))
    return found
