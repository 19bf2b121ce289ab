"""What an exception becomes: a code, a message for people and, where values are at fault, their fields.

What a service raises has its line in `OF_SERVICES`. What is not known here is a fault of ours: it goes on to
Django, which logs it, and comes back by `server_error` of `pages`.
"""

from collections.abc import Mapping
from typing import Any

from django.core import exceptions as django
from django.db import IntegrityError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions as rest
from rest_framework.response import Response

from channels.ordering import BadOrder
from channels.services import ChannelNotOrphaned
from integrations.flussonic.sync import SyncRunning, TooManyOrphans
from integrations.http import RemoteError
from playlist_project.api import codes
from playlist_project.api.database_errors import explain_integrity_error
from subscribers.feed.cursors import BadCursor
from subscribers.services import EndTooFar

NO_SUCH_ROW = gettext_lazy("There is nothing like this here.")
OF_SERVICES: dict[type[Exception], str] = {
    ChannelNotOrphaned: codes.CHANNEL_NOT_ORPHANED,
    SyncRunning: codes.SYNC_RUNNING,
    TooManyOrphans: codes.TOO_MANY_ORPHANS,
    EndTooFar: codes.VALIDATION_ERROR,
}
OF_THE_FRAMEWORK: dict[type[Exception], str] = {
    rest.ParseError: codes.VALIDATION_ERROR,
    rest.AuthenticationFailed: codes.UNAUTHORIZED,
    rest.NotAuthenticated: codes.UNAUTHORIZED,
    rest.PermissionDenied: codes.FORBIDDEN,
    rest.NotFound: codes.NOT_FOUND,
    rest.MethodNotAllowed: codes.METHOD_NOT_ALLOWED,
    rest.UnsupportedMediaType: codes.UNSUPPORTED_MEDIA_TYPE,
    rest.Throttled: codes.RATE_LIMITED,
}


class ApiError(rest.APIException):
    """An error of the API's own, with one of `codes`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.api_code = code
        self.status_code = codes.STATUS[code]


def answer(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the answer to an exception that a view raised; None where the fault is ours."""
    match exc:
        case Http404() | django.ObjectDoesNotExist():
            return error(codes.NOT_FOUND, str(NO_SUCH_ROW))
        case django.PermissionDenied():
            return error(codes.FORBIDDEN, _("This account may not do that."))
        case django.SuspiciousOperation():
            return error(codes.VALIDATION_ERROR, _("The request cannot be read: it is too long, or malformed."))
        case rest.ValidationError():
            return invalid(exc.get_full_details())
        case django.ValidationError():
            return invalid(_details(exc))
        case ProtectedError() | RestrictedError():
            return error(codes.VALIDATION_ERROR, str(exc.args[0]))  # the sentence; the other argument is the rows
        case IntegrityError():
            explained = explain_integrity_error(exc)
            return error(explained.code, explained.message, explained.fields) if explained else None
        case BadOrder():
            return error(codes.VALIDATION_ERROR, str(exc), {"order": [str(exc)]})
        case BadCursor():
            return error(codes.VALIDATION_ERROR, str(exc), {"since": [str(exc)]})
        case RemoteError() if context["view"].remote_error_code:
            return error(context["view"].remote_error_code, str(exc))
        case ApiError():
            return error(exc.api_code, str(exc.detail))
    codes_of = {**OF_SERVICES, **OF_THE_FRAMEWORK}
    known = next((code for kind, code in codes_of.items() if isinstance(exc, kind)), None)
    return error(known, str(exc), headers=_headers(exc)) if known else None


def error(
    code: str,
    message: str,
    fields: Mapping[str, list[str]] | None = None,
    *,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return an error answer; the renderer puts the envelope around it."""
    content = {"code": code, "message": message, **({"fields": fields} if fields else {})}
    response = Response(content, status=codes.STATUS[code], headers=headers)
    response.exception = True
    return response


def invalid(details: Any) -> Response:
    """Return the answer to values that were refused; that all of them are taken already is an answer of its own."""
    found = list(_flatten(details))
    fields: dict[str, list[str]] = {}
    for name, message, _kind in found:
        fields.setdefault(name, []).append(message)
    taken = all(kind in ("unique", "unique_together") for *_rest, kind in found)
    code = codes.DUPLICATE_ENTRY if found and taken else codes.VALIDATION_ERROR
    return error(code, _summary(found), fields)


def _flatten(details: Any, path: str = "") -> "list[tuple[str, str, str]]":
    """Return (path such as ``order.0.id``, message, kind) for each leaf of Django REST framework's error details."""
    if isinstance(details, Mapping) and {"message", "code"} == details.keys():
        return [(path or "non_field_errors", str(details["message"]), str(details["code"]))]
    if isinstance(details, Mapping):
        return [
            leaf
            for name, inner in details.items()
            for leaf in _flatten(inner, f"{path}.{name}" if path and name != "non_field_errors" else path or str(name))
        ]
    several = [inner for inner in details if inner]
    leaves = all(isinstance(inner, Mapping) and {"message", "code"} == inner.keys() for inner in several)
    return [
        leaf
        for number, inner in enumerate(details)
        if inner
        for leaf in _flatten(inner, path if leaves else f"{path}.{number}" if path else str(number))
    ]


def _summary(found: "list[tuple[str, str, str]]") -> str:
    if not found:
        return _("Some of the values cannot be accepted.")
    name, message, _kind = found[0]
    first = message if name == "non_field_errors" else f"{name}: {message}"
    return " ".join([first, _("And %(number)s more.") % {"number": len(found) - 1}]) if len(found) > 1 else first


def _details(exc: django.ValidationError) -> Any:
    """Return Django's own error in the form of Django REST framework's."""
    if hasattr(exc, "error_dict"):
        return {
            "non_field_errors" if name == django.NON_FIELD_ERRORS else name: _leaves(errors)
            for name, errors in exc.error_dict.items()
        }
    return {"non_field_errors": _leaves(exc.error_list)}


def _leaves(errors: "list[django.ValidationError]") -> list[dict[str, str]]:
    return [{"message": text, "code": inner.code or "invalid"} for inner in errors for text in inner.messages]


def _headers(exc: Exception) -> dict[str, str]:
    headers = {}
    if header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers
