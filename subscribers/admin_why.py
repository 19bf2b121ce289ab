"""Why a subscriber has a channel, or why not: the question on the subscriber's page, and the page with the answer."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.admin_base import AnyModelAdmin
from channels.models import Channel
from integrations.explanation import explain
from integrations.explanation_text import obstacle_texts, orphan_texts
from subscribers.models import Subscriber


class WhyForm(forms.Form):
    """Asks for a channel, by what it is called."""

    channel = forms.ModelChoiceField(
        Channel.objects.select_related("source").defer("tvg_logo"),
        label=gettext_lazy("Channel"),
        widget=AutocompleteSelect(Subscriber.channels.field, admin.site),
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data, auto_id="why_%s")  # type: ignore[arg-type]  # the page has other forms


def why_page(model_admin: AnyModelAdmin, request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Answer for the channel that is asked for; without one, ask."""
    form = WhyForm(request.GET or None)
    facts = explain(subscriber, form.cleaned_data["channel"], now=timezone.now()) if form.is_valid() else None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Why (not) this channel? %(subscriber)s") % {"subscriber": subscriber},
        "opts": model_admin.opts,
        "heading": getattr(model_admin, "heading", ""),
        "original": subscriber,
        "media": model_admin.media,
        "why_form": form if facts else WhyForm(),  # the widget cannot show what is no id
        "errors": form.errors.get("channel"),
        "facts": facts,
        "obstacles": obstacle_texts(facts) if facts else [],
        "orphan": orphan_texts(facts) if facts else [],
    }
    return TemplateResponse(request, "admin/subscribers/subscriber/why.html", context)
