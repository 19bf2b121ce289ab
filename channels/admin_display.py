"""How the admin shows things: marks with a word, links, ages."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

Tone = Literal["good", "busy", "bad", "off"]
LINKS_SHOWN = 20


def mark(tone: Tone, text: str) -> SafeString:
    """Return a coloured mark with its meaning in words."""
    return format_html('<span class="mark mark-{}">{}</span>', tone, text)


def ago(moment: datetime | None) -> SafeString:
    """Return how long ago it was, with the moment itself on pointing."""
    if moment is None:
        return format_html('<span class="quiet">{}</span>', _("never"))
    local = timezone.localtime(moment)
    recent = timezone.now() - moment < timedelta(minutes=1)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, "DATETIME_FORMAT"),
        _("just now") if recent else _("%(time)s ago") % {"time": timesince(moment, depth=1)},
    )


def link(url: str, text: Any) -> SafeString:
    return format_html('<a href="{}">{}</a>', url, text)


def change_links(rows: "models.QuerySet[Any]") -> SafeString:
    """Return links to the rows' own pages, by name: the first of them, and how many more there are."""
    shown = list(rows[: LINKS_SHOWN + 1])
    if not shown:
        return format_html('<span class="quiet">{}</span>', _("none"))
    page = f"admin:{rows.model._meta.app_label}_{rows.model._meta.model_name}_change"
    links = format_html_join(
        ", ", '<a href="{}">{}</a>', ((reverse(page, args=[row.pk]), row) for row in shown[:LINKS_SHOWN])
    )
    return (
        links
        if len(shown) <= LINKS_SHOWN
        else format_html(_("{links} and {number} more"), links=links, number=rows.count() - LINKS_SHOWN)
    )


def row_links(model_admin: Any, request: HttpRequest) -> "list[Callable[[Any], SafeString]]":
    """Return a column with what this account may do to each row, or none where it may do nothing."""
    page = f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_"
    allowed = []
    if model_admin.has_change_permission(request):
        allowed.append(("row-edit", page + "change", _("Edit %(name)s"), _("Edit")))
    if model_admin.has_delete_permission(request):
        allowed.append(("row-delete", page + "delete", _("Delete %(name)s…"), _("Delete…")))

    @admin.display(description=_("Actions"))
    def row_actions(row: Any) -> SafeString:
        return format_html_join(
            " ",
            '<a class="{}" href="{}" aria-label="{}">{}</a>',
            ((css, reverse(name, args=[row.pk]), label % {"name": row}, text) for css, name, label, text in allowed),
        )

    return [row_actions] if allowed else []
