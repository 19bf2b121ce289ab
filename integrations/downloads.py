"""Files from addresses that people typed in: bounded in size and time, from public hosts, asked for only when changed.

No message holds the address: many carry a key.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PureWindowsPath
from typing import IO
from urllib.parse import unquote, urljoin, urlsplit

import requests
import urllib3
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _
from requests.utils import default_headers

from integrations.addresses import ForbiddenAddress, VettedAdapter, forbidden_in_words
from integrations.deadlines import SOONEST, Deadline, PunctualConnection
from integrations.remote_errors import (
    NotConfigured,
    RemoteNotFound,
    RemoteRejected,
    RemoteTooLarge,
    RemoteUnauthorized,
    RemoteUnavailable,
    failure_in_words,
)
from subscribers.sent_values import storable_text

MOST_REDIRECTS = 5
CHUNK = 128 * 1024
REDIRECTS = (301, 302, 303, 307, 308)
REJECTIONS = {401: RemoteUnauthorized, 403: RemoteUnauthorized, 404: RemoteNotFound}
GZIP_MAGIC = b"\x1f\x8b"
ADDRESS_PARTS = re.compile(r"[^\W_]{2,}")


@dataclass(frozen=True, slots=True)
class Validators:
    """By what the server tells one version of a file from another; as it said, to be given back."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Downloaded:
    validators: Validators
    size: int
    content_hash: str
    file_name: str
    """As the server calls it, or empty. The address says nothing of it: its end may be a key."""


def download(
    url: str,
    file: IO[bytes],
    *,
    known: Validators,
    most_bytes: int,
    timeout: float,
    deadline: Deadline,
    progress: Callable[[int], None] = lambda size: None,
) -> Downloaded | None:
    """Write what is found at the address into the file; None where it is still the ``known`` version.

    ``progress`` is told the bytes so far, and may raise to stop. Redirects are followed, each to an address that is
    looked at anew. Raises `RemoteError`.
    """
    name, asked = _host(url), url
    adapter = VettedAdapter()
    try:
        for _hop in range(MOST_REDIRECTS + 1):
            response = _sent(adapter, url, name, known, timeout, deadline)
            try:
                if response.status_code == 304:
                    return None
                if response.status_code not in REDIRECTS:
                    return _saved(response, asked, file, name, most_bytes, timeout, deadline, progress)
                url = _redirected(url, response, name)
                name, asked = _host(url), f"{asked} {url}"
            finally:
                response.close()
    finally:
        adapter.close()
    raise RemoteRejected(_("%(name)s redirects again and again.") % {"name": name}, status=response.status_code)


def _sent(
    adapter: VettedAdapter, url: str, name: str, known: Validators, timeout: float, deadline: Deadline
) -> requests.Response:
    # Compressed on the way or not: a file may be compressed itself, which only its own bytes tell for sure.
    headers = {**default_headers(), "User-Agent": "playlist-service", "Accept": "*/*", "Accept-Encoding": "gzip"}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    deadline.check(name)
    limits = urllib3.Timeout(total=max(deadline.left(), SOONEST), connect=timeout, read=timeout)
    try:
        message = requests.Request("GET", url, headers=headers).prepare()
        return adapter.send(message, timeout=limits, stream=True)  # type: ignore[arg-type]  # its types lag
    except ForbiddenAddress:
        raise NotConfigured(forbidden_in_words(name)) from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as exc:
        raise RemoteUnavailable(failure_in_words(exc, name)) from None


def _redirected(url: str, response: requests.Response, name: str) -> str:
    try:
        return urljoin(url, response.headers.get("Location", ""))
    except ValueError:
        sentence = _("%(name)s redirects to what is no address.") % {"name": name}
        raise RemoteRejected(sentence, status=response.status_code) from None


def _saved(
    response: requests.Response,
    asked: str,
    file: IO[bytes],
    name: str,
    most_bytes: int,
    timeout: float,
    deadline: Deadline,
    progress: Callable[[int], None],
) -> Downloaded:
    status = response.status_code
    if not 200 <= status < 300:
        sentence = _("%(name)s answered %(status)s.") % {"name": name, "status": status}
        if status >= 500:
            raise RemoteUnavailable(sentence, status=status)
        raise REJECTIONS.get(status, RemoteRejected)(sentence, status=status)
    size = 0
    digest = sha256()
    try:
        while chunk := _next_chunk(response, name, timeout, deadline):
            if not size and chunk.startswith(GZIP_MAGIC) and len(chunk) > 8:
                # Without the time at which it was compressed.
                digest.update(chunk[:4] + chunk[8:])
            else:
                digest.update(chunk)
            size += len(chunk)
            if size > most_bytes:
                raise RemoteTooLarge(_("%(name)s sent more than the size allowed.") % {"name": name})
            file.write(chunk)
            progress(size)
    except (urllib3.exceptions.HTTPError, OSError) as exc:
        raise RemoteUnavailable(failure_in_words(exc, name)) from None
    headers = response.headers
    validators = Validators(headers.get("ETag", "")[:500], headers.get("Last-Modified", "")[:100])
    return Downloaded(validators, size, digest.hexdigest(), _file_name(headers.get("Content-Disposition", ""), asked))


def _file_name(sent: str, asked: str) -> str:
    """Return what the server calls the file; nothing where that repeats the addresses, as panels put the login in."""
    try:
        name = parse_header_parameters(sent)[1].get("filename", "")
    except ValueError:
        return ""
    # Without folders, whichever way they are written.
    name = storable_text(PureWindowsPath(name).name, 255)
    stem = PureWindowsPath(name.removesuffix(".gz")).stem.lower()
    repeats = any(part in stem for part in ADDRESS_PARTS.findall(unquote(asked).lower()))
    return name if name.isprintable() and not repeats else ""


def _next_chunk(response: requests.Response, name: str, timeout: float, deadline: Deadline) -> bytes:
    deadline.check(name)
    connection = response.raw.connection
    if isinstance(connection, PunctualConnection):
        connection.timeout = min(timeout, deadline.left())
    chunk: bytes = response.raw.read1(CHUNK, decode_content=True)
    return chunk


def _host(url: str) -> str:
    """Return what messages call the other side by, and see to it that it can be called."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = None
    if not host or not parts or parts.scheme not in ("http", "https"):
        raise NotConfigured(_("The address is not an http or https URL."))
    return f"{host}:{port}" if port else host
