"""Packages and tariffs side by side: the page behind "Packages & Tariffs" in the bar."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Package, Tariff
from channels.admin_base import BaseAdmin
from channels.search import contains_words, search_text
from subscribers.holders import holder_counts

ROWS_SHOWN = 200
TITLE = _("Packages & Tariffs")


class SplitListAdmin(BaseAdmin):
    """Have the plain list, in which many are chosen, at ``list/``; the list's own address shows both sides.

    Whatever else comes there, such as an action, a filter or a pop-up, is answered by the plain list still.
    """

    heading = TITLE

    def get_urls(self) -> list[URLPattern]:
        plain = self.admin_site.admin_view(self.plain_list)
        return [path("list/", plain, name=f"catalog_{self.opts.model_name}_list"), *super().get_urls()]

    def plain_list(self, request: HttpRequest) -> HttpResponse:
        return super().changelist_view(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method != "GET" or request.GET.keys() - {"q"}:
            return super().changelist_view(request, extra_context)
        if self.model is Package:
            return split_page(self, request)
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return redirect(reverse("admin:catalog_package_changelist") + query)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two lists; of a long one the beginning."""

    name: str
    title: "str | Promise"
    nothing: "str | Promise"
    first: "str | Promise"
    add: "str | Promise"
    rows: list[Any]
    total: int
    may_add: bool
    may_change: bool
    may_delete: bool

    @property
    def more(self) -> bool:
        return self.total > len(self.rows)


def split_page(model_admin: SplitListAdmin, request: HttpRequest) -> HttpResponse:
    words = search_text(request.GET.get("q", ""))
    sides = [
        _side(
            request,
            Package,
            words,
            title=_("Packages"),
            nothing=_("No package matches."),
            first=_("There is no package yet. Add one, then put channels into it on the page Channels."),
            add=_("Add package"),
        ),
        _side(
            request,
            Tariff,
            words,
            title=_("Tariffs"),
            nothing=_("No tariff matches."),
            first=_("There is no tariff yet. Add one and choose its packages: subscribers are given tariffs."),
            add=_("Add tariff"),
        ),
    ]
    shown = [side for side in sides if side]
    if not shown:
        raise PermissionDenied
    for side in shown:
        if side.name == "package":
            holders = holder_counts([row.pk for row in side.rows])
            for row in side.rows:
                row.holder_count = holders.get(row.pk, 0)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": TITLE,
        "opts": model_admin.opts,
        "sides": shown,
        "words": words,
    }
    return TemplateResponse(request, "admin/catalog/split.html", context)


def _side(request: HttpRequest, model: type[Package | Tariff], words: str, **texts: Any) -> Side | None:
    """Return a list with what this account may do there, or None where it may not see it."""
    model_admin = admin.site.get_model_admin(model)
    if not model_admin.has_view_or_change_permission(request):
        return None
    rows: QuerySet[Any] = model_admin.get_queryset(request).filter(contains_words(words, ("name",)))
    shown = list(rows.order_by("name")[: ROWS_SHOWN + 1])
    return Side(
        name=str(model._meta.model_name),
        rows=shown[:ROWS_SHOWN],
        total=rows.count() if len(shown) > ROWS_SHOWN else len(shown),
        may_add=model_admin.has_add_permission(request),
        may_change=model_admin.has_change_permission(request),
        may_delete=model_admin.has_delete_permission(request),
        **texts,
    )
