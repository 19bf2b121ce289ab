"""What a process has met of late."""

import time
import weakref
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

_all: "weakref.WeakSet[Lately]" = weakref.WeakSet()


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


def forget_all() -> None:
    """Have everything met for the first time again."""
    for lately in list(_all):
        lately.forget()
