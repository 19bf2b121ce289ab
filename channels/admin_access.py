"""What a change would do to access: said on the page that asks for it."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse

from channels.admin_base import AnyModelAdmin
from subscribers.access_changes import AccessChange

# What the buttons of the page send.
AGREED, BACK = "_agreed", "_back"


def access_context(change: AccessChange) -> dict[str, Any]:
    """Return what ``admin/includes/access.html`` shows."""
    return {"access": change, "auth_service": bool(settings.AUTH_SERVICE_URL)}


def access_page(
    model_admin: AnyModelAdmin,
    request: HttpRequest,
    change: AccessChange,
    *,
    title: str,
    facts: Sequence[str],
    button: str,
    agreed: str,
    about: Model | None = None,
) -> TemplateResponse:
    """Ask before a change of access. Either answer posts the same fields again: yes with ``agreed``, no with BACK.

    ``facts`` are sentences about the change; ``about`` is the row that it is about. ``agreed`` stands for what is
    shown: should it be another one when the answer comes, the question is another one too.
    """
    context = {
        **model_admin.admin_site.each_context(request),
        **access_context(change),
        "title": title,
        "facts": facts,
        "button": button,
        "agreed": agreed,
        "object": about,
        "opts": model_admin.opts,
        "heading": getattr(model_admin, "heading", ""),
        "fields": [
            (name, value)
            for name, values in request.POST.lists()
            if name not in ("csrfmiddlewaretoken", AGREED, BACK)
            for value in values
        ],
    }
    return TemplateResponse(request, "admin/access_page.html", context)
