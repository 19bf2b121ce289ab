"""Subscribers in the admin, and the tokens that the Auth Service has yet to hear of."""

from functools import partial
from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from channels.admin_base import RecordAdmin
from channels.admin_deletion import CountedDeletionAdmin
from channels.admin_display import ago, link, mark
from integrations.auth_service.delivery import deliver_subscriber
from subscribers.admin_csv.export import CsvExportMixin
from subscribers.admin_csv.imports import SubscriberImportAdmin
from subscribers.admin_filters import DeliveryFilter, TariffFilter, ValidityFilter
from subscribers.admin_pages import SubscriberPagesMixin
from subscribers.models import OutboxEntry, Subscriber, SubscriberImport, SubscriberQuerySet
from subscribers.services import usual_end

# Each one is a field of the form's POST, of which Django takes a thousand.
MOST_CHANNELS_IN_A_FORM = 300

admin.site.register(SubscriberImport, SubscriberImportAdmin)


@admin.register(Subscriber)
class SubscriberAdmin(CsvExportMixin, SubscriberPagesMixin, CountedDeletionAdmin):
    heading = "Users"
    list_display = (
        "name",
        "agreement_number",
        "tariff_names",
        "max_sessions",
        "validity",
        "state",
        "delivery",
        "playlist",
    )
    list_filter = ("status", ValidityFilter, DeliveryFilter, ("tariffs", TariffFilter))
    search_fields = Subscriber.SEARCHED
    search_help_text = "Name, agreement number or user name"
    autocomplete_fields = ("tariffs", "packages", "channels")
    actions = ("delete_selected",)
    readonly_fields = ("many_channels", "last_access", "bytes_used", "created_at", "updated_at")
    fieldsets = (
        ("Subscriber", {"fields": (("last_name", "first_name"), "agreement_number")}),
        ("Access", {"fields": ("status", "max_sessions", "valid_from", "valid_until")}),
        ("What they may watch", {"fields": ("tariffs", "packages", "channels")}),
        ("More", {"classes": ("collapse",), "fields": ("username", "email", "external_id", "notes")}),
    )

    def get_queryset(self, request: HttpRequest) -> SubscriberQuerySet:
        waiting = OutboxEntry.objects.filter(subscriber_id=OuterRef("pk"))
        subscribers = cast(SubscriberQuerySet, super().get_queryset(request))
        return subscribers.prefetch_related("tariffs").annotate(waits=Exists(waiting), fails=Exists(waiting.failing()))

    def get_fieldsets(self, request: HttpRequest, obj: Subscriber | None = None) -> list[Any]:
        fieldsets = list(super().get_fieldsets(request, obj))
        if obj is None:
            return fieldsets
        if obj.channels.count() > MOST_CHANNELS_IN_A_FORM:
            fieldsets[2] = ("What they may watch", {"fields": ("tariffs", "packages", "many_channels")})
        return [*fieldsets, ("Record", {"fields": ("last_access", "bytes_used", "created_at", "updated_at")})]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"valid_until": usual_end(timezone.now()), **super().get_changeform_initial_data(request)}

    def delete_model(self, request: HttpRequest, obj: Subscriber) -> None:
        subscriber_id = obj.pk
        super().delete_model(request, obj)
        transaction.on_commit(partial(self._deliver, request, subscriber_id))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.has_changed():
            transaction.on_commit(partial(self._deliver, request, form.instance.pk))

    def _deliver(self, request: HttpRequest, pk: int) -> None:
        self.tell_delivery(request, deliver_subscriber(pk))

    def touched_by_deleting(self, ids: list[int]) -> list[str]:
        return [
            "Playlists that stop working at once: " + str(len(ids)),
            "Tokens to be removed from the Auth Service: " + str(len(ids)),
        ]

    @admin.display(description="name", ordering="last_name")
    def name(self, subscriber: Subscriber) -> str:
        return f"{subscriber.last_name} {subscriber.first_name}"

    @admin.display(description="tariffs")
    def tariff_names(self, subscriber: Subscriber) -> str:
        return ", ".join(tariff.name for tariff in subscriber.tariffs.all())

    @admin.display(description="validity", ordering="valid_until")
    def validity(self, subscriber: Subscriber) -> SafeString:
        now = timezone.now()
        if subscriber.valid_until and subscriber.valid_until <= now:
            return mark("bad", f"lapsed {_day(subscriber.valid_until)}")
        if subscriber.valid_from and subscriber.valid_from > now:
            return mark("off", f"from {_day(subscriber.valid_from)}")
        return mark("good", f"until {_day(subscriber.valid_until)}" if subscriber.valid_until else "no end")

    @admin.display(description="status", ordering="status")
    def state(self, subscriber: Subscriber) -> SafeString:
        enabled = subscriber.status == Subscriber.Status.ENABLED
        return mark("good" if enabled else "off", subscriber.get_status_display())

    @admin.display(description="delivery")
    def delivery(self, subscriber: Any) -> SafeString:
        if not settings.AUTH_SERVICE_URL:
            return mark("off", "not configured")
        if subscriber.fails:
            return mark("bad", "failing")
        return mark("busy", "pending") if subscriber.waits else mark("good", "delivered")

    @admin.display(description="playlist")
    def playlist(self, subscriber: Subscriber) -> SafeString:
        return link(reverse("admin:subscribers_subscriber_playlist", args=[subscriber.pk]), "Download")

    @admin.display(description="Channels")
    def many_channels(self, subscriber: Subscriber) -> str:
        return f"{subscriber.channels.count()} channels of their own: too many for this form, see the list below."


@admin.register(OutboxEntry)
class OutboxEntryAdmin(RecordAdmin):
    heading = "Changes to deliver"
    list_display = ("subscriber", "stale", "next_attempt", "attempts", "failing", "last_error")
    list_display_links = None
    fields = ("subscriber_id", "stale_since", "due_at", "attempts", "failing_since", "last_error")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[OutboxEntry]":
        named = Subscriber.objects.filter(pk=OuterRef("subscriber_id"))
        name = Concat("last_name", Value(" "), "first_name")
        entries: models.QuerySet[OutboxEntry] = super().get_queryset(request)
        return entries.annotate(subscriber_name=Subquery(named.values_list(name)))

    @admin.display(description="subscriber")
    def subscriber(self, entry: Any) -> str:
        if entry.subscriber_name is None:
            return "a deleted one"
        return link(reverse("admin:subscribers_subscriber_change", args=[entry.subscriber_id]), entry.subscriber_name)

    @admin.display(description="stale for", ordering="stale_since")
    def stale(self, entry: OutboxEntry) -> SafeString:
        return ago(entry.stale_since)

    @admin.display(description="next attempt", ordering="due_at")
    def next_attempt(self, entry: OutboxEntry) -> str:
        return date_format(timezone.localtime(entry.due_at), "H:i:s")

    @admin.display(description="failing", ordering="failing_since")
    def failing(self, entry: OutboxEntry) -> SafeString:
        return mark("bad", "yes") if entry.failing_since else mark("busy", "no")


def _day(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d")
