"""Answers in the envelope where no view of the API is reached: wrong addresses, and faults of ours."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from playlist_project.api import codes


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    """Answer for everything under /api/ that is not an address of the API."""
    hint = [_("Addresses of the API end without a slash.")] if request.path.endswith("/") else []
    return error(codes.NOT_FOUND, " ".join([_("There is nothing at this address."), *hint]))


def error(code: str, message: str) -> HttpResponse:
    content: dict[str, Any] = {"success": False, "error": {"code": code, "message": message}}
    return JsonResponse(content, status=codes.STATUS[code])
