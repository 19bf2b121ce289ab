"""A host of feeds for tests: it knows conditional requests, redirects, and what can go wrong."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from demo.http_server import Reply, Request, Server


@dataclass
class FeedHost:
    """``replies`` by path go before the feed; each request is on record."""

    feed: bytes = b""
    etags: bool = True
    replies: dict[str, Reply] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        if request.path in self.replies:
            return self.replies[request.path]
        etag = f'"{sha256(self.feed).hexdigest()}"'
        headers = {"ETag": etag, "Last-Modified": "Wed, 25 Nov 2026 06:00:00 GMT"} if self.etags else {}
        if self.etags and request.headers.get("If-None-Match") == etag:
            return Reply(status=304, headers=headers)
        return Reply(body=self.feed, content_type="application/octet-stream", headers=headers)


@contextmanager
def feed_host() -> Iterator[FeedHost]:
    host = FeedHost()
    with Server(("127.0.0.1", 0), host.answer) as server:
        server.server_activate()
        host.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield host
        server.shutdown()
        thread.join()
