"""What the subscriber list can be narrowed to."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from subscribers.models import OutboxEntry


class TariffFilter(admin.RelatedFieldListFilter):
    """Filter by tariff; "no tariff" is one of the choices."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "tariff"
        self.empty_value_display = SafeString("no tariff")


class ValidityFilter(admin.SimpleListFilter):
    title = "validity"
    parameter_name = "validity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("now", "valid now"), ("lapsed", "lapsed"), ("later", "not yet valid")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        now = timezone.now()
        match self.value():
            case "now":
                return queryset.valid_at(now)
            case "lapsed":
                return queryset.lapsed_at(now)
            case "later":
                return queryset.filter(valid_from__gt=now)
        return queryset


class DeliveryFilter(admin.SimpleListFilter):
    title = "delivery"
    parameter_name = "delivery"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failing", "failing"), ("pending", "pending or failing"), ("delivered", "delivered")]

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
