"""What the stand-ins share: life cycle, routes, records, faults, control over HTTP, command line."""

import argparse
import contextlib
import json
import os
import re
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from types import FrameType, TracebackType
from typing import Any, Self
from urllib.parse import unquote

from demo.http_server import Reply, Request, Server

KEPT_REQUESTS = 2_000
_CONTROL = "/_standin/"

Handler = Callable[..., Reply]


@dataclass
class Faults:
    """What goes wrong on purpose. Everything is off by default."""

    delay: float = 0.0
    """Seconds that every answer takes longer."""
    fail_next: int = 0
    """Answer this many requests with ``fail_status``."""
    fail_status: int = 503
    html_error: bool = False
    """Errors (also those of ``fail_next``, whatever its status) are an HTML page, as from a proxy in between."""


@dataclass(frozen=True, slots=True)
class Route:
    """A path and its handlers by method. ``{}`` stands for one path segment, ``{/}`` for any number of them."""

    path: re.Pattern[str]
    handlers: dict[str, Handler]


def route(path: str, **handlers: Handler) -> Route:
    """Return a route; a handler gets the request and each placeholder's text, percent-decoded."""
    pattern = re.escape(path).replace(re.escape("{}"), "([^/]+)").replace(re.escape("{/}"), "(.+)")
    return Route(re.compile(pattern), handlers)


def json_reply(content: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(content, ensure_ascii=False).encode(), headers=headers)


def html_reply(status: int) -> Reply:
    page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>nginx</body></html>"
    return Reply(status, page.encode(), "text/html")


class StandIn:
    """A remote server to test against; a context manager that listens while it is open.

    ``requests`` holds the last requests (``KEPT_REQUESTS``), ``counts`` how many came by method. Hold ``lock`` to
    change state in several steps while requests come in.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.faults = Faults()
        self.requests: deque[Request] = deque(maxlen=KEPT_REQUESTS)
        self.counts: Counter[str] = Counter()
        self.lock = threading.RLock()
        self.routes = [
            route(f"{_CONTROL}state", GET=self._show_state),
            route(f"{_CONTROL}faults", GET=self._show_faults, POST=self._set_faults, DELETE=self._clear_faults),
        ]
        self._address = (host, port)
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self._halting = threading.Event()

    # What a stand-in may define for itself.

    def state(self) -> dict[str, Any]:
        """Return the counts that ``GET /_standin/state`` shows."""
        return {"requests": dict(self.counts)}

    def fault(self, request: Request) -> Reply | None:
        """Return the answer of a fault that comes before everything else, if one is on."""
        if self.faults.fail_next > 0:
            self.faults.fail_next -= 1
            return self.error(request, self.faults.fail_status, "internal_error")
        return None

    def admit(self, request: Request) -> Reply | None:
        """Return the refusal if the request's credentials are not good enough."""
        return None

    def error(self, request: Request, status: int, code: str) -> Reply:
        """Return an error in the form of the server that is stood in for."""
        return html_reply(status) if self.faults.html_error else json_reply({"error": code}, status)

    def spoil(self, request: Request, reply: Reply) -> Reply:
        """Return the answer as it goes out, with the faults that come after the work is done."""
        return reply

    # Life cycle.

    @property
    def url(self) -> str:
        """Return where the stand-in listens, without a slash at the end. Stays the same through `down` and `up`."""
        return f"http://{self._address[0]}:{self._address[1]}"

    @property
    def connections(self) -> int:
        """Return how many connections there were since it was last started or came up again."""
        return self._server.accepted if self._server else 0

    def start(self) -> Self:
        self._bind()
        self.up()
        return self

    def stop(self) -> None:
        """Stop listening, close every connection and wait for the threads."""
        self._halt()
        self._server = None

    def down(self) -> None:
        """Refuse connections, and drop the open ones, until `up`. Port and state are kept."""
        self._halt()
        # Bound but not listening: calls are refused and nobody else can take the port meanwhile.
        self._bind()

    def up(self) -> None:
        """Listen again after `down`."""
        if self._server is None or self._thread is not None:
            raise RuntimeError("up() comes after start() or down()")
        self._halting.clear()
        self._server.server_activate()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def refuse(self) -> Iterator[None]:
        """Refuse connections inside the ``with`` block."""
        self.down()
        try:
            yield
        finally:
            self.up()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _bind(self) -> None:
        self._server = Server(self._address, self.answer)
        self._address = (self._address[0], self._server.server_address[1])

    def _halt(self) -> None:
        if self._server is None:
            return
        self._halting.set()
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    # Requests.

    def answer(self, request: Request) -> Reply:
        """Answer a request; one at a time, but ``faults.delay`` holds up nobody else.

        What is still delayed when the stand-in stops or goes down is dropped, undone.
        """
        if request.path.startswith(_CONTROL):
            with self.lock:
                return self._dispatch(request)
        self.requests.append(request)
        if self.faults.delay and self._halting.wait(self.faults.delay):
            return Reply(silent=True)
        with self.lock:
            self.counts[request.method] += 1
            return self.fault(request) or self.spoil(request, self._dispatch(request))

    @contextlib.contextmanager
    def unlocked(self) -> Iterator[None]:
        """Let other requests in, inside a handler's ``with`` block: for what waits for somebody else."""
        self.lock.release()
        try:
            yield
        finally:
            self.lock.acquire()

    def _dispatch(self, request: Request) -> Reply:
        method = "GET" if request.method == "HEAD" else request.method
        known_path = False
        for candidate in self.routes:
            if match := candidate.path.fullmatch(request.path):
                known_path = True
                if handler := candidate.handlers.get(method):
                    arguments = [unquote(text) for text in match.groups()]
                    refused = None if request.path.startswith(_CONTROL) else self.admit(request)
                    return refused or handler(request, *arguments)
        if known_path:
            return self.error(request, 405, "method_not_allowed")
        return self.error(request, 404, "not_found")

    def _show_state(self, request: Request) -> Reply:
        return json_reply(self.state())

    def _show_faults(self, request: Request) -> Reply:
        return json_reply(asdict(self.faults))

    def _set_faults(self, request: Request) -> Reply:
        wanted = request.json() or {}
        if unknown := wanted.keys() - asdict(self.faults).keys():
            return json_reply({"error": "unknown_faults", "names": sorted(unknown)}, 400)
        for name, value in wanted.items():
            setattr(self.faults, name, value)
        return self._show_faults(request)

    def _clear_faults(self, request: Request) -> Reply:
        self.faults = type(self.faults)()
        return Reply(204)


def parser(description: str) -> argparse.ArgumentParser:
    """Return a command line with the options that `serve` needs; the others are added by the caller."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, required=True, help="0 takes a free one")
    options.add_argument("--parent-pid", type=int, help="end when the process that started this one is no longer that")
    return options


def serve(standin: StandIn, *, parent_pid: int | None) -> None:
    """Serve until SIGTERM, SIGINT or the end of the parent; the first line printed says where."""
    ended = threading.Event()

    def end(signum: int, frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with standin:
        print(f"listening on {standin.url}", flush=True)
        while not ended.wait(1.0):
            if parent_pid is not None and os.getppid() != parent_pid:
                return
