"""Programmes of a feed, sorted by channel on disk: feeds come in any order, and may be larger than memory."""

import pickle
import tempfile
from collections import Counter
from types import TracebackType
from typing import Self

from channels.xmltv import Broadcast

LETTERS_IN_MEMORY = 8_000_000


class Spool:
    """Takes programmes as they come, and gives those of one channel together: ``most`` of each, to fit into memory."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._counts: Counter[str] = Counter()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the spool
        self._places: dict[str, list[int]] = {}
        self._waiting: dict[str, list[Broadcast]] = {}
        self._letters = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def __contains__(self, channel: object) -> bool:
        return channel in self._places or channel in self._waiting

    def add(self, broadcast: Broadcast) -> bool:
        """Take a programme; False where it is one too many of its channel."""
        if self._counts[broadcast.channel] >= self._most:
            return False
        self._counts[broadcast.channel] += 1
        self._waiting.setdefault(broadcast.channel, []).append(broadcast)
        self._letters += 200 + sum(len(text) for _, text in broadcast.titles + broadcast.descriptions)
        if self._letters > LETTERS_IN_MEMORY:
            self._write()
        return True

    def of(self, channel: str) -> list[Broadcast]:
        """Return the programmes of a channel in the order in which they came."""
        found: list[Broadcast] = []
        for place in self._places.get(channel, ()):
            self._file.seek(place)
            found += pickle.load(self._file)
        return found + self._waiting.get(channel, [])

    def _write(self) -> None:
        self._file.seek(0, 2)
        for channel, broadcasts in self._waiting.items():
            self._places.setdefault(channel, []).append(self._file.tell())
            pickle.dump(broadcasts, self._file, pickle.HIGHEST_PROTOCOL)
        self._waiting.clear()
        self._letters = 0
