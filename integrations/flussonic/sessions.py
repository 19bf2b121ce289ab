"""The sessions of a Flussonic server: who watches what at this moment, and how that is ended.

Source: the vendor's server API documents (v3). Older servers have no such API.
"""

from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _

from integrations.flussonic.client import configured_remote
from integrations.http import Allowance, Deadline, RemoteClient, RemoteGarbage, RemoteNotFound

PREFIXES = {"auto": "/streamer/api/v3", "v3": "/streamer/api/v3", "api_v3": "/api/v3", "central": "/central/api/v3"}
"""Where each API that FLUSSONIC_API names has its sessions; the others have none."""
PAGE_SIZE = 1_000
SELECT = "id,name,user_id,token"


class Session(NamedTuple):
    """A session that runs: empty texts where Flussonic does not tell. ``user_id``: what its backend calls the user."""

    id: str
    stream_name: str
    user_id: str
    token: str


def can_be_ended() -> bool:
    """Tell whether there is a Flussonic with an API that ends sessions."""
    return bool(settings.FLUSSONIC_URL) and settings.FLUSSONIC_API in PREFIXES


class SessionsClient:
    """List and end the sessions of one server; up to ``connections`` threads at once."""

    def __init__(self, remote: RemoteClient, *, prefix: str, connections: int) -> None:
        self.connections = connections
        self._remote = remote
        self._path = f"{prefix}/sessions"

    @classmethod
    def from_settings(cls, *, connections: int = 10) -> Self:
        """Return a client for the configured server; raise `NotConfigured` if there is none."""
        remote = configured_remote(connections=connections)
        return cls(remote, prefix=PREFIXES[settings.FLUSSONIC_API], connections=connections)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._remote.close()

    def sessions(self, *, user_id: str | None = None, deadline: Deadline) -> list[Session]:
        """Return all sessions, or those of one user: each once, from all pages. Raises `RemoteError`."""
        # By id: by default pages are positions, and drift while sessions come and go. Every page needs the same.
        params: dict[str, str | int] = {"select": SELECT, "sort": "id", "limit": PAGE_SIZE}
        if user_id is not None:
            params["user_id"] = user_id
        allowance = Allowance(settings.FLUSSONIC_MAX_MEGABYTES * 1024 * 1024)
        found: dict[str, Session] = {}
        while True:
            page = self._remote.request("GET", self._path, params=params, deadline=deadline, allowance=allowance)
            before = len(found)
            found.update((session.id, session) for session in self._read(page))
            following = page.get("next")
            if not following:
                return list(found.values())
            if following == params.get("cursor") or len(found) == before:
                raise RemoteGarbage(_("%(name)s lists its sessions in a circle.") % {"name": self._remote.name})
            params["cursor"] = str(following)

    def end(self, session_id: str, *, deadline: Deadline) -> None:
        """End a session; one that has ended by itself is as good."""
        with suppress(RemoteNotFound):
            self._remote.request("DELETE", f"{self._path}/{quote(session_id, safe='')}", deadline=deadline)

    def ask_again(self, stream_name: str, *, deadline: Deadline) -> None:
        """Have Flussonic ask its backend again about every session of a stream. It does so after it has answered."""
        with suppress(RemoteNotFound):
            self._remote.request("POST", f"{self._path}/reauth", params={"name": stream_name}, deadline=deadline)

    def _read(self, page: Any) -> list[Session]:
        entries = page.get("sessions") if isinstance(page, dict) else None
        if not isinstance(entries, list):
            raise RemoteGarbage(_("%(name)s answered with something that is no list.") % {"name": self._remote.name})
        return [
            Session(*(_text(entry.get(key)) for key in ("id", "name", "user_id", "token")))
            for entry in entries
            if isinstance(entry, dict) and entry.get("id")
        ]


def _text(value: object) -> str:
    return "" if value is None else str(value)
