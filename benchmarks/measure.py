"""What a benchmark is made of: a job and its floor in alternation, and what they cost."""

import contextlib
import gc
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of the best round of each, and the memory of the process that did the job: all of it, and its growth.

    Memory is in bytes and the highest of all rounds; None where it is not known.
    """

    seconds: float
    floor: float
    peak: int | None
    growth: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table. A target that is None is not held against it; ``facts`` are said below the table."""

    job: str
    size: int
    timing: Timing
    max_ratio: float | None = None
    max_seconds: float | None = None
    max_growth: int | None = None
    facts: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        return self.timing.seconds / self.timing.floor

    @property
    def over(self) -> bool:
        """Tell whether a target is missed."""
        pairs = (
            (self.ratio, self.max_ratio),
            (self.timing.seconds, self.max_seconds),
            (self.timing.growth, self.max_growth),
        )
        return any(limit is not None and value is not None and value > limit for value, limit in pairs)


class Memory:
    """The memory of a process from now on, in bytes. Only Linux tells."""

    def __init__(self, pid: int | str) -> None:
        self._process = Path("/proc", str(pid))
        gc.collect()
        with contextlib.suppress(OSError):
            # Makes the peak begin anew: see "/proc/pid/clear_refs" in proc(5).
            (self._process / "clear_refs").write_text("5")
        self._before = self._read("VmRSS")

    def peak(self) -> int | None:
        return self._read("VmHWM")

    def growth(self) -> int | None:
        peak = self.peak()
        return None if peak is None or self._before is None else peak - self._before

    def _read(self, name: str) -> int | None:
        with contextlib.suppress(OSError):
            for line in (self._process / "status").read_text().splitlines():
                if line.startswith(f"{name}:"):
                    return int(line.split()[1]) * 1024
        return None


def alternate(
    job: Callable[[], object],
    floor: Callable[[], object],
    *,
    rounds: int,
    before_job: Callable[[], object] = lambda: None,
    before_floor: Callable[[], object] = lambda: None,
    pid: int | str = "self",
) -> Timing:
    """Run job and floor in turns; ``pid`` is the process that does the job."""
    seconds, floors, peaks, growths = [], [], [], []
    for _ in range(rounds):
        before_job()
        memory = Memory(pid)
        seconds.append(seconds_of(job))
        peaks.append(memory.peak())
        growths.append(memory.growth())
        before_floor()
        floors.append(seconds_of(floor))
    return Timing(min(seconds), min(floors), _highest(peaks), _highest(growths))


def seconds_of(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def say(step: str) -> None:
    print(f"- {step} (load {os.getloadavg()[0]:.1f})", flush=True)


def _highest(values: list[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
