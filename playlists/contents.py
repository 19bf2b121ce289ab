"""What many requests share: lists made once for all who hold the same, kept while nothing they are made of changes.

A content depends on three things alone: what it is, what is held, and the catalogue's version at the time when what is
held was read. All three are part of the key, so nobody ever has to say that something changed. What differs between
subscribers who hold the same is their token: its places are marked, and filled in when the content is sent.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from threading import Lock

from django.conf import settings

from playlists.account import Account

TOKEN_PLACE = secrets.token_urlsafe(16)
"""Stands for the token: letters that no cleaning changes, and nobody can know them to put them into a name."""
PLACE = TOKEN_PLACE.encode()
ENTRY_BYTES = 1_000
"""What a kept content takes in memory besides its bytes and the parts of its key; 700 and some were measured."""
PART_BYTES = 40
"""What an id in a key takes, or a piece besides its bytes."""


@dataclass(frozen=True)
class Content:
    """A body in chunks, each in pieces between which the token belongs: joining them is all that a request does."""

    chunks: tuple[tuple[bytes, ...], ...]
    size: int
    """Bytes, places of the token included as they are."""
    places: int

    @cached_property
    def digest(self) -> bytes:
        """What is the same in every process for the same content, and where the token stands is part of that."""
        digest = sha256()  # faster than others where the processor knows it
        for pieces in self.chunks:
            digest.update(b"\0".join(pieces))
        return digest.digest()

    def size_for(self, token: str) -> int:
        return self.size + self.places * (len(token) - len(PLACE))

    def etag_for(self, token: str) -> str:
        return sha256(self.digest + token.encode()).hexdigest()[:32]

    def chunks_for(self, token: str) -> Iterator[bytes]:
        return map(token.encode().join, self.chunks)


def content_of(chunks: Iterable[bytes]) -> Content:
    """Return the content; a place of the token never lies across two chunks."""
    kept = []
    size = places = 0
    for chunk in chunks:
        pieces = tuple(chunk.split(PLACE))
        size += len(chunk)
        places += len(pieces) - 1
        kept.append(pieces)
    return Content(tuple(kept), size, places)


class ContentCache:
    """The contents used last, up to a number of bytes; each is made by one thread while others wait for it.

    What they are kept by counts as well: small ones that many different subscribers hold are mostly that.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._contents: OrderedDict[Hashable, tuple[str, Content]] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, version: str, make: Callable[[], Content]) -> Content:
        """Return the content of a version, made now unless it is there. One without chunks is not kept.

        The version has to be read before what ``make`` reads.
        """
        found = self._found(key, version)
        if found is not None:
            return found
        with self._lock:
            making = self._making.setdefault(key, Lock())
        try:
            with making:
                found = self._found(key, version)
                if found is None:
                    found = make()
                    self._keep(key, version, found)
                return found
        finally:
            with self._lock:
                self._making.pop(key, None)

    def forget(self) -> None:
        with self._lock:
            self._contents.clear()
            self.bytes = 0

    def _found(self, key: Hashable, version: str) -> Content | None:
        with self._lock:
            kept = self._contents.get(key)
            if kept is None or kept[0] != version:
                return None
            self._contents.move_to_end(key)
            return kept[1]

    def _keep(self, key: Hashable, version: str, content: Content) -> None:
        with self._lock:
            self._drop(key)
            taken = bytes_taken(key, content)
            if not content.chunks or taken > self.most_bytes:  # there may be any number of names for nothing
                return
            self._contents[key] = version, content
            self.bytes += taken
            while self.bytes > self.most_bytes:
                self._drop(next(iter(self._contents)))

    def _drop(self, key: Hashable) -> None:
        kept = self._contents.pop(key, None)
        if kept is not None:
            self.bytes -= bytes_taken(key, kept[1])


def bytes_taken(key: Hashable, content: Content) -> int:
    """Return how much memory it takes to keep a content; a key may be of tuples of ids."""
    parts = sum(len(part) if isinstance(part, tuple) else 1 for part in key) if isinstance(key, tuple) else 1
    return ENTRY_BYTES + content.size + PART_BYTES * (parts + len(content.chunks) + content.places)


cache = ContentCache(settings.CONTENT_CACHE_MEGABYTES * 1024 * 1024)


def held_content(kind: Hashable, account: Account, make: Callable[[], Content]) -> Content:
    """Return what all who hold the same as the account get; ``kind`` says what it is, its parameters included."""
    key = kind, tuple(account.packages), tuple(account.channels)
    return cache.get(key, account.catalogue_version, make)
