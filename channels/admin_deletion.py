"""Deleting in the admin: say with counts what it touches, instead of listing every row that goes with it."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from channels.admin_base import BaseAdmin
from channels.admin_pages import selection


class CountedDeletionAdmin(BaseAdmin):
    """Name ``delete_selected`` among the actions, and write ``touched_by_deleting``."""

    delete_confirmation_template = "admin/counted_delete.html"
    delete_selected_confirmation_template = "admin/counted_delete_selected.html"

    def touched_by_deleting(self, ids: list[int]) -> list[str]:
        """Return a line for each kind of thing that deleting these rows touches, such as "Tariffs affected: 3"."""
        raise NotImplementedError

    def more_about_deleting(self, ids: list[int]) -> dict[str, Any]:
        """Return what else the pages that ask should know, such as ``access_context``."""
        return {}

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id)) if request.method == "GET" else None
        more = self.more_about_deleting([row.pk]) if row else {}
        return super().delete_view(request, object_id, {"heading": self.heading, **more, **(extra_context or {})})

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        # Django's own answer names each row of each relation: tens of thousands for a package.
        return self.touched_by_deleting([obj.pk for obj in objs]), {}, set(), []

    @admin.action(description=_("Delete…"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        response = delete_selected(self, request, queryset)
        if isinstance(response, TemplateResponse) and response.context_data is not None:
            response.context_data.update(
                selection(request, queryset),
                **self.more_about_deleting([row.pk for row in queryset]),
                action="delete_selected",
                heading=self.heading,
            )
        return response
