"""Deadlines that hold in every wait of an exchange: a socket by itself knows only how long one silence may last."""

import http.client
import io
import socket
import time
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import gettext as _
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from integrations.remote_errors import RemoteUnavailable

SOONEST = 0.001
"""Seconds that a wait lasts at least: 0 would mean not to wait at all, which fails in another way."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment, on the monotonic clock, by which something has to be finished."""

    moment: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds that are left; not positive once it has passed."""
        return self.moment - time.monotonic()

    def check(self, name: str) -> None:
        """Raise `RemoteUnavailable` once it has passed."""
        if self.left() <= 0:
            raise RemoteUnavailable(_("%(name)s did not finish within the time allowed.") % {"name": name})


class PunctualAdapter(HTTPAdapter):
    """Send requests over connections whose time-out is one for all waits until it is set anew.

    urllib3 sets it twice: to connect and send, and to get the answer's status and headers; who reads the body sets it
    for each chunk. The look-up of a host's name keeps the times of the resolver.
    """

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


class PunctualConnection(HTTPConnection):
    """A connection whose time-out is spent, not given anew, from one wait to the next."""

    @property
    def timeout(self) -> float:
        """The seconds that are left; set it to start anew."""
        return max(self._end - time.monotonic(), SOONEST)

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        self._end = time.monotonic() + (seconds or 0)  # None only while it is made: each request sets its own

    def _new_conn(self) -> socket.socket:
        end = self._end
        self.timeout /= _number_of_addresses(self._dns_host, self.port)  # as urllib3 gives it to each of them
        try:
            connected = super()._new_conn()
        finally:
            self._end = end
        connected.settimeout(self.timeout)  # for the TLS handshake
        return connected

    def limit(self, sock: socket.socket) -> None:
        """Let the socket's next wait last no longer than what is left.

        Raises TimeoutError where nothing is: an answer that comes so fast that nobody ever waits must end, too.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        sock.settimeout(left)

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self.limit(self.sock)
        super().send(data)

    def response_class(self, sock: socket.socket, *args: Any, **options: Any) -> http.client.HTTPResponse:  # type: ignore[override]
        """Return an answer that keeps to the time-out however few bytes come at once."""
        response = http.client.HTTPResponse(sock, *args, **options)
        unbuffered = response.fp.detach()
        response.fp = io.BufferedReader(_PunctualReader(unbuffered, sock, self))
        return response


class _PunctualReader(io.RawIOBase):
    def __init__(self, unbuffered: io.RawIOBase, sock: socket.socket, connection: PunctualConnection) -> None:
        self._unbuffered = unbuffered
        self._sock = sock
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._connection.limit(self._sock)
        return self._unbuffered.readinto(buffer)

    def close(self) -> None:
        self._unbuffered.close()
        super().close()


class PunctualTlsConnection(PunctualConnection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = PunctualConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = PunctualTlsConnection


def _number_of_addresses(host: str, port: int) -> int:
    """Return how many there are to try; 1 where there is none, as urllib3 will say why."""
    try:
        return len(socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)) or 1
    except (OSError, UnicodeError):
        return 1
