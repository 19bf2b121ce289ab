"""What is on a channel, on the channel's page."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.admin_base import AnyModelAdmin
from channels.guide import programmes_of

AHEAD = timedelta(hours=12)
SHOWN = 3


class GuideNowMixin(AnyModelAdmin):
    """Adds the column that shows what is on now and next."""

    @admin.display(description=gettext_lazy("On now and next"))
    def on_now(self, channel: Any) -> str:
        now = timezone.now()
        programmes = programmes_of([channel.pk], start=now, end=now + AHEAD).get(channel.pk, [])
        if not programmes:
            return format_html(
                '<span class="quiet">{}</span>', _("No guide source has programmes for this TVG ID now.")
            )
        return format_html_join(
            "",
            "<div>{} {}</div>",
            (
                (date_format(timezone.localtime(slot.start), "TIME_FORMAT"), slot.title or "—")
                for slot in programmes[:SHOWN]
            ),
        )
