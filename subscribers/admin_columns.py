"""What the list shows of a subscriber."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from channels.admin_base import BaseAdmin
from channels.admin_display import mark
from subscribers.models import VIEW_TOKEN, Subscriber


class SubscriberColumnsMixin(BaseAdmin):
    """The columns of the list; the last one leads where the account may go."""

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [*super().get_list_display(request), self._steps(request)]

    @admin.display(description=pgettext_lazy("of a person", "name"), ordering="last_name")
    def name(self, subscriber: Subscriber) -> str:
        return f"{subscriber.last_name} {subscriber.first_name}"

    @admin.display(description=gettext_lazy("tariffs"))
    def tariff_names(self, subscriber: Subscriber) -> str:
        return ", ".join(tariff.name for tariff in subscriber.tariffs.all())

    @admin.display(description=gettext_lazy("sessions"), ordering="max_sessions")
    def sessions(self, subscriber: Subscriber) -> int:
        return subscriber.max_sessions

    @admin.display(description=gettext_lazy("validity"), ordering="valid_until")
    def validity(self, subscriber: Subscriber) -> SafeString:
        now = timezone.now()
        if subscriber.valid_until and subscriber.valid_until <= now:
            return mark("bad", _("lapsed %(day)s") % {"day": _day(subscriber.valid_until)})
        if subscriber.valid_from and subscriber.valid_from > now:
            return mark("off", _("from %(day)s") % {"day": _day(subscriber.valid_from)})
        if subscriber.valid_until:
            return mark("good", _("until %(day)s") % {"day": _day(subscriber.valid_until)})
        return mark("good", _("no end"))

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, subscriber: Subscriber) -> SafeString:
        enabled = subscriber.status == Subscriber.Status.ENABLED
        return mark("good" if enabled else "off", subscriber.get_status_display())

    @admin.display(description=gettext_lazy("delivery"))
    def delivery(self, subscriber: Any) -> SafeString:
        if not settings.AUTH_SERVICE_URL:
            return mark("off", _("not configured"))
        if subscriber.fails:
            return mark("bad", _("failing"))
        return mark("busy", _("pending")) if subscriber.waits else mark("good", _("delivered"))

    def _steps(self, request: HttpRequest) -> Callable[[Subscriber], SafeString]:
        pages = [("change", _("Edit") if self.has_change_permission(request) else _("View"))]
        if sees_tokens(request):
            pages.append(("playlist", _("Playlist")))

        @admin.display(description=gettext_lazy("actions"))
        def steps(subscriber: Subscriber) -> SafeString:
            return format_html_join(
                " ",
                '<a href="{}" aria-label="{}: {}">{}</a>',
                (
                    (reverse(f"admin:subscribers_subscriber_{page}", args=[subscriber.pk]), text, subscriber, text)
                    for page, text in pages
                ),
            )

        return steps


def sees_tokens(request: HttpRequest) -> bool:
    return bool(request.user.has_perm(VIEW_TOKEN))


def without_access(subscriber: Subscriber, now: datetime) -> str:
    """Return why players get nothing at all, or nothing where they do get something."""
    if subscriber.status != Subscriber.Status.ENABLED:
        return _("Disabled: players get no playlist (404), and no stream.")
    if subscriber.valid_until and subscriber.valid_until <= now:
        return _("Lapsed %(day)s: players get no playlist (404), and no stream.") % {
            "day": _day(subscriber.valid_until)
        }
    if subscriber.valid_from and subscriber.valid_from > now:
        day = {"day": _day(subscriber.valid_from)}
        return _("Valid from %(day)s: until then players get no playlist (404), and no stream.") % day
    return ""


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d")
