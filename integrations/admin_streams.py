"""The streams that this service makes at Flussonic, in the admin: where each stands, and why one is not there."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy

from channels.admin_base import RecordAdmin
from channels.admin_display import Tone, ago, link, mark
from channels.models import Channel
from integrations.models import PushedStream

TONES: dict[str, Tone] = {"live": "good", "failed": "bad", "pending": "busy", "removing": "busy"}


@admin.register(PushedStream)
class PushedStreamAdmin(RecordAdmin):
    heading = gettext_lazy("Streams made at Flussonic")
    empty_text = gettext_lazy("There are none: no active list is delivered by restreaming.")
    list_display = ("stream", "source", "standing", "changed", "next_attempt", "attempts", "why")
    list_display_links = None
    list_filter = ("state", "source")
    list_select_related = ("source",)
    search_fields = ("stream_name",)
    search_help_text = gettext_lazy("Stream name")
    fields = ("stream_name", "source", "standing", "since", "due_at", "attempts", "failing_since", "last_error")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PushedStream]":
        of_that_name = Channel.objects.filter(stream_name=OuterRef("stream_name")).order_by()
        rows: QuerySet[PushedStream] = super().get_queryset(request)
        return rows.annotate(channel_id=Subquery(of_that_name.values("pk")[:1]))

    @admin.display(description=gettext_lazy("stream"), ordering="stream_name")
    def stream(self, row: Any) -> SafeString | str:
        if row.channel_id is None:
            return str(row.stream_name)
        return link(reverse("admin:channels_channel_change", args=[row.channel_id]), row.stream_name)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, row: PushedStream) -> SafeString:
        return mark(TONES[row.state], row.get_state_display())

    @admin.display(description=gettext_lazy("since"), ordering="since")
    def changed(self, row: PushedStream) -> SafeString:
        return ago(row.since)

    @admin.display(description=gettext_lazy("next attempt"), ordering="due_at")
    def next_attempt(self, row: PushedStream) -> str:
        due = timezone.localtime(row.due_at)
        return "–" if row.state == PushedStream.State.LIVE else date_format(due, "SHORT_DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("last error"))
    def why(self, row: PushedStream) -> str:
        return Truncator(row.last_error).chars(200)
