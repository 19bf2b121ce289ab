"""Requests of players: by the thousand, and with nothing of what staff have, no session, login, language or form."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

MARK = "for_players"
NOT_OF_PLAYERS = ("/admin/", "/api/", "/static/")

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def for_players(*methods: str) -> Callable[[View], View]:
    """Mark a view as one for players, and say by which methods they may ask it."""

    def mark(view: View) -> View:
        marked = csrf_exempt(require_http_methods(methods)(view))
        setattr(marked, MARK, True)
        return marked

    return mark


class PlayerMiddleware:
    """Call the views for players at once, past everything that is for staff: that is a third of a small request.

    It stands behind what concerns everybody: the log, the times, HTTPS.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(NOT_OF_PLAYERS):
            match: ResolverMatch | None
            try:
                match = resolve(request.path_info)
            except Resolver404:
                match = None  # the others may know one with a slash
            # Not before that is over: of what fails in there, the log would tell the path that came before.
            if match and getattr(match.func, MARK, False):
                request.get_host()  # refuses a request to another host, as CommonMiddleware does
                request.resolver_match = match
                return _with_length(match.func(request, *match.args, **match.kwargs))
        return self.get_response(request)


def _with_length(response: HttpResponseBase) -> HttpResponseBase:
    if isinstance(response, HttpResponse) and not response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))
    return response
