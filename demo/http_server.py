"""The small HTTP/1.1 server under the stand-ins: threads, keep-alive, and the ways in which a reply can go wrong.

``http.server`` is left out on purpose: it parses headers with ``email.parser`` and writes a reply in several
pieces, which costs more than everything that a stand-in does itself.
"""

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_LONGEST_LINE = 65_536


class Headers(Mapping[str, str]):
    """The headers of a request; a name is found however it is spelt."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = {name.lower(): value for name, value in values.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Request(NamedTuple):
    """One request as it came in. ``path`` is still percent-encoded; of a repeated query key the last one counts."""

    method: str
    path: str
    query: dict[str, str]
    headers: Headers
    body: bytes
    address: str = ""
    """Where it comes from."""

    def json(self) -> Any:
        """Return the body's content, or None if it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and how it is spoilt on the way out."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    copies: int = 1
    """How often the whole answer is sent."""
    cut: bool = False
    """Promise the whole body, send half of it, close the connection."""
    silent: bool = False
    """Close the connection without an answer."""
    endless: bytes = b""
    """Sent for ever after the body, until the other side has had enough."""
    pieces: Callable[[], Iterator[bytes]] | None = None
    """Sent one after the other after the body; then the connection is closed."""

    def head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {_PHRASES.get(self.status, 'Unknown')}"]
        if self.status != HTTPStatus.NO_CONTENT:
            lines.append(f"Content-Type: {self.content_type}")
            lines.append("Connection: close" if self.endless or self.pieces else f"Content-Length: {len(self.body)}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Connection(socketserver.StreamRequestHandler):
    """Serve the requests of one connection, one after the other."""

    server: "Server"
    disable_nagle_algorithm = True
    keep_alive = True

    def handle(self) -> None:
        # A client that goes away is no news: tests do it on purpose.
        with contextlib.suppress(OSError):
            while self.keep_alive and (request := self.read_request()):
                self.send(self.server.answer(request), with_body=request.method != "HEAD")

    def read_request(self) -> Request | None:
        """Return the next request, or None at the end of the connection or of what is HTTP."""
        words = self.rfile.readline(_LONGEST_LINE).decode("latin-1").split()
        if len(words) != 3:
            return None
        method, target, version = words
        headers = self.read_headers()
        if headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(int(headers.get("Content-Length", 0)))
        self.keep_alive = version == "HTTP/1.1" and headers.get("Connection", "").lower() != "close"
        path, _, query = target.partition("?")
        return Request(
            method, path, dict(parse_qsl(query, keep_blank_values=True)), headers, body, self.client_address[0]
        )

    def read_headers(self) -> Headers:
        values = {}
        while (line := self.rfile.readline(_LONGEST_LINE)) not in (b"\r\n", b"\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            values[name] = value.strip()
        return Headers(values)

    def send(self, reply: Reply, *, with_body: bool) -> None:
        if reply.silent:
            self.keep_alive = False
            return
        body = reply.body if with_body else b""
        if reply.cut:
            body = body[: len(body) // 2]
        self.keep_alive &= not (reply.cut or reply.endless or reply.pieces)
        # One write, so that a small answer is one packet.
        self.wfile.write((reply.head() + body) * reply.copies)
        while reply.endless and with_body:
            self.wfile.write(reply.endless)
        if reply.pieces and with_body:
            for piece in reply.pieces():
                self.wfile.write(piece)


class Server(socketserver.ThreadingTCPServer):
    """Answer each connection in a thread of its own.

    The address is taken at once, but calls are refused until ``server_activate``. After ``server_close`` no thread
    and no connection is left, whether idle or busy.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], answer: Callable[[Request], Reply]) -> None:
        super().__init__(address, Connection, bind_and_activate=False)
        self.answer = answer
        self.accepted = 0
        self._open: dict[socket.socket, threading.Thread] = {}
        self._open_guard = threading.Lock()
        self.server_bind()

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._open_guard:
            self.accepted += 1
            self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        with self._open_guard:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        with self._open_guard:
            left = dict(self._open)
        for connection, thread in left.items():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)
