"""Answers in the envelope where no view of the API is reached: wrong addresses, and faults of ours."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from playlist_project.api import codes

API = "/api/"


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    """Answer for everything under /api/ that is not an address of the API."""
    hint = [_("Addresses of the API end without a slash.")] if request.path.endswith("/") else []
    return _error(codes.NOT_FOUND, " ".join([_("There is nothing at this address."), *hint]))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return _error(codes.VALIDATION_ERROR, _("The request cannot be read."))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return _error(codes.FORBIDDEN, _("This account may not do that."))
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return no_such_address(request)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API):
        return _error(codes.SERVER_ERROR, _("Something went wrong here. It has been logged."))
    return defaults.server_error(request)


def _error(code: str, message: str) -> HttpResponse:
    content: dict[str, Any] = {"success": False, "error": {"code": code, "message": message}}
    return JsonResponse(content, status=codes.STATUS[code])
