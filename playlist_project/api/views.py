"""What every view of the API has in common.

To add an endpoint, write ``<app>/api/serializers.py`` and ``<app>/api/views.py``, and give it a line in
``playlist_project/api/urls.py``. A view names a queryset, serializers and permissions; what it does is a call
of one service, which is one transaction. So it may be called again after a conflict with another request.
"""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _
from rest_framework import mixins, viewsets
from rest_framework.exceptions import MethodNotAllowed, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from playlist_project.api.database_errors import is_passing
from playlist_project.history import add_to_context

ATTEMPTS = 3
MAX_REASON = 500
FREE_TEXT = ("search", "since")
"""Query parameters of which nothing is a value, too."""


class ApiView(APIView):
    """Hold each request to what the view declares, and tell the history who makes it."""

    http_method_names = ["get", "head", "post", "patch", "delete"]
    required_permissions: tuple[str, ...] | None = None
    """Permissions that any method needs; None: those of the model that go with the method. An `@action` has its own.

    A view that is not about rows of a model says ``()`` where it is for all staff.
    """
    query_parameters: tuple[str, ...] = ()
    """Query parameters that are known beside those of lists. An `@action` has its own."""
    remote_error_code: str | None = None
    """The code for errors of the remote system that this view calls, where it calls one."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        super().initial(request, *args, **kwargs)
        _refuse_unknown_parameters(request, known_parameters(self))
        if request.method not in SAFE_METHODS:
            add_to_context(actor=request.user.get_username(), **_reason(request))
            name = str(request.method).lower()
            setattr(self, name, tried_again(getattr(self, name)))


class ApiViewSet(ApiView, viewsets.GenericViewSet[Any]):
    """Rows of one model. `Listed`, `Retrieved`, `Created`, `Changed` and `Deleted` say what can be done with them."""

    lookup_value_converter = "int"

    def shown(self, pk: int) -> Any:
        """Return a row as GET shows it."""
        return self.get_serializer(self.get_queryset().get(pk=pk)).data


class Listed(mixins.ListModelMixin, ApiViewSet):
    """GET of all rows, filtered and in pages."""


class Retrieved(mixins.RetrieveModelMixin, ApiViewSet):
    """GET of one row."""


class Created(ApiViewSet):
    """POST; it answers with the row as a GET would, annotations and relations included."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer: Any = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        return Response(self.shown(serializer.instance.pk), status=201)

    def perform_create(self, serializer: Any) -> None:
        serializer.save()


class Changed(ApiViewSet):
    """PATCH, and no PUT: what is not given stays."""

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        serializer = self.get_serializer(row, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        self.perform_update(serializer)
        return Response(self.shown(row.pk))

    def perform_update(self, serializer: Any) -> None:
        serializer.save()


class Deleted(ApiViewSet):
    """DELETE; it answers with the id of what is gone."""

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        pk = row.pk
        self.perform_destroy(row)
        return Response({"id": pk})

    def perform_destroy(self, instance: Any) -> None:
        instance.delete()


def known_parameters(view: Any) -> set[str]:
    """Return the query parameters that the view, in this action, understands."""
    known = set(view.query_parameters)
    if getattr(view, "action", None) == "list":
        known.update(view.paginator.parameters)
        if filterset := getattr(view, "filterset_class", None):
            known.update(filterset.base_filters)
    return known


def tried_again(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Call a view once more where another request got in its way at that very moment, which undid all it did."""

    @wraps(handler)
    def try_again(*args: Any, **kwargs: Any) -> Response:
        for attempt in range(1, ATTEMPTS):
            try:
                return handler(*args, **kwargs)
            except DatabaseError as exc:
                if connection.in_atomic_block or not is_passing(exc):
                    raise
            time.sleep(random.uniform(0.01, 0.05) * attempt)
        return handler(*args, **kwargs)

    return try_again


def _refuse_unknown_parameters(request: Request, known: set[str]) -> None:
    wrong = {name: [_("There is no such parameter.")] for name in request.query_params if name not in known}
    wrong |= {
        name: [_("It has no value: give one, or leave it out.")]
        for name, value in request.query_params.items()
        if value == "" and name not in wrong and name not in FREE_TEXT
    }
    wrong |= {
        name: [_("It is given more than once.")] for name, values in request.query_params.lists() if len(values) > 1
    }
    if wrong:
        raise ValidationError(wrong)


def _reason(request: Request) -> dict[str, str]:
    """Return what the header X-Reason says of why the change is made."""
    raw = request.headers.get("X-Reason", "").encode("latin-1", "replace")  # WSGI hands over bytes as if they were that
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    reason = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    if len(reason) > MAX_REASON:
        raise ValidationError({"X-Reason": [_("It has more than %(number)s letters.") % {"number": MAX_REASON}]})
    return {"reason": reason} if reason else {}
