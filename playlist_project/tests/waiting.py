"""Waiting for what others do in their own time."""

from collections.abc import Callable
from time import monotonic, sleep


def wait_until(happened: Callable[[], bool], seconds: float = 25) -> None:
    """Ask again and again, and fail where it does not happen in time."""
    end = monotonic() + seconds
    while not happened():
        assert monotonic() < end, "it did not happen in time"
        sleep(0.01)
