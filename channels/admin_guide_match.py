"""The page that suggests which channels of the guide are which of ours; staff tick what is right."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels.admin_base import AnyModelAdmin
from channels.guide_confirming import set_guide_ids
from channels.guide_matching import suggestions, without_programmes
from integrations.tasks import start_guide

SHOWN = 100
NEEDED = ("channels.view_guidesource", "channels.change_channel")


def match_page(model_admin: AnyModelAdmin, request: HttpRequest) -> HttpResponse:
    """Show suggestions, or write those that were ticked and show the next."""
    if not request.user.has_perms(NEEDED):
        raise PermissionDenied
    after = request.GET.get("after", "")
    if request.method == "POST":
        written = set_guide_ids(_ticked(request.POST))
        transaction.on_commit(start_guide)
        text = ngettext(
            "%(number)s channel has its TVG ID now. Its programmes come within a minute or two.",
            "%(number)s channels have their TVG ID now. Their programmes come within a minute or two.",
            written,
        )
        messages.success(request, text % {"number": written})
        return redirect(reverse("admin:channels_guidesource_match"))
    shown = suggestions(after=int(after[:18]) if after.isdecimal() else 0, most=SHOWN)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": _("Match channels with the guide"),
        "opts": model_admin.opts,
        "heading": getattr(model_admin, "heading", ""),
        "suggestions": shown,
        "missing": without_programmes().count(),
        "next_after": shown[-1].channel.pk if len(shown) == SHOWN else None,
    }
    return TemplateResponse(request, "admin/channels/guidesource/match.html", context)


def _ticked(posted: Any) -> dict[int, str]:
    chosen = {}
    for pk in posted.getlist("take")[:SHOWN]:
        xmltv_id = posted.get(f"to-{pk}", "")
        if pk.isdecimal() and len(pk) < 18 and xmltv_id and "\0" not in xmltv_id:
            chosen[int(pk)] = xmltv_id
    return chosen
