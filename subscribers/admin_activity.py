"""The activities of subscribers in the admin: to be read by those who may, as addresses and players are personal."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.admin_base import PagesByKeys, RecordAdmin
from channels.admin_display import link
from subscribers.activity_models import Activity, SubscriberDay
from subscribers.admin_charts import DAYS, bytes_chart, views_chart
from subscribers.models import Subscriber
from subscribers.statistics import by_day

VIEW_ACTIVITY = "subscribers.view_activity"
MOST_LISTED = 10_000
MOST_FOUND = 1_000
SHOWN = 20


class NewestPages(PagesByKeys):
    """The newest that fit: to count millions takes seconds, and nobody turns so many pages."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[:MOST_LISTED].count())


class SubscriberFilter(admin.SimpleListFilter):
    """One subscriber; it is there only where a subscriber's page has led to it."""

    title = gettext_lazy("subscriber")
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = request.GET.get(self.parameter_name, "")
        subscriber = Subscriber.objects.filter(pk=value).first() if _is_key(value) else None
        return [(value, str(subscriber))] if subscriber else []

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value() or ""
        return queryset.filter(subscriber=value) if _is_key(value) else queryset


@admin.register(Activity)
class ActivityAdmin(RecordAdmin):
    heading = gettext_lazy("Activity")
    empty_text = gettext_lazy("What players do appears here within seconds. Nothing is kept where ACTIVITY_DAYS is 0.")
    list_display = ("when", "whose", "did", "duration", "traffic", "player")
    list_display_links = None
    list_filter = ("kind", ("last_at", admin.DateFieldListFilter), SubscriberFilter)
    list_select_related = ("subscriber", "channel")
    paginator = NewestPages
    search_fields = ("subscriber__agreement_number",)
    search_help_text = gettext_lazy("Name, agreement number or user name")
    show_facets = admin.ShowFacets.NEVER  # nor are they counted by kind
    sortable_by = ()  # any other order would have to read all of them
    fields = (
        "subscriber",
        "kind",
        "what",
        "protocol",
        "address",
        "user_agent",
        "started_at",
        "last_at",
        "times",
        "bytes",
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Activity]":
        return super().get_queryset(request).defer("channel__tvg_logo")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Look for subscribers first: their index finds them, and theirs the activities."""
        if not search_term.strip():
            return queryset, False
        found = Subscriber.objects.search(search_term).order_by().values_list("pk", flat=True)
        return queryset.filter(subscriber__in=list(found[:MOST_FOUND])), False

    @admin.display(description=gettext_lazy("last sign"))
    def when(self, activity: Activity) -> str:
        return date_format(timezone.localtime(activity.last_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("subscriber"))
    def whose(self, activity: Activity) -> SafeString:
        page = reverse("admin:subscribers_subscriber_change", args=[activity.subscriber_id])
        return link(page, activity.subscriber)

    @admin.display(description=gettext_lazy("what"))
    def did(self, activity: Activity) -> SafeString:
        return with_under(what_of(activity), channel_of(activity))

    @admin.display(description=gettext_lazy("channel"))
    def what(self, activity: Activity) -> SafeString | str:
        return channel_of(activity)

    @admin.display(description=gettext_lazy("player"))
    def player(self, activity: Activity) -> SafeString:
        return with_under(activity.user_agent, activity.address or "")

    @admin.display(description=gettext_lazy("duration"))
    def duration(self, activity: Activity) -> str:
        return duration_of(activity)

    @admin.display(description=gettext_lazy("traffic"))
    def traffic(self, activity: Activity) -> str:
        return filesizeformat(activity.bytes) if activity.bytes else ""


def what_of(activity: Activity) -> str:
    """Return what it was, and how often within the hour."""
    kind = str(Activity.Kind(activity.kind).label)
    return kind if activity.kind == Activity.Kind.SESSION or activity.times == 1 else f"{kind} ×{activity.times}"


def with_under(text: str, under: SafeString | str) -> SafeString:
    return format_html('{}<span class="under">{}</span>', text, under)


def channel_of(activity: Activity) -> SafeString | str:
    if activity.channel:
        return link(reverse("admin:channels_channel_change", args=[activity.channel.pk]), activity.channel)
    return _("a deleted one") if activity.channel_id else ""


def duration_of(activity: Activity) -> str:
    """Return how long a stream was watched; requests have none."""
    if activity.kind != Activity.Kind.SESSION:
        return ""
    return timesince(activity.started_at, activity.last_at, depth=1)


def panel_of(request: HttpRequest, subscriber: Subscriber) -> dict[str, Any]:
    """Return what a subscriber's page shows of activity, where this account may see it."""
    if not request.user.has_perm(VIEW_ACTIVITY):
        return {}
    rows = subscriber.activities.select_related("channel").defer("channel__tvg_logo")[:SHOWN]
    days = by_day(SubscriberDay.objects.filter(subscriber=subscriber), today=timezone.localdate(), days=DAYS)
    return {
        "sees_activity": True,
        "activities": [(row, what_of(row), channel_of(row), duration_of(row)) for row in rows],
        "activity_charts": [views_chart(days), bytes_chart(days)],
    }


def _is_key(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 19
