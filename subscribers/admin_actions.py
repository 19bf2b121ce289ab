"""What can be done to many subscribers at once: each action says first how many it changes, then where to see them."""

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

import pghistory
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from catalog.models import Tariff
from channels.admin_base import AnyModelAdmin
from channels.admin_pages import CONFIRMED, Counts, action_page
from playlist_project.api.idempotency import done_once
from subscribers import bulk_services
from subscribers.admin_action_words import ADD_TARIFF, DISABLE, ENABLE, REMOVE_TARIFF
from subscribers.models import OutboxEntry, Subscriber, SubscriberQuerySet

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

MOST_DAYS = 3650


class DaysForm(forms.Form):
    days = forms.IntegerField(min_value=1, max_value=MOST_DAYS, initial=30, label=gettext_lazy("Days"))
    key = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)
    """Of this confirmation: sent twice, it extends once."""


class TariffForm(forms.Form):
    tariff = forms.ModelChoiceField(
        Tariff.objects.all(),
        label=gettext_lazy("Tariff"),
        widget=AutocompleteSelect(Subscriber.tariffs.field, admin.site),
    )


@admin.action(description=gettext_lazy("Enable…"), permissions=["change"])
def enable(model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Subscriber]") -> HttpResponse | None:
    return _set_status(model_admin, request, queryset, Subscriber.Status.ENABLED)


@admin.action(description=gettext_lazy("Disable…"), permissions=["change"])
def disable(model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Subscriber]") -> HttpResponse | None:
    return _set_status(model_admin, request, queryset, Subscriber.Status.DISABLED)


def _set_status(
    model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Subscriber]", status: Subscriber.Status
) -> HttpResponse | None:
    enabling = status == Subscriber.Status.ENABLED
    words = ENABLE if enabling else DISABLE
    chosen, now = _chosen(queryset), timezone.now()
    if CONFIRMED in request.POST:
        count, seen = _changed(lambda: bulk_services.set_status(chosen, status, now=now))
        _tell(request, words.done, count, seen)
        return None
    already = chosen.filter(status=status).count()
    if enabling:
        notes = _lapsed_note(chosen.exclude(status=status).lapsed_at(now).count())
    else:
        notes = [_("Their playlists stop at once, and their streams as soon as the Auth Service has heard of it.")]
    return action_page(
        model_admin,
        request,
        queryset,
        action="enable" if enabling else "disable",
        title=words.title,
        button=words.button,
        counts=Counts(already, words.stay, notes),
        dangerous=not enabling,
    )


def _lapsed_note(count: int) -> list[str]:
    text = ngettext(
        "%(count)s of them has lapsed, and can watch only once extended.",
        "%(count)s of them have lapsed, and can watch only once extended.",
        count,
    )
    return [text % {"count": count}] if count else []


@admin.action(description=gettext_lazy("Extend…"), permissions=["change"])
def extend(model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Subscriber]") -> HttpResponse | None:
    chosen = _chosen(queryset)
    form = DaysForm(request.POST if CONFIRMED in request.POST else None)
    if form.is_valid():
        _extend(request, chosen, **form.cleaned_data)
        return None
    endless = chosen.filter(valid_until__isnull=True).count()
    why = ngettext_lazy(
        "%(count)s has no end, and stays as it is.", "%(count)s have no end, and stay as they are.", "count"
    )
    return action_page(
        model_admin,
        request,
        queryset,
        form,
        action="extend",
        title=_("Extend subscribers"),
        button=ngettext_lazy("Extend %(count)s subscriber", "Extend %(count)s subscribers", "count"),
        counts=Counts(endless, why, [_("The days count from the end of validity; where that has passed, from now.")]),
    )


def _extend(request: HttpRequest, chosen: SubscriberQuerySet, *, days: int, key: Any) -> None:
    def change() -> dict[str, Any]:
        too_far = chosen.filter(valid_until__isnull=False).count() - bulk_services.extendable(chosen, days=days).count()
        count, seen = _changed(lambda: bulk_services.extend(chosen, days=days, now=timezone.now()))
        return {"count": count, "too_far": too_far, "seen": seen}

    rows = sorted(request.POST.getlist(ACTION_CHECKBOX_NAME))
    asked = sha256(f"{days} {request.get_full_path()} {rows}".encode()).hexdigest()
    record, is_new = done_once(request.user.pk, f"admin extend {key}", asked, change)
    result: Any = record.result
    if record.request_digest != asked:
        messages.error(
            request, _("Nothing was done: this page was sent before. Choose the action again to extend more.")
        )
        return
    if not is_new:
        messages.warning(request, _("This page was sent twice; the days were added once."))
    if too_far := result["too_far"]:
        text = ngettext(
            "%(count)s subscriber would end beyond the year 9999, and stays as it is.",
            "%(count)s subscribers would end beyond the year 9999, and stay as they are.",
            too_far,
        )
        messages.warning(request, text % {"count": too_far})
    count = result["count"]
    text = ngettext("%(count)s subscriber was extended.", "%(count)s subscribers were extended.", count)
    _tell(request, text, count, result["seen"])


@admin.action(description=gettext_lazy("Add a tariff…"), permissions=["change"])
def add_tariff(
    model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Subscriber]"
) -> HttpResponse | None:
    return _change_tariff(model_admin, request, queryset, "add_tariff")


@admin.action(description=gettext_lazy("Remove a tariff…"), permissions=["change"])
def remove_tariff(
    model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Subscriber]"
) -> HttpResponse | None:
    return _change_tariff(model_admin, request, queryset, "remove_tariff")


def _change_tariff(
    model_admin: AnyModelAdmin,
    request: HttpRequest,
    queryset: "QuerySet[Subscriber]",
    action: Literal["add_tariff", "remove_tariff"],
) -> HttpResponse | None:
    """Ask for a tariff, then say how many it would be given to or taken from, then do it."""
    adding = action == "add_tariff"
    form = TariffForm(request.POST if "tariff" in request.POST else None)
    if not form.is_valid():
        title = _("Add a tariff") if adding else _("Remove a tariff")
        return action_page(
            model_admin, request, queryset, form, action=action, title=title, button=_("Next"), hidden={}
        )
    chosen, tariff = _chosen(queryset), form.cleaned_data["tariff"]
    words = ADD_TARIFF if adding else REMOVE_TARIFF
    if CONFIRMED in request.POST:
        change = bulk_services.add_tariff if adding else bulk_services.remove_tariff
        count, seen = _changed(lambda: change(chosen, tariff))
        _tell(request, words.done, count, seen, tariff=tariff)
        return None
    having = Subscriber.tariffs.through.objects.filter(tariff=tariff).values("subscriber")
    held = chosen.filter(pk__in=having).count()
    stay = held if adding else chosen.count() - held
    notes = [] if adding else [_("They keep the channels that something else of theirs gives them too.")]
    return action_page(
        model_admin,
        request,
        queryset,
        action=action,
        title=words.title % {"tariff": tariff},
        button=words.button,
        counts=Counts(stay, words.stay, notes),
        hidden={CONFIRMED: "yes", "tariff": tariff.pk},
        dangerous=not adding,
    )


@admin.action(description=gettext_lazy("Send tokens again…"), permissions=["change"])
def send_again(
    model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Subscriber]"
) -> HttpResponse | None:
    if not settings.AUTH_SERVICE_URL:
        messages.error(request, _("AUTH_SERVICE_URL is not set: no Auth Service is told of the subscribers."))
        return None
    if CONFIRMED in request.POST:
        count = bulk_services.send_again(_chosen(queryset), now=timezone.now())
        text = ngettext("%(count)s token will be sent again.", "%(count)s tokens will be sent again.", count)
        may_see = request.user.has_perm(f"subscribers.view_{OutboxEntry._meta.model_name}")
        _tell(request, text, count, reverse("admin:subscribers_outboxentry_changelist") if may_see else "")
        return None
    return action_page(
        model_admin,
        request,
        queryset,
        action="send_again",
        title=_("Send tokens again"),
        button=ngettext_lazy("Send %(count)s token again", "Send %(count)s tokens again", "count"),
        counts=Counts(notes=[_("The Auth Service is told all of them anew. Nothing changes for those who watch.")]),
    )


ACTIONS = (enable, disable, extend, add_tariff, remove_tariff, send_again)


def _chosen(queryset: "QuerySet[Subscriber]") -> SubscriberQuerySet:
    """Return the same rows without what the list has put around them."""
    return Subscriber.objects.filter(pk__in=queryset.order_by().values("pk"))


def _changed(change: Callable[[], int]) -> tuple[int, str]:
    """Make a change of many; return how many it changed, and the address that lists exactly those."""
    with pghistory.context() as context:
        count = change()
    return count, f"{reverse('admin:subscribers_subscriber_changelist')}?changed_in={context.id}"


def _tell(request: HttpRequest, text: "StrOrPromise", count: int, seen: str, **names: Any) -> None:
    said = text % {"count": count, **names}
    if count and seen:
        said = format_html('{} <a href="{}">{}</a>', said, seen, _("Show them"))
    messages.add_message(request, messages.SUCCESS if count else messages.WARNING, said)
