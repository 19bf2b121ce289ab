"""What the subscriber list can be narrowed to."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import Tariff
from subscribers.feed.together import changed_in
from subscribers.models import SOON_DAYS, OutboxEntry, Subscriber

TARIFFS_AS_LINKS = 15


class TariffFilter(admin.RelatedFieldListFilter):
    """Filter by tariff; "no tariff" is one of the choices. Many tariffs are searched in and not listed."""

    template = "admin/subscribers/subscriber/tariff_filter.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("tariff")
        self.empty_value_display = _("no tariff")  # type: ignore[assignment]

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        tariffs = Tariff.objects.values_list("pk", "name")
        few = [(str(pk), name) for pk, name in tariffs[: TARIFFS_AS_LINKS + 1]]
        self.are_many = len(few) > TARIFFS_AS_LINKS
        self.present = request.GET.copy()
        if not self.are_many:
            return few
        chosen = [value for value in self.lookup_val or () if value.isascii() and value.isdecimal()]
        return [(str(pk), name) for pk, name in tariffs.filter(pk__in=chosen)] if chosen else []

    def has_output(self) -> bool:
        return True

    def field_to_search_in(self) -> Any:
        """Return a drop-down that looks tariffs up, named as the filter's own parameter."""
        field = forms.ModelChoiceField(
            Tariff.objects.all(),
            required=False,
            widget=AutocompleteSelect(Subscriber.tariffs.field, admin.site),
            label=_("Search for a tariff"),
        )
        form = forms.Form(auto_id="filter_%s")
        form.fields[self.lookup_kwarg] = field
        return form[self.lookup_kwarg]

    def others(self) -> list[tuple[str, str]]:
        """Return the list's other parameters, which stay as they are."""
        mine = {self.lookup_kwarg, self.lookup_kwarg_isnull, "p"}
        return [(name, value) for name, values in self.present.lists() if name not in mine for value in values]


class ValidityFilter(admin.SimpleListFilter):
    title = gettext_lazy("validity")
    parameter_name = "validity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        soon = ngettext("ends within %(number)s day", "ends within %(number)s days", SOON_DAYS) % {"number": SOON_DAYS}
        return [("now", _("valid now")), ("soon", soon), ("lapsed", _("lapsed")), ("later", _("not yet valid"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        now = timezone.now()
        match self.value():
            case "now":
                return queryset.valid_at(now)
            case "soon":
                return queryset.ending_within(now, days=SOON_DAYS)
            case "lapsed":
                return queryset.lapsed_at(now)
            case "later":
                return queryset.filter(valid_from__gt=now)
        return queryset


class DeliveryFilter(admin.SimpleListFilter):
    title = gettext_lazy("delivery")
    parameter_name = "delivery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failing", _("failing")), ("pending", _("pending or failing")), ("delivered", _("delivered"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        waiting = OutboxEntry.objects.filter(subscriber_id=OuterRef("pk"))
        match self.value():
            case "failing":
                return queryset.filter(Exists(waiting.failing()))
            case "pending":
                return queryset.filter(Exists(waiting))
            case "delivered":
                return queryset.filter(~Exists(waiting))
        return queryset


class ChangedTogetherFilter(admin.SimpleListFilter):
    """Those whom one action has changed; it is there only where an action's message has led to it."""

    title = gettext_lazy("action")
    parameter_name = "changed_in"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = request.GET.get(self.parameter_name)
        return [(value, _("changed by one action"))] if value else []

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        try:
            context_id = UUID(self.value())
        except ValueError as exc:
            raise IncorrectLookupParameters from exc
        return queryset.filter(pk__in=changed_in(context_id).order_by().values("pk"))
