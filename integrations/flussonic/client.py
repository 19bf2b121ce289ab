"""The list of streams of a Flussonic server, whichever of its APIs it has.

Sources: the vendor's server API documents (v3) and, for the older lists, its HTTP API pages of version 4.
"""

import base64
from types import TracebackType
from typing import Self

from django.conf import settings
from django.utils.translation import gettext as _

from integrations.flussonic.listing import Listing, Progress
from integrations.flussonic.shapes import Stream
from integrations.http import Allowance, Deadline, NotConfigured, RemoteClient

__all__ = ["FlussonicClient", "Progress", "Stream"]

AUTO = "auto"
PATHS = {
    "v3": "/streamer/api/v3/streams",
    "api_v3": "/api/v3/streams",
    "central": "/central/api/v3/streams",
    "streams": "/streams",
    "flussonic_streams": "/flussonic/api/streams",
    "media": "/flussonic/api/media",
}
"""Where each API lists its streams, in the order in which they are tried."""


class FlussonicClient:
    """Read the streams of one server. ``skipped`` holds name and reason of what the last run could not take over."""

    def __init__(
        self, remote: RemoteClient, *, api: str, include_transient: bool, seconds: float, max_bytes: int
    ) -> None:
        self.skipped: list[tuple[str, str]] = []
        self._remote = remote
        self._paths = list(PATHS.values()) if api == AUTO else [PATHS[api]]
        self._include_transient = include_transient
        self._seconds = seconds
        self._max_bytes = max_bytes

    @classmethod
    def from_settings(cls) -> Self:
        """Return a client for the configured server; raise `NotConfigured` if there is none."""
        return cls(
            configured_remote(),
            api=settings.FLUSSONIC_API,
            include_transient=settings.FLUSSONIC_INCLUDE_TRANSIENT,
            seconds=settings.FLUSSONIC_DEADLINE,
            max_bytes=settings.FLUSSONIC_MAX_MEGABYTES * 1024 * 1024,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._remote.close()

    def streams(self, progress: Progress | None = None) -> list[Stream]:
        """Return all streams, each name once, sorted by name where the server can.

        Disabled streams and those that wait for a viewer are in it; those named by a viewer or by another server are
        not, unless the settings want them. The list is complete: whatever keeps a page from being read raises
        `RemoteError`, as only a complete list tells what is missing.
        """
        listing = Listing(
            self._remote,
            deadline=Deadline.after(self._seconds),
            allowance=Allowance(self._max_bytes),
            include_transient=self._include_transient,
        )
        self.skipped = listing.skipped
        return listing.read(self._paths, progress or (lambda entries, estimated: None))


def configured_remote(*, connections: int = 1) -> RemoteClient:
    """Return a way to the configured server; raise `NotConfigured` if there is none."""
    if not settings.FLUSSONIC_URL:
        raise NotConfigured(_("FLUSSONIC_URL is not set: set it to the address of the Flussonic server."))
    if settings.FLUSSONIC_API not in (AUTO, *PATHS):
        raise NotConfigured(_("FLUSSONIC_API must be one of %(names)s.") % {"names": ", ".join((AUTO, *PATHS))})
    key = settings.FLUSSONIC_API_KEY.strip()
    return RemoteClient(
        "Flussonic",
        settings.FLUSSONIC_URL,
        headers={"Authorization": _authorization(key)} if key else {},
        timeout=settings.FLUSSONIC_TIMEOUT,
        connections=connections,
        secrets=(key, key.partition(":")[2]),
    )


def _authorization(key: str) -> str:
    """Return the header's value: a login with its password goes as Basic, an API token as Bearer."""
    return f"Basic {base64.b64encode(key.encode()).decode()}" if ":" in key else f"Bearer {key}"
