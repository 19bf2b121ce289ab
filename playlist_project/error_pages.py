"""Answers where no view has one: to the API in its envelope, to staff on a page, to players briefly."""

from django.contrib import admin
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults

from playlist_project.api import codes
from playlist_project.api.pages import error, no_such_address

API, STAFF = "/api/", "/admin/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return error(codes.VALIDATION_ERROR, _("The request cannot be read."))
    if _has_pages(request):
        title, text = _("The request cannot be read"), _("Nothing was changed. Go back and try again.")
        if isinstance(exception, RequestDataTooBig):
            title = _("This is too much text for a form")
            text = _("Nothing was changed. Save the text as a file, go back, and choose that file instead.")
        return _page(request, 400, title, text)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if request.path.startswith(API):
        return error(codes.FORBIDDEN, _("This account may not do that."))
    if _has_pages(request):
        text = _("Nothing was changed. If you need this for your work, ask an administrator for the permission.")
        return _page(request, 403, _("This account may not do that"), text)
    return defaults.permission_denied(request, exception or PermissionError())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without the secret of its session, which ends with the login that it was shown to."""
    if not _has_pages(request):
        return permission_denied(request)
    text = _("Nothing was changed. Go back, reload the page and try again. Cookies must be allowed for this site.")
    return _page(request, 403, _("This page was open for too long"), text)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API):
        return no_such_address(request)
    if _has_pages(request):
        text = _("What was here may have been deleted, or the address has a slip. Look for it from the dashboard.")
        return _page(request, 404, _("Page not found"), text)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API):
        return error(codes.SERVER_ERROR, _("Something went wrong here. It has been logged."))
    if request.path.startswith(STAFF):
        return defaults.server_error(request, "admin/server_error.html")
    return defaults.server_error(request)


def _has_pages(request: HttpRequest) -> bool:
    """Tell whether it is for staff, and has come far enough to know for whom."""
    return request.path.startswith(STAFF) and hasattr(request, "user")


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, "text": text}
    return render(request, "admin/error.html", context, status=status)
