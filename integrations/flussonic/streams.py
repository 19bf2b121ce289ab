"""Creating and deleting streams at a Flussonic server.

Source: the vendor's server API documents (v3). Older servers have no such API.
"""

import re
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from integrations.flussonic.client import configured_remote
from integrations.flussonic.sessions import PREFIXES
from integrations.http import (
    Allowance,
    Deadline,
    NotConfigured,
    RemoteClient,
    RemoteGarbage,
    RemoteNotFound,
    RemoteRejected,
    RemoteUnavailable,
)

PAGE_SIZE = 500
SHORTEST_SECRET = 3
_PART_OF_AN_ADDRESS = re.compile(r"[^\s]*[/@?=][^\s]*")


class StreamsClient:
    """Write the streams of one server; up to ``connections`` threads at once, each over a connection that stays open.

    Nothing is tried twice: whoever calls has a queue. No error holds anything of a stream's address.
    """

    def __init__(self, remote: RemoteClient, *, prefix: str, connections: int) -> None:
        self.connections = connections
        self._remote = remote
        self._path = f"{prefix}/streams"

    @classmethod
    def from_settings(cls) -> Self:
        """Return a client for the configured server; raise `NotConfigured` if there is none that can do this."""
        connections = max(settings.FLUSSONIC_PUSH_CONNECTIONS, 1)
        remote = configured_remote(connections=connections)
        if settings.FLUSSONIC_API not in PREFIXES:
            raise NotConfigured(
                _("FLUSSONIC_API names an API that cannot create streams: one of %(names)s can.")
                % {"names": ", ".join(PREFIXES)}
            )
        return cls(remote, prefix=PREFIXES[settings.FLUSSONIC_API], connections=connections)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._remote.close()

    def put(self, name: str, *, url: str, title: str, deadline: Deadline) -> None:
        """Create a stream that is fetched from ``url`` while somebody watches, or change it. Raises `RemoteError`."""
        body = {"inputs": [{"url": url}], "title": title, "static": False}
        try:
            self._remote.request("PUT", self._address(name), json=body, deadline=deadline, retries=0)
        except RemoteUnavailable as exc:
            raise RemoteUnavailable(without(str(exc), url) if exc.status else str(exc), status=exc.status) from None
        except RemoteRejected as exc:  # whose answer may quote what it refuses
            raise type(exc)(without(str(exc), url), status=exc.status, detail=without(exc.detail, url)) from None

    def delete(self, name: str, *, deadline: Deadline) -> None:
        """Delete a stream; one that is not there is as good. Raises `RemoteError`."""
        with suppress(RemoteNotFound):
            self._remote.request("DELETE", self._address(name), deadline=deadline, retries=0)

    def names(self, *, deadline: Deadline) -> set[str]:
        """Return the names of all streams, from all pages. Raises `RemoteError`."""
        # By name: by default pages are positions, and drift while streams come and go. Every page needs the same.
        params: dict[str, str | int] = {"select": "name", "sort": "name", "limit": PAGE_SIZE}
        allowance = Allowance(settings.FLUSSONIC_MAX_MEGABYTES * 1024 * 1024)
        found: set[str] = set()
        while True:
            page = self._remote.request("GET", self._path, params=params, deadline=deadline, allowance=allowance)
            entries = page.get("streams") if isinstance(page, dict) else None
            if not isinstance(entries, list):
                raise RemoteGarbage(
                    _("%(name)s answered with something that is no list.") % {"name": self._remote.name}
                )
            before = len(found)
            found.update(str(entry["name"]) for entry in entries if isinstance(entry, dict) and entry.get("name"))
            following = page.get("next")
            if not following:
                return found
            if following == params.get("cursor") or len(found) == before:
                raise RemoteGarbage(_("%(name)s lists its streams in a circle.") % {"name": self._remote.name})
            params["cursor"] = str(following)

    def _address(self, name: str) -> str:
        return f"{self._path}/{quote(name, safe='')}"


def without(text: str, url: str) -> str:
    """Return the text without anything that tells of the address: whole, cut off, or in parts."""
    text = _PART_OF_AN_ADDRESS.sub("…", text.replace(url, "…"))
    for secret in sorted(_parts(url), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _parts(url: str) -> set[str]:
    """Return what is to be masked of an address: login, host, path, query. In lists, a path often holds a login."""
    try:
        parts = urlsplit(url)
        named = parts.username, parts.password, parts.hostname
    except ValueError:
        return set()
    encoded = {*named, *parts.path.split("/"), *(value for _name, value in parse_qsl(parts.query))}
    found = {form for part in encoded if part for form in (part, unquote(part))}
    return {part for part in found if len(part) >= SHORTEST_SECRET}
