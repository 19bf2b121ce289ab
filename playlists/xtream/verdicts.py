"""What was found out of late, kept for a while by the process."""

import time
from collections import OrderedDict
from threading import Lock


class Verdicts:
    """Yes or no under a key, for so many seconds; the oldest go first where there are too many."""

    def __init__(self, *, seconds: float, most: int) -> None:
        self.seconds, self.most = seconds, most
        self._kept: OrderedDict[str, tuple[float, bool]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> bool | None:
        """Return the verdict, or None where there is none or it is too old."""
        kept = self._kept.get(key)
        if kept is None or kept[0] < time.monotonic():
            return None
        return kept[1]

    def keep(self, key: str, verdict: bool) -> None:
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = time.monotonic() + self.seconds, verdict
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()
