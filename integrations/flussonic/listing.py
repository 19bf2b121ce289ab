"""One run through all pages of a Flussonic server's list of streams."""

import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from integrations.flussonic.shapes import Page, Stream, fault_in_name, flattened, line_of_text, read_page, read_stream
from integrations.http import (
    Allowance,
    Deadline,
    RemoteClient,
    RemoteGarbage,
    RemoteNotFound,
    RemoteRejected,
    RemoteUnavailable,
)

Progress = Callable[[int, int | None], None]
"""Called with the number of entries read so far and, where the server tells, how many there are in all."""

PAGE_SIZE = 500
SELECT = (
    "name,title,named_by,dvr.expiration,dvr.reference,stats.dvr_info.from,stats.dvr_info.depth,"
    "stats.media_info.title,stats.media_info.tracks"
)
"""Always sent: full objects hold input URLs, passwords and storage keys. What is not used is not asked for."""
SHORT_SELECT = "name,title,dvr,disabled,named_by,static,position,stats"
"""For servers that answer 500 to ``SELECT``."""


class Listing:
    """Reads one list, once. ``skipped`` holds name and reason of what could not be taken over."""

    def __init__(
        self, remote: RemoteClient, *, deadline: Deadline, allowance: Allowance, include_transient: bool
    ) -> None:
        self.skipped: list[tuple[str, str]] = []
        self._remote = remote
        self._deadline = deadline
        self._allowance = allowance
        # Viewers' own streams, and copies of what another server of the cluster has.
        self._left_out = () if include_transient else ("user", "remote")
        self._select = SELECT
        self._path = ""
        self._streams: list[Stream] = []
        self._seen: set[str] = set()
        self._expirations: dict[str, object] = {}
        self._now = time.time()

    def read(self, paths: Sequence[str], progress: Progress) -> list[Stream]:
        """Return the streams of the first path that exists, from all pages."""
        page = self._first_page(paths)
        cursors: set[str] = set()
        entries = 0
        while True:
            fresh = self._take(page)
            entries += len(page.entries)
            progress(entries, page.estimated)
            if page.following is None:
                return self._streams
            if page.following in cursors or not fresh:
                what = "the same cursor came again" if page.following in cursors else "a page held nothing new"
                raise RemoteGarbage(f"{self._remote.name} lists in a circle: after {entries} streams {what}.")
            cursors.add(page.following)
            page = self._page(page.following)

    def _first_page(self, paths: Sequence[str]) -> Page:
        for path in paths:
            self._path = path
            try:
                return self._page()
            except RemoteNotFound:
                continue
        raise RemoteNotFound(
            f"{self._remote.name} has no list of streams at {' or '.join(paths)}: check its address and FLUSSONIC_API.",
            status=404,
        )

    def _page(self, cursor: str | None = None) -> Page:
        # Every page needs the same selection, order and limit.
        params: dict[str, str | int] = {"select": self._select, "sort": "name", "limit": PAGE_SIZE}
        if cursor is not None:
            params["cursor"] = cursor
        try:
            return read_page(self._get(self._path, params))
        except ValueError as exc:
            raise RemoteGarbage(f"{self._remote.name} answered with a page {exc}.") from exc
        except RemoteUnavailable as exc:
            if exc.status != 500 or self._select == SHORT_SELECT:
                raise
        self._select = SHORT_SELECT
        return self._page(cursor)

    def _take(self, page: Page) -> int:
        """Keep the streams of a page; return how many of its names had not been seen before, kept or not."""
        before = len(self._seen)
        for entry in page.entries:
            stream = flattened(entry)
            if stream is None:
                continue
            name = stream.get("name")
            if not isinstance(name, str) or not name:
                self.skipped.append(("", "has no name"))
                continue
            if name in self._seen:
                continue
            self._seen.add(name)
            if stream.get("named_by") in self._left_out:
                continue
            if fault := fault_in_name(name):
                self.skipped.append((line_of_text(name), fault))
            else:
                self._streams.append(read_stream(name, stream, expiration_of=self._expiration, now=self._now))
        return len(self._seen) - before

    def _expiration(self, reference: str) -> object:
        """Return what the server says of a storage, asked at most once; None where it does not say."""
        if reference not in self._expirations:
            self._expirations[reference] = self._ask_expiration(reference)
        return self._expirations[reference]

    def _ask_expiration(self, reference: str) -> object:
        prefix, found, _ = self._path.partition("/v3/")
        if not found:
            return None
        try:
            storage = self._get(f"{prefix}/v3/dvrs/{quote(reference, safe='', errors='replace')}")
        except RemoteRejected:
            return None
        return storage.get("expiration") if isinstance(storage, dict) else None

    def _get(self, path: str, params: dict[str, str | int] | None = None) -> Any:
        return self._remote.request("GET", path, params=params, deadline=self._deadline, allowance=self._allowance)
