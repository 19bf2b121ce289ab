"""Pages between a button and its work: an action that asks for more, a step that wants to be confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from channels.admin_base import AnyModelAdmin

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

CONFIRMED = "confirmed"
NAMES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of those chosen stay as they are, why that is, and what to know of the others."""

    stay: int = 0
    why: "StrOrPromise" = ""
    notes: Sequence["StrOrPromise"] = ()


def action_page(
    model_admin: AnyModelAdmin,
    request: HttpRequest,
    queryset: "QuerySet[Any]",
    form: forms.Form | None = None,
    *,
    action: str,
    title: "StrOrPromise",
    button: "StrOrPromise",
    counts: Counts | None = None,
    hidden: Mapping[str, Any] | None = None,
    dangerous: bool = False,
) -> TemplateResponse:
    """Ask what an action needs to know; the answer comes to the same action with ``hidden`` in its POST.

    With ``counts``, the page says how many are changed, as does the ``button``: there is none where nobody is.
    """
    context = {
        **model_admin.admin_site.each_context(request),
        **selection(request, queryset),
        "title": title,
        "opts": model_admin.opts,
        "heading": getattr(model_admin, "heading", ""),
        "media": model_admin.media + form.media if form else model_admin.media,
        "form": form,
        "action": action,
        "button": button,
        "hidden": {CONFIRMED: "yes"} if hidden is None else hidden,
        "dangerous": dangerous,
    }
    if counts:
        changes = context["count"] - counts.stay
        context |= {
            "counted": True,
            "stay": counts.why % {"count": counts.stay} if counts.stay else "",
            "notes": counts.notes if changes else (),
            "button": button % {"count": changes} if changes else "",
        }
    return TemplateResponse(request, "admin/action_page.html", context)


def confirm_page(
    model_admin: AnyModelAdmin,
    request: HttpRequest,
    *,
    title: str,
    text: str,
    button: str,
    cancel_url: str,
    lists: Sequence[tuple[str, Sequence[str]]] = (),
    fields: dict[str, str] | None = None,
    about: Model | None = None,
) -> TemplateResponse:
    """Ask before a step; yes is a POST to the same address, with the fields given.

    ``lists`` are headings with names, of which the beginning is shown; ``about`` is the row that the step is about.
    """
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "text": text,
        "button": button,
        "cancel_url": cancel_url,
        "object": about,
        "opts": model_admin.opts,
        "heading": getattr(model_admin, "heading", ""),
        "fields": fields or {},
        "lists": [
            {"heading": heading, "names": names[:NAMES_SHOWN], "more": max(len(names) - NAMES_SHOWN, 0)}
            for heading, names in lists
        ],
    }
    return TemplateResponse(request, "admin/confirm_page.html", context)


def selection(request: HttpRequest, queryset: "QuerySet[Any]") -> dict[str, Any]:
    """Return the template's words for the chosen rows.

    All rows of a list are named by the list itself and not by thousands of fields: a form with
    more than a thousand is refused.
    """
    chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
    everything = request.POST.get("select_across") == "1"
    count = queryset.count() if everything else len(chosen)
    return {
        "checkbox": ACTION_CHECKBOX_NAME,
        "chosen": chosen[:1] if everything else chosen,
        "everything": everything,
        "count": count,
        "names": [str(row) for row in queryset[:NAMES_SHOWN]],
        "more": max(count - NAMES_SHOWN, 0),
    }
