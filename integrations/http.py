"""HTTP towards the systems outside: time-outs, retries, caps, and errors that can be shown to people.

No message holds a secret: URLs and headers are never quoted, and the texts of exceptions from below, which do quote
them, are left behind (``from None``).
"""

import json as json_format
import random
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from django.utils.translation import gettext as _
from requests.utils import default_headers

from integrations.deadlines import SOONEST, Deadline, PunctualAdapter, PunctualConnection
from integrations.remote_errors import (
    NotConfigured,
    RemoteError,
    RemoteGarbage,
    RemoteNotFound,
    RemoteRejected,
    RemoteTooLarge,
    RemoteUnauthorized,
    RemoteUnavailable,
    error_detail,
    failure_in_words,
)

__all__ = [
    "Allowance",
    "Deadline",
    "NotConfigured",
    "RemoteClient",
    "RemoteError",
    "RemoteGarbage",
    "RemoteNotFound",
    "RemoteRejected",
    "RemoteTooLarge",
    "RemoteUnauthorized",
    "RemoteUnavailable",
]

BACK_OFF = 0.2
"""Seconds before the first retry; doubled for each further one."""
MAX_BYTES = 64 * 1024 * 1024
_CHUNK = 128 * 1024
_ERROR_BYTES = 64 * 1024
_DETAIL_LETTERS = 200
_REJECTIONS = {401: RemoteUnauthorized, 403: RemoteUnauthorized, 404: RemoteNotFound}


@dataclass(slots=True)
class Allowance:
    """How many bytes may still be read: give the same one to several requests to cap them together."""

    left: int


class RemoteClient:
    """Exchange JSON with one remote system over kept-alive connections.

    ``name`` is what people call the system. Up to ``connections`` threads may use it at once. Redirects, cookies,
    proxies and everything else from the environment are ignored. Raises `NotConfigured` if address or headers cannot
    be used. ``secrets`` are masked, as are the values of the headers, where the remote system quotes them in errors.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        headers: Mapping[str, str],
        timeout: float,
        max_bytes: int = MAX_BYTES,
        retries: int = 2,
        connections: int = 1,
        secrets: Collection[str] = (),
    ) -> None:
        self.name = f"{name} ({_host_and_port(name, base_url)})"
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.max_bytes = max_bytes
        self.retries = retries
        if any("\n" in value or "\r" in value for value in headers.values()):
            raise NotConfigured(_("The key for %(name)s has a line break inside.") % {"name": name})
        quotable = {*secrets, *(value.split()[-1] for value in headers.values() if value.strip())} - {""}
        self._secrets = sorted(quotable, key=len, reverse=True)  # A login with its password before the password alone.
        self._adapter = PunctualAdapter(pool_connections=1, pool_maxsize=connections)
        self._template = _template(name, self.base_url, headers)
        self._address = str(self._template.url).rstrip("/")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._adapter.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        body: bytes | None = None,
        deadline: Deadline,
        retries: int | None = None,
        allowance: Allowance | None = None,
    ) -> Any:
        """Return the decoded JSON of the answer, or None if it has no body.

        ``path`` is percent-encoded already; ``body`` is JSON that is written already. What may have been done over
        there although no answer came (5xx, time-outs, cut connections) is sent again, up to ``retries`` times (else
        the client's) and within the deadline: 0 for what must not be done twice. Raises `RemoteError`.
        """
        if json is not None:
            body = json_format.dumps(json, allow_nan=False).encode()
        message = self._message(method, f"{path}?{urlencode(params)}" if params else path, body)
        allowed = self.retries if retries is None else retries
        attempt = 0
        while True:
            try:
                return self._exchange(message, deadline, allowance or Allowance(self.max_bytes))
            except RemoteUnavailable:
                pause = BACK_OFF * 2**attempt * random.uniform(0.5, 1.0)
                if attempt >= allowed or pause >= deadline.left():
                    raise
            time.sleep(pause)
            attempt += 1

    def _message(self, method: str, path: str, body: bytes | None) -> requests.PreparedRequest:
        message = self._template.copy()
        message.method = method
        message.url = f"{self._address}{path}"
        message.prepare_body(body, None)
        if body is not None:
            message.headers["Content-Type"] = "application/json"
        return message

    def _exchange(self, message: requests.PreparedRequest, deadline: Deadline, allowance: Allowance) -> Any:
        deadline.check(self.name)
        left = max(deadline.left(), SOONEST)
        timeout = urllib3.Timeout(total=left, connect=self.timeout, read=self.timeout)
        try:
            response = self._adapter.send(message, timeout=timeout, stream=True)  # type: ignore[arg-type]  # its types lag
        except (requests.RequestException, urllib3.exceptions.HTTPError) as exc:
            raise RemoteUnavailable(failure_in_words(exc, self.name)) from None
        try:
            if not 200 <= response.status_code < 300:
                raise self._refusal(response, deadline)
            answer = self._read(response, deadline, allowance)
        finally:
            response.close()
        try:
            return json_format.loads(answer) if answer else None
        except (ValueError, RecursionError):
            raise RemoteGarbage(_("%(name)s answered with something that is not JSON.") % {"name": self.name}) from None

    def _read(self, response: requests.Response, deadline: Deadline, allowance: Allowance) -> bytes:
        """Return the body, decompressed; what counts against the allowance is what comes out, not what came in."""
        chunks = []
        try:
            while chunk := self._next_chunk(response, deadline):
                allowance.left -= len(chunk)
                if allowance.left < 0:
                    raise RemoteTooLarge(_("%(name)s sent more than the size allowed.") % {"name": self.name})
                chunks.append(chunk)
        except urllib3.exceptions.DecodeError:
            raise RemoteGarbage(_("%(name)s sent a body that cannot be decompressed.") % {"name": self.name}) from None
        except (urllib3.exceptions.HTTPError, OSError) as exc:
            raise RemoteUnavailable(failure_in_words(exc, self.name)) from None
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _next_chunk(self, response: requests.Response, deadline: Deadline) -> bytes:
        deadline.check(self.name)
        connection = response.raw.connection
        if isinstance(connection, PunctualConnection):
            connection.timeout = min(self.timeout, deadline.left())
        # read1 waits for the network once; read would go on until it is full, as slowly as the other side likes.
        chunk: bytes = response.raw.read1(_CHUNK, decode_content=True)
        return chunk

    def _refusal(self, response: requests.Response, deadline: Deadline) -> RemoteError:
        status = response.status_code
        if 300 <= status < 400:
            detail = _("it redirects to another address, which is not followed")
        else:
            detail = self._detail(response, deadline)
        sentence = _("%(name)s answered %(status)s: %(detail)s.") if detail else _("%(name)s answered %(status)s.")
        message = sentence % {"name": self.name, "status": status, "detail": detail}
        if status >= 500:
            return RemoteUnavailable(message, status=status)
        return _REJECTIONS.get(status, RemoteRejected)(message, status=status, detail=detail)

    def _detail(self, response: requests.Response, deadline: Deadline) -> str:
        try:
            text = error_detail(self._read(response, deadline, Allowance(_ERROR_BYTES)))
        except RemoteError:
            return ""  # The status says enough.
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text[:_DETAIL_LETTERS]


def _template(name: str, base_url: str, headers: Mapping[str, str]) -> requests.PreparedRequest:
    """Return what is the same in all requests.

    They go to the adapter ready made. A session would put each one together anew, which costs as much as sending it,
    and would look for redirects, cookies and proxies, of which we want none.
    """
    # As bytes: http.client would refuse letters outside of Latin-1.
    ours = {name: value.strip().encode() for name, value in headers.items()}
    everyone = {**default_headers(), "Accept": "application/json", "User-Agent": "playlist-service"}
    try:
        return requests.Request("GET", base_url, headers={**everyone, **ours}).prepare()
    except requests.RequestException:
        raise NotConfigured(_("The address of %(name)s is not an http or https URL.") % {"name": name}) from None


def _host_and_port(name: str, base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme not in ("http", "https"):
        raise NotConfigured(_("The address of %(name)s is not an http or https URL.") % {"name": name})
    return f"{host}:{port}" if port else host
