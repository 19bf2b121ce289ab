"""The demo's processes: started one by one, watched together, stopped in reverse order."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from types import FrameType

SECONDS_TO_START = 30.0
SECONDS_TO_STOP = 20.0


class ProcessDied(Exception):
    """A process of the demo ended by itself; its last lines stand above."""


class Stopped(Exception):
    """Somebody asked the demo to stop."""


class Processes:
    """A context manager that stops, on the way out, everything that was started with it."""

    def __init__(self) -> None:
        self._running: list[tuple[str, subprocess.Popen[str]]] = []

    def start(self, name: str, *arguments: str, pipe: bool = False) -> subprocess.Popen[str]:
        """Start ``python *arguments`` in a session of its own: Ctrl-C reaches only us, and we stop it in order."""
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE if pipe else None,
            text=True,
            start_new_session=True,
        )
        self._running.append((name, process))
        return process

    def start_stand_in(self, name: str, module: str, *arguments: str) -> str:
        """Start a stand-in on a free port and return its URL."""
        parent = ("--parent-pid", str(os.getpid()))
        process = self.start(name, "-m", module, "--port", "0", *parent, *arguments, pipe=True)
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], SECONDS_TO_START)
        line = process.stdout.readline() if ready else ""
        if "http" not in line:
            raise ProcessDied(f"{name} did not start.")
        return line.split()[-1]

    def check(self) -> None:
        """Raise ProcessDied where one has ended."""
        for name, process in self._running:
            if process.poll() is not None:
                raise ProcessDied(f"{name} ended with {process.returncode}.")

    def wait(self) -> None:
        """Wait until one dies or somebody stops the demo."""
        while True:
            self.check()
            time.sleep(0.5)

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *exc: object) -> None:
        for _, process in reversed(self._running):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(SECONDS_TO_STOP)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@contextlib.contextmanager
def stop_on_signals() -> Iterator[None]:
    """Turn the first Ctrl-C or SIGTERM into Stopped, and let nothing interrupt the stopping itself."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    yield
