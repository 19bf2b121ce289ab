"""Answers that players may have already, or want compressed: the same for playlists and guides."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from playlists.versions import Since

Headers = Mapping[str, str]


def dated(headers: Headers, version: Since) -> dict[str, str]:
    """Return the headers with the time of the last change, once it is on record.

    Before, another version may come to have the same time, and players such as Kodi compare nothing else.
    """
    return {**headers, "Last-Modified": http_date(version.moment)} if version.on_record else dict(headers)


def without_body(request: HttpRequest, headers: Headers, version: Since) -> HttpResponse | None:
    """Return the answer where it has no body, a 304 or one to HEAD; None where the body has to be sent."""
    head = HttpResponse(headers=headers)
    if request.method != "POST":
        modified = version.moment if version.on_record else None
        conditional = get_conditional_response(request, headers["ETag"], modified, head)
        if conditional is not None and conditional is not head:
            return conditional
    return head if request.method == "HEAD" else None


def compressed(headers: Headers, size: int) -> dict[str, str]:
    """Return the headers of the same content in other bytes: as HTTP has it, a strong ETag would be a lie."""
    return {**headers, "Content-Encoding": "gzip", "Content-Length": str(size), "ETag": f"W/{headers['ETag']}"}
