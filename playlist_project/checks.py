"""System checks: settings that cannot work are errors, and what is odd in production is a warning of ``--deploy``."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from integrations.flussonic.client import AUTO, PATHS
from playlist_project.api_tokens import rate

CHOICES = {
    "FLUSSONIC_API": (AUTO, *PATHS),
    "AUTH_SERVICE_DATES": ("z", "naive"),
    "LOG_FORMAT": ("console", "json"),
}
SHORTEST_SECRET_KEY = 32


@register
def known_values(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{name} is {getattr(settings, name)!r}, which means nothing here.",
            hint=f"Set it to one of: {', '.join(known)}.",
            id="playlist_project.E001",
        )
        for name, known in CHOICES.items()
        if getattr(settings, name) not in known
    ]


@register
def addresses(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{name} is not an http or https address.",
            hint="Set it in full, such as https://playlist.example.com.",
            id="playlist_project.E002",
        )
        for name in ("PUBLIC_URL", "FLUSSONIC_URL", "FLUSSONIC_STREAM_URL", "AUTH_SERVICE_URL")
        if (address := getattr(settings, name)) and not _is_web_address(address)
    ]


def _is_web_address(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


@register
def api_rate_limit(**kwargs: Any) -> list[CheckMessage]:
    try:
        rate(settings.API_RATE_LIMIT)
    except ValueError as exc:
        return [Error(f"API_RATE_LIMIT: {exc}", hint="Set it to a rate like that.", id="playlist_project.E004")]
    return []


@register(Tags.security)
def secret_key_is_long_enough(**kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or len(settings.SECRET_KEY) >= SHORTEST_SECRET_KEY:
        return []
    return [
        Error(
            f"SECRET_KEY has fewer than {SHORTEST_SECRET_KEY} letters.",
            hint="It signs sessions and keys what is kept of passwords: set 50 or more random letters.",
            id="playlist_project.E003",
        )
    ]


@register(deploy=True)
def remote_systems_are_configured(**kwargs: Any) -> list[CheckMessage]:
    return [
        Warning(f"{name} is not set: {so}", hint=f"Set {name}, or go on with the other half alone.", id=check_id)
        for name, so, check_id in (
            ("FLUSSONIC_URL", "no channels come in.", "playlist_project.W001"),
            ("AUTH_SERVICE_URL", "no token leaves this service.", "playlist_project.W002"),
        )
        if not getattr(settings, name)
    ]


@register(deploy=True)
def public_url_is_public(**kwargs: Any) -> list[CheckMessage]:
    if urlsplit(settings.PUBLIC_URL).hostname not in ("localhost", "127.0.0.1", "::1"):
        return []
    return [
        Warning(
            "PUBLIC_URL is this machine's own name: logos and guides in playlists will not load elsewhere.",
            hint="Set it to the address under which players reach this service.",
            id="playlist_project.W003",
        )
    ]
