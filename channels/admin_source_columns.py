"""What the pages of sources show of each."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.admin_base import BaseAdmin
from channels.admin_display import Tone, ago, link, mark
from channels.import_mapping import FIELDS, TITLE
from channels.models import ImportRun, Source
from integrations.flussonic.push_standing import push_counts
from integrations.models import PushedStream

TONES: dict[str, Tone] = {
    ImportRun.State.DONE: "good",
    ImportRun.State.UNCHANGED: "good",
    ImportRun.State.FAILED: "bad",
    ImportRun.State.REFUSED: "bad",
    ImportRun.State.CANCELLED: "off",
    ImportRun.State.UNDONE: "off",
}
FIELD_WORDS = {
    "display_name": gettext_lazy("name"),
    "tvg_name": gettext_lazy("TVG name"),
    "tvg_id": gettext_lazy("TVG ID"),
    "tvg_logo": gettext_lazy("logo"),
    "group": gettext_lazy("group"),
}
TITLE_WORDS = gettext_lazy("the title after the comma")


def run_mark(state: str) -> SafeString:
    return mark(TONES.get(state, "busy"), str(ImportRun.State(state).label))


class SourceColumns(BaseAdmin):
    @admin.display(description=gettext_lazy("state"))
    def state(self, source: Any) -> SafeString:
        if not source.is_active:
            return mark("off", _("inactive"))
        if not source.is_list:
            return mark("good", _("active"))
        if source.run_state is None:
            return mark("off", _("never imported"))
        return link(reverse("admin:channels_importrun_change", args=[source.run]), run_mark(source.run_state))

    @admin.display(description=gettext_lazy("channels"), ordering="synced")
    def channels(self, source: Any) -> SafeString:
        page = f"{reverse('admin:channels_channel_changelist')}?source__id__exact={source.pk}"
        orphaned = link(f"{page}&sync_status__exact=orphaned", _("%(number)s orphaned") % {"number": source.orphaned})
        return format_html("{} {}", link(page, source.synced), orphaned if source.orphaned else "")

    @admin.display(description=gettext_lazy("delivery"), ordering="delivery")
    def delivered(self, source: Source) -> str:
        if not source.is_list:
            return "–"
        return _("direct") if source.delivery == Source.Delivery.DIRECT else _("restream")

    @admin.display(description=gettext_lazy("address"))
    def where(self, source: Source) -> str:
        """Never the whole of it: it often holds a login."""
        if not source.is_list:
            return "–"
        return source.shown_url or _("pasted or uploaded")

    @admin.display(description=gettext_lazy("last import"), ordering="imported_at")
    def imported(self, source: Source) -> SafeString:
        return ago(source.imported_at) if source.is_list else SafeString("–")

    @admin.display(description=gettext_lazy("next refresh"), ordering="next_at")
    def next_refresh(self, source: Source) -> str:
        if not (source.is_list and source.is_active and source.refresh_hours and source.imported_at):
            return "–"
        if not (source.url and source.content_hash):  # staff have not decided on what is at that address
            return "–"
        if source.next_at is None or source.next_at <= timezone.now():
            return _("now")
        return date_format(timezone.localtime(source.next_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("streams at Flussonic"))
    def streams(self, source: Source) -> SafeString:
        """Where the streams of a list stand that Flussonic restreams."""
        counts = push_counts(source)
        page = f"{reverse('admin:integrations_pushedstream_changelist')}?source__id__exact={source.pk}&state__exact="
        shown = [(state, label, counts[state]) for state, label in PushedStream.State.choices if counts[state]]
        links = format_html_join(", ", '<a href="{}{}">{}: {}</a>', ((page, *found) for found in shown))
        return links or SafeString("–")

    @admin.display(description=gettext_lazy("names of streams begin with"))
    def begins_with(self, source: Source) -> str:
        return f"{source.slug}-"

    @admin.display(description=gettext_lazy("known again by"))
    def identity_shown(self, source: Source) -> str:
        return source.get_identity_display()

    @admin.display(description=gettext_lazy("mapping"))
    def mapping_shown(self, source: Source) -> SafeString:
        pairs = [(FIELD_WORDS[field], filled_by(source.mapping.get(field, ""))) for field in FIELDS if source.mapping]
        return format_html_join(", ", "{} ← {}", pairs) or SafeString("–")


def filled_by(attribute: str) -> str:
    """Return the words for what a mapping has for a field."""
    return str(TITLE_WORDS) if attribute == TITLE else attribute or _("nothing")
