"""Lists: ``items``, how many there are in ``total``, and which page of them this is.

Imports no views: Django REST framework loads these classes while it loads its own views.
"""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

PER_PAGE = 20
MAX_PER_PAGE = 200
MAX_PAGE = 2**31 - 1
PAGED = ("page", "per_page")
"""The query parameters of a list in pages; an action that pages names them as its ``query_parameters``."""


class Pages(BasePagination):
    """Page by page, with a page past the end being empty."""

    parameters: tuple[str, ...] = PAGED
    total: int
    page: int
    per_page: int

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.page = _number(request, "page", default=1, highest=MAX_PAGE)
        self.per_page = _number(request, "per_page", default=PER_PAGE, highest=MAX_PER_PAGE)
        self.total = queryset.count()
        start = (self.page - 1) * self.per_page
        return list(queryset[start : start + self.per_page]) if start < self.total else []

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "items": data,
                "total": self.total,
                "page": self.page,
                "per_page": self.per_page,
                "pages": -(-self.total // self.per_page) if self.total else 0,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        number = {"type": "integer", "minimum": 0}
        return {
            "type": "object",
            "required": ["items", "total", "page", "per_page", "pages"],
            "properties": {
                "items": schema,
                "total": {**number, "description": "Of all pages together."},
                "page": {**number, "minimum": 1},
                "per_page": number,
                "pages": number,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            _parameter("page", "Which page, counted from 1.", default=1, maximum=MAX_PAGE),
            _parameter("per_page", "Rows on a page.", default=PER_PAGE, maximum=MAX_PER_PAGE),
        ]


class AllRows(Pages):
    """Everything on one page, unless a page is asked for: for what there are few of."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        if request.query_params.keys() & set(PAGED):
            return super().paginate_queryset(queryset, request, view)
        rows = list(queryset)
        self.page, self.total, self.per_page = 1, len(rows), len(rows)
        return rows

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            _parameter("page", "Which page, counted from 1. All rows unless this or per_page is given.", MAX_PAGE),
            _parameter("per_page", "Rows on a page.", MAX_PER_PAGE),
        ]


class FirstRows(Pages):
    """The first ``limit`` rows, on one page: for drop-downs that search while somebody types."""

    parameters = ("limit",)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.page, self.per_page = 1, _number(request, "limit", default=PER_PAGE, highest=MAX_PER_PAGE)
        self.total = queryset.count()
        return list(queryset[: self.per_page])

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [_parameter("limit", "Rows at most.", default=PER_PAGE, maximum=MAX_PER_PAGE)]


def _number(request: Request, name: str, *, default: int, highest: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    # isdecimal also takes the digits of other alphabets.
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(highest)) and 1 <= int(text) <= highest):
        raise ValidationError({name: [_("A whole number from 1 to %(highest)s is wanted.") % {"highest": highest}]})
    return int(text)


def _parameter(name: str, description: str, maximum: int, default: int | None = None) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 1, "maximum": maximum, **({"default": default} if default else {})}
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
