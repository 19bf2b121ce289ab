"""Drag-sort for changelists: adminsortable2 made safe for threads, filters and long lists.

Stock, it keeps the state of a request on the admin that all threads share, gives dragged rows the
positions of rows that a filter hides, reads and writes row by row, and tells nobody when a save
has failed. Here the state is the thread's own, ``channels.ordering`` does the writing, "Move to
position" replaces the moves from page to page, and ``sortable.js`` shows what went wrong.
"""

import json
import threading
from typing import Any

from adminsortable2.admin import SortableAdminMixin
from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.admin_base import BaseAdmin
from channels.admin_pages import CONFIRMED, action_page
from channels.ordering import BadOrder, move_to, reorder

PLAIN = "text/plain; charset=utf-8"


class SafeSortableAdmin(SortableAdminMixin, BaseAdmin):  # type: ignore[misc]  # it has no types
    """For a model that is ordered by ``sort_order``; name ``move_to_position`` among the actions."""

    def __init__(self, model: type[models.Model], admin_site: admin.AdminSite) -> None:
        self._request_state = threading.local()
        super().__init__(model, admin_site)

    @property
    def enable_sorting(self) -> bool:
        return getattr(self._request_state, "enable_sorting", False)

    @enable_sorting.setter
    def enable_sorting(self, value: bool) -> None:
        self._request_state.enable_sorting = value

    @property
    def order_by(self) -> str | None:
        return getattr(self._request_state, "order_by", None)

    @order_by.setter
    def order_by(self, value: str | None) -> None:
        self._request_state.order_by = value

    @property
    def media(self) -> forms.Media:
        stock: forms.Media = super().media
        return stock + forms.Media(js=["playlist_project/sortable.js"])

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = super().get_list_display(request)
        return shown if self.has_change_permission(request) else [name for name in shown if name != "_reorder_"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # Past SortableAdminMixin, which counts all rows to add its moves from page to page.
        actions: dict[str, Any] = super(SortableAdminMixin, self).get_actions(request)
        return actions

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = super().changelist_view(request, extra_context)
        descending = self.enable_sorting and self.order_by == f"-{self.default_order_field}"
        if descending and isinstance(response, TemplateResponse) and response.context_data:
            response.context_data["sortable_update_url"] += "?descending=1"
        return response

    def update_order(self, request: HttpRequest) -> HttpResponse:
        """Take the order of the shown rows from adminsortable2's script; answer 400 with a sentence when it is bad."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            return HttpResponseForbidden(_("Your account may not change the order."), content_type=PLAIN)
        try:
            ids = [int(pk) for pk, _position in json.loads(request.body)["updatedItems"]]
            reorder(self.get_queryset(request), ids, descending="descending" in request.GET)
        except BadOrder as exc:
            return HttpResponseBadRequest(str(exc), content_type=PLAIN)
        except (ValueError, TypeError, KeyError):
            return HttpResponseBadRequest(_("This is not a list of rows."), content_type=PLAIN)
        return HttpResponse(status=200)

    @admin.action(description=gettext_lazy("Move to position…"), permissions=["change"])
    def move_to_position(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> HttpResponse | None:
        listed = self.get_changelist_instance(request).get_queryset(request)
        form = PositionForm(request.POST if CONFIRMED in request.POST else None)
        if form.is_valid():
            move_to(listed, list(queryset.values_list("pk", flat=True)), form.cleaned_data["position"])
            self.message_user(request, _("The order is saved."), messages.SUCCESS)
            return None
        form.fields["position"].help_text = _("1 comes first; listed under the present filters: %(number)s.") % {
            "number": listed.count()
        }
        title, button = _("Move to position"), _("Save")
        return action_page(self, request, queryset, form, action="move_to_position", title=title, button=button)


class PositionForm(forms.Form):
    position = forms.IntegerField(min_value=1, label=gettext_lazy("New position of the first one"), initial=1)
