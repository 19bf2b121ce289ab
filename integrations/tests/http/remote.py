"""A system outside for the tests of the HTTP client, and calls of it."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from integrations.http import Allowance, Deadline, RemoteClient

KEY = "s3cret-key"
LIST = "/streamer/api/v3/streams"
MOCKED = "http://remote.example:8080"


def make_client(url: str, **options: Any) -> RemoteClient:
    options = {"headers": {"Authorization": f"Bearer {KEY}"}, "timeout": 5.0, **options}
    return RemoteClient("Flussonic", url, **options)


def get(url: str, path: str = LIST, *, seconds: float = 10, allowance: Allowance | None = None, **options: Any) -> Any:
    with make_client(url, **options) as client:
        return client.request("GET", path, deadline=Deadline.after(seconds), allowance=allowance)


class RawServer(socketserver.ThreadingTCPServer):
    """Hands each request's connection to a function, and counts the connections."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.serve = serve
        self.connections = 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        try:
            while request.recv(65_536):
                self.serve(request)
        except OSError:
            return


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[RawServer]:
    with RawServer(serve) as raw:
        threading.Thread(target=raw.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield raw
        finally:
            raw.shutdown()  # or its thread would go on waiting at the number of a socket that is another's by then
