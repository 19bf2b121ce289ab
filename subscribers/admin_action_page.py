"""The pages between an action's name and its work: which tariff, and how many it really changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from channels.admin_base import AnyModelAdmin
from channels.admin_pages import selection

CONFIRMED = "confirmed"


def choose(
    model_admin: AnyModelAdmin,
    request: HttpRequest,
    queryset: "QuerySet[Any]",
    form: forms.Form,
    *,
    action: str,
    title: str,
) -> TemplateResponse:
    """Ask what an action needs to know before it can count; the answer comes to the same action."""
    more = {"form": form, "button": _("Next"), "action": action, "title": title}
    return _page(model_admin, request, selection(request, queryset), more)


def ask(
    model_admin: AnyModelAdmin,
    request: HttpRequest,
    queryset: "QuerySet[Any]",
    *,
    action: str,
    title: str,
    button: Callable[[int], str],
    stay: int = 0,
    why_they_stay: str = "",
    notes: Sequence[str] = (),
    form: forms.Form | None = None,
    hidden: Mapping[str, Any] | None = None,
    dangerous: bool = False,
) -> TemplateResponse:
    """Say how many of those chosen are changed and how many stay as they are; yes comes back with ``confirmed``."""
    chosen = selection(request, queryset)
    changes = chosen["count"] - stay
    more = {
        "form": form,
        "action": action,
        "title": title,
        "changes": changes,
        "stay": why_they_stay % {"count": stay} if stay else "",
        "notes": notes if changes else (),
        "button": button(changes) % {"count": changes} if changes else "",
        "hidden": {CONFIRMED: "yes", **(hidden or {})},
        "dangerous": dangerous,
    }
    return _page(model_admin, request, chosen, more)


def _page(
    model_admin: AnyModelAdmin, request: HttpRequest, chosen: Mapping[str, Any], more: Mapping[str, Any]
) -> TemplateResponse:
    form = more["form"]
    context = {
        **model_admin.admin_site.each_context(request),
        **chosen,
        **more,
        "opts": model_admin.opts,
        "heading": getattr(model_admin, "heading", ""),
        "media": model_admin.media + form.media if form else model_admin.media,
    }
    return TemplateResponse(request, "admin/subscribers/subscriber/action.html", context)
