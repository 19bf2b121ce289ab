"""Filters of lists: what they do not know is an error, not everything."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend

MAX_SEARCH = 100
DIRECTIONS = (("asc", "ascending"), ("desc", "descending"))


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]  # it ships no types
    """Apply a view's ``filterset_class``; a view without one has no filters.

    Wrong values are refused by it, unknown names by `ApiView`.
    """

    raise_exception = True


class SortedFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # it ships no types
    """Filters, with ``sort_by`` and ``sort_dir``.

    ``SORTS`` gives the column for each name that may be sorted by; the first is the default. Rows that are equal
    there come in the order of their ids, so that pages never overlap.
    """

    SORTS: dict[str, str] = {}

    @classmethod
    def get_filters(cls) -> Any:
        filters = super().get_filters()
        if cls.SORTS:
            filters["sort_by"] = django_filters.ChoiceFilter(
                choices=[(name, name) for name in cls.SORTS], method="nothing", label="What to sort by."
            )
            filters["sort_dir"] = django_filters.ChoiceFilter(choices=DIRECTIONS, method="nothing", label="Which way.")
        return filters

    def nothing(self, queryset: "QuerySet[Any]", name: str, value: str) -> "QuerySet[Any]":
        return queryset  # both are applied together, after all others

    def filter_queryset(self, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = self.form.cleaned_data
        column = self.SORTS[chosen["sort_by"] or next(iter(self.SORTS))]
        sign = "-" if chosen["sort_dir"] == "desc" else ""
        filtered: QuerySet[Any] = super().filter_queryset(queryset)
        return filtered.order_by(f"{sign}{column}", f"{sign}pk")
