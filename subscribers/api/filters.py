"""Filters of the list of users."""

from datetime import UTC, date, datetime, time
from typing import Any

import django_filters
from django import forms
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from catalog.models import Package, Tariff
from playlist_project.api.filters import MAX_SEARCH
from subscribers.models import Subscriber, SubscriberQuerySet


class MomentField(forms.Field):
    """A date, which begins at midnight UTC, or a moment; one without an offset is in UTC."""

    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        try:
            moment = parse_datetime(value) or parse_date(value)
        except ValueError:
            moment = None
        if isinstance(moment, date) and not isinstance(moment, datetime):
            moment = datetime.combine(moment, time.min, UTC)
        if moment is None:
            raise forms.ValidationError(_("Give a date or a moment, such as 2026-12-31 or 2026-12-31T23:59:59Z."))
        try:
            # PostgreSQL knows no offsets beyond 16 hours.
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except OverflowError as exc:
            raise forms.ValidationError(_("This moment is beyond all calendars.")) from exc


class MomentFilter(django_filters.Filter):  # type: ignore[misc]  # it ships no types
    field_class = MomentField


class UserFilter(django_filters.FilterSet):  # type: ignore[misc]  # it ships no types
    search = django_filters.CharFilter(
        method="matching", max_length=MAX_SEARCH, label="Words in names, agreement number or user name."
    )
    status = django_filters.ChoiceFilter(choices=Subscriber.Status.choices)
    tariff_id = django_filters.ModelChoiceFilter(queryset=Tariff.objects.all(), field_name="tariffs")
    package_id = django_filters.ModelChoiceFilter(
        queryset=Package.objects.all(), field_name="packages", label="Held directly; not by a tariff."
    )
    valid_on = MomentFilter(method="valid", label="Whose dates include this moment, whatever their status.")
    expiring_before = MomentFilter(method="expiring", label="Whose end lies before this moment; open ends do not.")

    class Meta:
        model = Subscriber
        fields = ()

    def matching(self, users: SubscriberQuerySet, name: str, value: str) -> SubscriberQuerySet:
        return users.search(value)

    def valid(self, users: SubscriberQuerySet, name: str, value: datetime) -> SubscriberQuerySet:
        return users.valid_at(value)

    def expiring(self, users: SubscriberQuerySet, name: str, value: datetime) -> SubscriberQuerySet:
        return users.ending_before(value)
