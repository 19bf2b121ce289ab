"""What can go wrong with a system outside, in words that can be shown to people and hold no secret."""

import html
import json
import re
from typing import Any

import requests
import urllib3
from django.utils.translation import gettext as _
from urllib3.exceptions import NameResolutionError, NewConnectionError

_HTML = re.compile(r"(?is)<(script|style)\b.*?</\1>|<[^<>]*>")


class RemoteError(Exception):
    """A system outside did not do what it was asked for; the text is a sentence for people."""


class NotConfigured(RemoteError):
    """The settings do not say where the remote system is, or say it in a way that cannot work: set them."""


class RemoteUnavailable(RemoteError):
    """There was no usable answer in time, after all retries: try again later. Nothing is known of the state there.

    ``status`` is that of the last answer (5xx) if there was one.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class RemoteRejected(RemoteError):
    """The request was refused (4xx, or a redirect), and would be again: ``detail`` says why, in the remote's words."""

    def __init__(self, message: str, *, status: int, detail: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.detail = detail


class RemoteNotFound(RemoteRejected):
    """There is no such thing over there (404)."""


class RemoteUnauthorized(RemoteRejected):
    """The credentials are not accepted (401, 403): correct the settings."""


class RemoteGarbage(RemoteError):
    """The request succeeded, but the answer cannot be used: not JSON, not of the promised shape, or too large."""


class RemoteTooLarge(RemoteGarbage):
    """The answer is larger than allowed: ask for less at once."""


def failure_in_words(exc: Exception, name: str) -> str:
    """Say in a sentence what went wrong below with the system of this name, without the exception's own text."""
    return _failure(exc) % {"name": name}


def _failure(exc: Exception) -> str:
    below = exc.args[0] if exc.args else None
    # urllib3 has no name of its own for a time-out while it sends.
    cut_off = below.args[-1] if isinstance(below, urllib3.exceptions.ProtocolError) else exc
    if isinstance(cut_off, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return _("%(name)s gave no answer in time.")
    if isinstance(exc, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return _("%(name)s does not speak TLS, or its certificate is not trusted.")
    reason = getattr(below, "reason", None)
    if isinstance(reason, NameResolutionError):
        return _("%(name)s has a host name that cannot be resolved.")
    if isinstance(reason, NewConnectionError) and isinstance(reason.__cause__, OSError):
        return _("%(name)s cannot be reached.") + f" ({(reason.__cause__.strerror or '').replace('%', '')})"
    if isinstance(exc, ValueError):
        return _("%(name)s cannot be called: its address, or a header of its answer, is not valid.")
    return _("%(name)s cut the connection.")


def error_detail(body: bytes) -> str:
    """Return what the body of an error says, on one line.

    Understands ``{"error": code}``, ``{"errors": [{"code", "title"}]}``, ``{"detail": text}``, FastAPI's
    ``{"detail": [{"loc", "msg"}]}`` (without the input it quotes), HTML and plain text.
    """
    text = body.decode("utf-8", "replace").strip()
    try:
        detail = _json_detail(json.loads(text))
    except (ValueError, RecursionError):
        # The beginning of JSON is not for people, and may quote anything.
        detail = "" if text.startswith(("{", "[")) else html.unescape(_HTML.sub(" ", text[:4096]))
    return " ".join("".join(letter if letter.isprintable() else " " for letter in detail).split())


def _json_detail(content: Any) -> str:
    match content:
        case {"error": str(text)} | {"detail": str(text)}:
            return text
        case {"errors": [*errors]}:
            found = [(error.get("code"), error.get("title")) for error in errors if isinstance(error, dict)]
            return "; ".join(": ".join(str(part) for part in pair if part) for pair in found)
        case {"detail": [*errors]}:
            return "; ".join(_fastapi_problem(error) for error in errors if isinstance(error, dict))
    return ""


def _fastapi_problem(error: dict[str, Any]) -> str:
    place = error.get("loc")
    where = ".".join(str(part) for part in place if part != "body") if isinstance(place, list) else ""
    return f"{where}: {error.get('msg', '')}" if where else str(error.get("msg", ""))
