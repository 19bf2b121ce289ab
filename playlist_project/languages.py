"""The language of the staff's pages and of messages in the API: chosen on a page, or what the browser asks for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

STAFF = ("/admin/", "/api/")
# The description of the API is one document, the same for everybody.
ALWAYS_IN_ENGLISH = ("/api/v1/schema", "/api/v1/docs")


class StaffLanguageMiddleware:
    """Like Django's LocaleMiddleware, for staff alone: what players get must not vary by their languages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(STAFF):
            return self.get_response(request)
        if request.path.startswith(ALWAYS_IN_ENGLISH):
            with translation.override("en"):
                return self.get_response(request)
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response
