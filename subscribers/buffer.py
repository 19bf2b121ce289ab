"""What is written a moment later: requests put entries into a buffer, and a thread of the process writes them."""

import atexit
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import structlog
from django.conf import settings
from django.db import DataError, Error, IntegrityError, connection, transaction

T = TypeVar("T")
logger = structlog.get_logger(__name__)
_all: "weakref.WeakSet[Buffer[Any]]" = weakref.WeakSet()


class Buffer(Generic[T]):
    """Entries on their way to the database.

    ``write`` gets up to ``batch`` of them at a time, the oldest first, within a transaction. While the database does
    not take them they wait, up to ``most``: beyond that the oldest are lost, and counted. What a process that is
    killed had in its buffer is lost, so it is for what nobody has been promised.

    The thread writes every ``seconds`` (BUFFER_SECONDS unless given) and once more when the process ends. With
    BUFFER_SECONDS 0 nothing is written until somebody calls `flush`: so it is in tests.
    """

    _thread: threading.Thread | None
    _in_trouble: bool

    def __init__(
        self,
        name: str,
        write: Callable[[list[T]], object],
        *,
        seconds: float | None = None,
        most: int = 50_000,
        batch: int = 2_000,
    ) -> None:
        self.name, self.write, self.seconds, self.most, self.batch = name, write, seconds, most, batch
        self.lost = 0
        self._forget()
        _all.add(self)

    def add(self, entry: T) -> None:
        """Note an entry. Takes microseconds, from any thread, and touches no database."""
        with self._lock:
            if len(self._entries) >= self.most:
                self._entries.popleft()
                self.lost += 1
            self._entries.append(entry)
        if self._thread is None:
            self._start()

    def __len__(self) -> int:
        return len(self._entries)

    def flush(self) -> bool:
        """Write what is there by now; tell whether all of it is written. Trouble with the database is logged."""
        with self._flushing:
            for _ in range(-(-len(self._entries) // self.batch)):  # what comes meanwhile waits for the next time
                if not self._write_batch():
                    return False
        return True

    def _write_batch(self) -> bool:
        with self._lock:
            entries = [self._entries.popleft() for _ in range(min(self.batch, len(self._entries)))]
        try:
            with transaction.atomic():
                self.write(entries)
        except (DataError, IntegrityError) as exc:
            # It would be refused for ever, and keep all that comes after it from being written.
            logger.error("buffer_refused", buffer=self.name, entries=len(entries), error=str(exc))
            self.lost += len(entries)
        except Error as exc:
            self._take_back(entries)
            if not self._in_trouble:
                logger.warning("buffer_waits", buffer=self.name, error=str(exc))
            self._in_trouble = True
            return False
        if self._in_trouble:
            logger.warning("buffer_written", buffer=self.name, lost=self.lost)
        self._in_trouble = False
        return True

    def _take_back(self, entries: list[T]) -> None:
        with self._lock:
            room = self.most - len(self._entries)
            self.lost += max(0, len(entries) - room)
            self._entries.extendleft(reversed(entries[-room:] if room > 0 else []))

    def _start(self) -> None:
        seconds = settings.BUFFER_SECONDS and (self.seconds or settings.BUFFER_SECONDS)
        with self._lock:
            if self._thread is None and seconds:
                # A daemon: a process that ends does not wait for the next round.
                self._thread = threading.Thread(target=self._run, args=(seconds,), name=self.name, daemon=True)
                self._thread.start()

    def _run(self, seconds: float) -> None:
        never = threading.Event()
        while not never.wait(seconds):
            try:
                self.flush()
            except Exception:  # the loop of a worker: the next batch may be a better one
                logger.exception("buffer_failed", buffer=self.name)
            finally:
                connection.close()  # back to the pool: a thread that sleeps needs none

    def _forget(self) -> None:
        self._entries: deque[T] = deque()
        self._lock, self._flushing = threading.Lock(), threading.Lock()
        self._thread = None
        self._in_trouble = False


def flush_all() -> None:
    """Write what all buffers of this process hold."""
    for buffer in list(_all):
        buffer.flush()


def forget_all() -> None:
    """Begin empty in a process that was forked off: the entries are its parent's, who has the threads too."""
    for buffer in list(_all):
        buffer._forget()


def _at_exit() -> None:
    if settings.BUFFER_SECONDS and any(_all):
        flush_all()
        connection.close()


os.register_at_fork(after_in_child=forget_all)
atexit.register(_at_exit)
