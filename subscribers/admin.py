"""Subscribers in the admin, and the tokens that the Auth Service has yet to hear of."""

from functools import partial
from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from channels.admin_base import RecordAdmin
from channels.admin_deletion import CountedDeletionAdmin
from channels.admin_display import ago, link, mark
from channels.models import Channel
from integrations.auth_service.delivery import deliver_subscriber
from subscribers import admin_activity, admin_session_checks  # noqa: F401  # they register their lists
from subscribers.admin_actions import ACTIONS
from subscribers.admin_columns import SubscriberColumnsMixin
from subscribers.admin_csv.export import CsvExportMixin
from subscribers.admin_csv.imports import SubscriberImportAdmin
from subscribers.admin_filters import ChangedTogetherFilter, DeliveryFilter, TariffFilter, ValidityFilter
from subscribers.admin_form import ManyChannelsForm, SubscriberForm
from subscribers.admin_pages import SubscriberPagesMixin
from subscribers.models import OutboxEntry, Subscriber, SubscriberImport, SubscriberQuerySet
from subscribers.services import usual_end

# Each one is a field of the form's POST, of which Django takes a thousand.
MOST_CHANNELS_IN_A_FORM = 300

admin.site.register(SubscriberImport, SubscriberImportAdmin)


@admin.register(Subscriber)
class SubscriberAdmin(CsvExportMixin, SubscriberColumnsMixin, SubscriberPagesMixin, CountedDeletionAdmin):
    heading = gettext_lazy("Users")
    form = SubscriberForm
    list_display = ("name", "agreement_number", "tariff_names", "sessions", "validity", "state", "delivery")
    list_filter = ("status", ("tariffs", TariffFilter), ValidityFilter, DeliveryFilter, ChangedTogetherFilter)
    search_fields = Subscriber.SEARCHED
    search_help_text = gettext_lazy("Name, agreement number or user name")
    autocomplete_fields = ("tariffs", "packages", "channels")
    actions = (*ACTIONS, "delete_selected")
    readonly_fields = ("many_channels", "last_access", "traffic", "created_at", "updated_at")
    fieldsets = (
        (gettext_lazy("Subscriber"), {"fields": (("last_name", "first_name"), "agreement_number")}),
        (gettext_lazy("Access"), {"fields": ("status", "max_sessions", "valid_from", "valid_until")}),
        (gettext_lazy("What they may watch"), {"fields": ("tariffs", "packages", "channels")}),
        (
            gettext_lazy("Contact and notes"),
            {"classes": ("collapse",), "fields": ("username", "email", "external_id", "notes")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> SubscriberQuerySet:
        waiting = OutboxEntry.objects.filter(subscriber_id=OuterRef("pk"))
        subscribers = cast(SubscriberQuerySet, super().get_queryset(request))
        return subscribers.prefetch_related("tariffs").annotate(waits=Exists(waiting), fails=Exists(waiting.failing()))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        if not settings.AUTH_SERVICE_URL:
            actions.pop("send_again", None)
        return actions

    def get_fieldsets(self, request: HttpRequest, obj: Subscriber | None = None) -> list[Any]:
        fieldsets = list(super().get_fieldsets(request, obj))
        if obj is None:
            return fieldsets
        if self._by_difference(request, obj):
            fields: list[Any] = ["tariffs", "packages", "many_channels"]
            if self.has_change_permission(request, obj):
                fields += ["add_channels", "remove_channels", "by_difference"]
            fieldsets[2] = (fieldsets[2][0], {"fields": fields})
        record = {"fields": ("last_access", "traffic", "created_at", "updated_at")}
        return [*fieldsets, (gettext_lazy("Record"), record)]

    def get_form(self, request: HttpRequest, obj: Subscriber | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj and self.has_change_permission(request, obj) and self._by_difference(request, obj):
            kwargs["form"] = ManyChannelsForm
        return super().get_form(request, obj, change, **kwargs)

    @staticmethod
    def _by_difference(request: HttpRequest, obj: Subscriber) -> bool:
        """Tell which form it is; what comes back is of the form that was shown, however many there are by now."""
        if request.method == "POST" and ("by_difference" in request.POST or "channels" in request.POST):
            return "by_difference" in request.POST
        return obj.channels.count() > MOST_CHANNELS_IN_A_FORM

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "channels":
            kwargs["queryset"] = Channel.objects.defer("tvg_logo")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

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
        count = {"count": len(ids)}
        return [
            _("Playlists that stop working at once: %(count)s") % count,
            _("Tokens to be removed from the Auth Service: %(count)s") % count,
        ]

    @admin.display(description=gettext_lazy("bandwidth used"))
    def traffic(self, subscriber: Subscriber) -> str:
        return str(filesizeformat(subscriber.bytes_used))

    @admin.display(description=gettext_lazy("Channels"))
    def many_channels(self, subscriber: Subscriber) -> str:
        count = subscriber.channels.count()
        text = ngettext(
            "%(count)s channel of their own, see the list below.",
            "%(count)s channels of their own, see the list below.",
            count,
        )
        return text % {"count": count}


@admin.register(OutboxEntry)
class OutboxEntryAdmin(RecordAdmin):
    heading = gettext_lazy("Changes to deliver")
    empty_text = gettext_lazy("Nothing waits: the Auth Service knows all that it should.")
    list_display = ("subscriber", "stale", "next_attempt", "attempts", "failing", "last_error")
    list_display_links = None
    fields = ("subscriber_id", "stale_since", "due_at", "attempts", "failing_since", "last_error")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[OutboxEntry]":
        named = Subscriber.objects.filter(pk=OuterRef("subscriber_id"))
        name = Concat("last_name", Value(" "), "first_name")
        entries: models.QuerySet[OutboxEntry] = super().get_queryset(request)
        return entries.annotate(subscriber_name=Subquery(named.values_list(name)))

    @admin.display(description=gettext_lazy("subscriber"))
    def subscriber(self, entry: Any) -> str:
        if entry.subscriber_name is None:
            return _("a deleted one")
        return link(reverse("admin:subscribers_subscriber_change", args=[entry.subscriber_id]), entry.subscriber_name)

    @admin.display(description=gettext_lazy("stale for"), ordering="stale_since")
    def stale(self, entry: OutboxEntry) -> SafeString:
        return ago(entry.stale_since)

    @admin.display(description=gettext_lazy("next attempt"), ordering="due_at")
    def next_attempt(self, entry: OutboxEntry) -> str:
        return date_format(timezone.localtime(entry.due_at), "H:i:s")

    @admin.display(description=gettext_lazy("failing"), ordering="failing_since")
    def failing(self, entry: OutboxEntry) -> SafeString:
        return mark("bad", _("yes")) if entry.failing_since else mark("busy", _("no"))
