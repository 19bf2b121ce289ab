"""What Flussonic was answered, in the admin: why somebody was refused, without a look into logs."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.admin_base import PagesByKeys, RecordAdmin
from channels.admin_display import link, mark
from integrations.flussonic.reasons import Reason
from integrations.models import AuthDecision
from integrations.refused_askers import refused_askers
from subscribers.admin_activity import VIEW_ACTIVITY, SubscriberFilter, with_under
from subscribers.models import Subscriber

MOST_FOUND = 1_000


@admin.register(AuthDecision)
class AuthDecisionAdmin(RecordAdmin):
    heading = gettext_lazy("Answers to Flussonic")
    empty_text = gettext_lazy(
        "Flussonic has asked nothing yet. How it can ask this service who may watch: docs/authorisation.md."
    )
    list_display = ("when", "answer", "whose", "stream", "asked")
    list_display_links = None
    list_filter = ("reason", SubscriberFilter)
    list_select_related = ("subscriber",)
    paginator = PagesByKeys
    search_fields = ("stream_name",)
    search_help_text = gettext_lazy("Stream or subscriber")
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    fields = ("at", "subscriber", "stream_name", "reason", "is_archive", "request_type", "protocol", "session_id")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show besides the list what is not in it."""
        notes = {"sample": f"{settings.AUTH_DECISIONS_SAMPLE:g}", "refused_askers": refused_askers()}
        return super().changelist_view(request, {**(extra_context or {}), **notes})

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Addresses are personal: they are for those who may see activity."""
        return (*self.list_display, "address") if request.user.has_perm(VIEW_ACTIVITY) else self.list_display

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.fields, "address") if request.user.has_perm(VIEW_ACTIVITY) else self.fields

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Look for subscribers first: their index finds them."""
        if not search_term.strip():
            return queryset, False
        found = list(Subscriber.objects.search(search_term).order_by().values_list("pk", flat=True)[:MOST_FOUND])
        by_stream = queryset.filter(stream_name__icontains=search_term.strip())
        return by_stream | queryset.filter(subscriber__in=found), False

    @admin.display(description=gettext_lazy("time"))
    def when(self, row: AuthDecision) -> str:
        return date_format(timezone.localtime(row.at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("answer"))
    def answer(self, row: AuthDecision) -> SafeString:
        return mark("good" if row.reason == Reason.ALLOWED else "bad", row.get_reason_display())

    @admin.display(description=gettext_lazy("subscriber"))
    def whose(self, row: AuthDecision) -> SafeString | str:
        if row.subscriber is None:
            return "–"
        return link(reverse("admin:subscribers_subscriber_change", args=[row.subscriber_id]), row.subscriber)

    @admin.display(description=gettext_lazy("stream"))
    def stream(self, row: AuthDecision) -> SafeString:
        return with_under(row.stream_name, _("archive") if row.is_archive else "")

    @admin.display(description=gettext_lazy("request"))
    def asked(self, row: AuthDecision) -> SafeString:
        return with_under(row.request_type, row.protocol)
