"""The form of a subscriber: moments with a usual time, and channels of their own, however many there are."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AdminIntegerFieldWidget, AdminSplitDateTime, AutocompleteSelectMultiple
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from channels.models import Channel
from subscribers.bulk_services import LAST_END
from subscribers.models import MOST_SESSIONS, Subscriber, default_max_sessions
from subscribers.usernames import check_username

DAY_ENDS = time(23, 59, 59)


class MomentField(forms.SplitDateTimeField):
    """A date and a time of day; a date alone means the usual time."""

    def __init__(self, *, usual_time: time, label: Any, help_text: Any, date_label: Any, time_label: Any) -> None:
        widget = AdminSplitDateTime()
        for part, name in zip(widget.widgets, (date_label, time_label), strict=True):
            part.attrs["aria-label"] = name
        super().__init__(required=False, widget=widget, label=label, help_text=help_text)
        self.usual_time = usual_time

    def compress(self, data_list: Any) -> datetime | None:
        if data_list and data_list[0] and data_list[1] in self.empty_values:
            data_list = [data_list[0], self.usual_time]
        moment = super().compress(data_list)
        if moment and moment > LAST_END:
            raise forms.ValidationError(_("This is beyond the calendar: choose an earlier day, or leave it empty."))
        return moment


class SubscriberForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none at run time
    max_sessions = forms.IntegerField(
        initial=default_max_sessions,
        min_value=1,
        max_value=MOST_SESSIONS,
        label=_("Max sessions"),
        help_text=_("How many streams may run at the same time: 1 to 100."),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), _("Sessions must be a number from 1 to 100.")
        ),
        widget=AdminIntegerFieldWidget,
    )
    valid_from = MomentField(
        usual_time=time.min,
        label=_("Valid from"),
        date_label=_("Valid from, date"),
        time_label=_("Valid from, time"),
        help_text=_("Empty: from now on. A date without a time means the beginning of that day."),
    )
    valid_until = MomentField(
        usual_time=DAY_ENDS,
        label=_("Valid until"),
        date_label=_("Valid until, date"),
        time_label=_("Valid until, time"),
        help_text=_("Empty: no end. A date without a time means the end of that day."),
    )

    class Meta:
        model = Subscriber
        fields = ("first_name", "last_name", "agreement_number")
        help_texts = {"username": _("Players log in with it and the password. Latin letters, digits and . _ @ -")}

    def clean_username(self) -> str | None:
        """Names from before this rule stay."""
        username: str | None = self.cleaned_data["username"]
        if username and username != self.instance.username:
            check_username(username)
        return username


class OwnChannelsSelect(AutocompleteSelectMultiple):
    """Looks among the channels of one subscriber."""

    subscriber_id = 0

    def get_url(self) -> str:
        return reverse("admin:subscribers_subscriber_own_channels", args=[self.subscriber_id])


class ManyChannelsForm(SubscriberForm):
    """What is sent of thousands of channels is what changes: those to add, and those to take away."""

    by_difference = forms.BooleanField(initial=True, required=False, widget=forms.HiddenInput)
    add_channels = forms.ModelMultipleChoiceField(
        Channel.objects.defer("tvg_logo"),
        required=False,
        label=_("Add channels"),
        help_text=_("Search among all channels."),
        widget=AutocompleteSelectMultiple(Subscriber.channels.field, admin.site),
    )
    remove_channels = forms.ModelMultipleChoiceField(
        Channel.objects.none(),
        required=False,
        label=_("Take channels away"),
        help_text=_("Search among the subscriber's own channels."),
        widget=OwnChannelsSelect(Subscriber.channels.field, admin.site),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Not their own alone: what somebody else has taken away meanwhile is no mistake.
        taken: Any = self.fields["remove_channels"]
        taken.queryset = Channel.objects.defer("tvg_logo")
        taken.widget.subscriber_id = self.instance.pk

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]  # the stubs leave it out
        self.instance.channels.remove(*self.cleaned_data["remove_channels"])
        self.instance.channels.add(*self.cleaned_data["add_channels"])


class OwnChannelsView(AutocompleteJsonView):
    """Answers `OwnChannelsSelect`."""

    def get_queryset(self) -> "QuerySet[Channel]":
        found: QuerySet[Channel] = super().get_queryset()
        return found.filter(
            pk__in=Subscriber.channels.through.objects.filter(subscriber=self.kwargs["pk"]).values("channel")
        )
