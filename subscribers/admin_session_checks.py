"""Whose running streams are still to be looked at, in the admin: empty, unless Flussonic does not answer."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.admin_base import RecordAdmin
from channels.admin_display import ago, link, mark
from subscribers.models import SessionCheck


@admin.register(SessionCheck)
class SessionCheckAdmin(RecordAdmin):
    heading = gettext_lazy("Running streams to look at")
    empty_text = gettext_lazy("Nothing waits: whoever has lost a channel no longer watches it.")
    list_display = ("whose", "changed", "next_attempt", "attempts", "failing", "last_error")
    list_display_links = None
    fields = ("agreement_number", "since", "due_at", "attempts", "failing_since", "last_error")

    @admin.display(description=gettext_lazy("subscriber"))
    def whose(self, check: SessionCheck) -> SafeString | str:
        if not check.agreement_number:
            return _("everybody")
        if check.subscriber_id is None:
            return check.agreement_number
        page = reverse("admin:subscribers_subscriber_change", args=[check.subscriber_id])
        return link(page, check.agreement_number)

    @admin.display(description=gettext_lazy("changed"), ordering="since")
    def changed(self, check: SessionCheck) -> SafeString:
        return ago(check.since)

    @admin.display(description=gettext_lazy("next attempt"), ordering="due_at")
    def next_attempt(self, check: SessionCheck) -> str:
        return date_format(timezone.localtime(check.due_at), "H:i:s")

    @admin.display(description=gettext_lazy("failing"), ordering="failing_since")
    def failing(self, check: SessionCheck) -> SafeString:
        return mark("bad", _("yes")) if check.failing_since else mark("busy", _("no"))
