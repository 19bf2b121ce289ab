"""Who made a change and by which way: the context that the database keeps with each entry of its history."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pghistory
from django.http import HttpRequest, HttpResponse

WAYS = {"/admin/": "admin", "/api/": "api"}


class HistoryMiddleware:
    """Give every change made by a request its actor and its way in.

    Players cause no history, so their requests are let through untouched.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        way = next((way for start, way in WAYS.items() if request.path.startswith(start)), None)
        if request.method in ("GET", "HEAD", "OPTIONS") or way is None:
            return self.get_response(request)
        with made_by(request.user.get_username(), way=way):
            return self.get_response(request)


def made_by(actor: str, *, way: str, **more: Any) -> AbstractContextManager[Any]:
    """Return a context in which changes are recorded as the actor's; ``way``: admin, api, command or worker."""
    return pghistory.context(actor=actor, way=way, **more)


def add_to_context(**more: Any) -> None:
    """Tell more of the change that is being made: ``actor``, where only its API token says who it is, or ``reason``."""
    pghistory.context(**more)
