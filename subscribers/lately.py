"""What a process has met of late."""

import time
import weakref
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

_all: "weakref.WeakSet[Lately | Ceiling]" = weakref.WeakSet()


class Lately:
    """Tells whether something was met within so many seconds; of too many, the oldest are forgotten."""

    def __init__(self, *, seconds: float, most: int) -> None:
        self.seconds, self.most = seconds, most
        self._met: OrderedDict[Hashable, float] = OrderedDict()
        self._lock = Lock()
        _all.add(self)

    def has(self, key: Hashable) -> bool:
        """Tell whether it was met within the time; where not, it has been now."""
        now = time.monotonic()
        with self._lock:
            met = self._met.get(key)
            if met is not None and now - met < self.seconds:
                return True
            self._met[key] = now
            self._met.move_to_end(key)
            while len(self._met) > self.most:
                self._met.popitem(last=False)
            return False

    def forget(self) -> None:
        with self._lock:
            self._met.clear()


class Ceiling:
    """Lets so many through in so many seconds."""

    def __init__(self, *, seconds: float, most: int) -> None:
        self.seconds, self.most = seconds, most
        self._since, self._passed = time.monotonic(), 0
        self._lock = Lock()
        _all.add(self)

    def passes(self) -> bool:
        now = time.monotonic()
        with self._lock:
            if now - self._since >= self.seconds:
                self._since, self._passed = now, 0
            self._passed += 1
            return self._passed <= self.most

    def forget(self) -> None:
        with self._lock:
            self._passed = 0


def forget_all() -> None:
    """Have everything met for the first time again."""
    for one in list(_all):
        one.forget()
