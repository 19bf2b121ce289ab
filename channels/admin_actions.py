"""What can be done to many channels at once: group them, put them into packages and take them out."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Literal, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from catalog.contents import arrange
from catalog.models import Package, Tariff
from channels.admin_access import AGREED, BACK, access_page
from channels.admin_base import AnyModelAdmin
from channels.admin_display import link
from channels.admin_pages import CONFIRMED, action_page
from channels.models import Channel, ChannelQuerySet, Group
from subscribers.access_changes import channels_arranged

MOST_CHECKBOXES = 40  # from more packages than these, some are looked up by name
PACKAGES_NAMED = 20


class GroupForm(forms.Form):
    """Asks for a group or for none; neither is chosen at first, so that nobody loses a group by pressing a button."""

    NONE = "none"
    group = forms.ChoiceField(label=_("Group"))

    def __init__(self, answer: Any) -> None:
        super().__init__(answer)
        field: Any = self.fields["group"]
        field.choices = [("", "---------"), (self.NONE, _("no group")), *Group.objects.values_list("pk", "name")]

    def clean_group(self) -> Group | None:
        chosen = self.cleaned_data["group"]
        return None if chosen == self.NONE else Group.objects.get(pk=chosen)


class PackagesForm(forms.Form):
    packages = forms.ModelMultipleChoiceField(
        Package.objects.all(), label=_("Packages"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, answer: Any, packages: "QuerySet[Package]") -> None:
        super().__init__(answer)
        field: Any = self.fields["packages"]
        if packages.count() > MOST_CHECKBOXES:
            field.widget = AutocompleteSelectMultiple(Tariff.packages.field, admin.site)
            packages = Package.objects.all()  # which is what a look-up offers
        field.queryset = packages


@admin.action(description=_("Set group…"), permissions=["change"])
def set_group(model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Channel]") -> HttpResponse | None:
    form = GroupForm(_answer(request))
    if not form.is_valid():
        title, button = gettext("Set group"), gettext("Save")
        return action_page(model_admin, request, queryset, form, action="set_group", title=title, button=button)
    group = form.cleaned_data["group"]
    count = len(arrange(cast(ChannelQuerySet, queryset), columns={"group": group}).ids)
    if group:
        text = ngettext(
            "%(count)s channel is in the group %(group)s now.",
            "%(count)s channels are in the group %(group)s now.",
            count,
        )
    else:
        text = ngettext("%(count)s channel is in no group now.", "%(count)s channels are in no group now.", count)
    where = link(f"{_channels()}?group__id__exact={group.pk}", group) if group else ""
    model_admin.message_user(request, _filled(text, count=count, group=where), messages.SUCCESS)
    return None


@admin.action(description=_("Add to packages…"), permissions=["fill_packages"])
def add_to_packages(
    model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Channel]"
) -> HttpResponse | None:
    if not Package.objects.exists():
        text = gettext("There is no package yet: add one on the page Packages & Tariffs.")
        model_admin.message_user(request, text, messages.WARNING)
        return None
    form = PackagesForm(_answer(request), Package.objects.all())
    return _rearrange(model_admin, request, queryset, form, "add")


@admin.action(description=_("Remove from packages…"), permissions=["fill_packages"])
def remove_from_packages(
    model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Channel]"
) -> HttpResponse | None:
    holding = Package.objects.filter(pk__in=_places(queryset).values("package"))
    if not holding.exists():
        model_admin.message_user(request, gettext("None of these channels is in a package."), messages.WARNING)
        return None
    form = PackagesForm(_answer(request), holding)
    return _rearrange(model_admin, request, queryset, form, "remove")


def _rearrange(
    model_admin: AnyModelAdmin,
    request: HttpRequest,
    queryset: "QuerySet[Channel]",
    form: PackagesForm,
    way: Literal["add", "remove"],
) -> HttpResponse | None:
    """Ask for packages, then show what it would do to access, then do it."""
    title, button = {
        "add": (gettext("Add to packages"), gettext("Add")),
        "remove": (gettext("Remove from packages"), gettext("Remove")),
    }[way]
    if not form.is_valid() or BACK in request.POST:
        action = {"add": "add_to_packages", "remove": "remove_from_packages"}[way]
        return action_page(model_admin, request, queryset, form, action=action, title=title, button=gettext("Next"))
    packages = list(form.cleaned_data["packages"])
    chosen = {way: [package.pk for package in packages]}
    ids = list(queryset.order_by("pk").values_list("pk", flat=True))
    shown = _digest(ids, chosen[way])
    if request.POST.get(AGREED) != shown:
        if AGREED in request.POST:
            text = gettext("The list has changed meanwhile. Nothing was done yet: look at it again.")
            model_admin.message_user(request, text, messages.WARNING)
        facts = _facts(queryset, len(ids), packages, way)
        change = channels_arranged(ids, **chosen)
        return access_page(model_admin, request, change, title=title, facts=facts, button=button, agreed=shown)
    arranged = arrange(Channel.objects.filter(pk__in=ids), columns={}, **chosen)
    if way == "add":
        text = gettext("Channels chosen: %(count)s. New in packages: %(places)s. Now in: %(packages)s")
    else:
        text = gettext("Channels chosen: %(count)s. Removed from packages: %(places)s. No longer in: %(packages)s")
    places = arranged.added + arranged.removed
    filled = _filled(text, count=len(arranged.ids), places=places, packages=_links(packages))
    model_admin.message_user(request, filled, messages.SUCCESS)
    return None


def _digest(channel_ids: Sequence[int], package_ids: Sequence[int]) -> str:
    """Return what stands for these channels and packages, as short for 90,000 of them."""
    return sha256(f"{sorted(channel_ids)} {sorted(package_ids)}".encode()).hexdigest()


def _facts(
    queryset: "QuerySet[Channel]", count: int, packages: Sequence[Package], way: Literal["add", "remove"]
) -> list[str]:
    """Return sentences on how many of the chosen channels each package has."""
    inside = _places(queryset).filter(package__in=packages).order_by().values_list("package").annotate(n=Count("pk"))
    there = dict(inside)
    text = {
        "add": gettext("%(package)s: %(others)s new, %(there)s there already."),
        "remove": gettext("%(package)s: %(there)s to be removed, %(others)s not in it."),
    }[way]
    chosen = ngettext("%(count)s channel is chosen.", "%(count)s channels are chosen.", count) % {"count": count}
    lines = [
        text % {"package": package, "there": there.get(package.pk, 0), "others": count - there.get(package.pk, 0)}
        for package in packages[:PACKAGES_NAMED]
    ]
    return [chosen, *lines, *_more(packages)]


def _places(queryset: "QuerySet[Channel]") -> "QuerySet[Any]":
    return Package.channels.through.objects.filter(channel__in=queryset.order_by().values("pk"))


def _more(packages: Sequence[Package]) -> list[str]:
    number = len(packages) - PACKAGES_NAMED
    return [gettext("and %(number)s more") % {"number": number}] if number > 0 else []


def _links(packages: Sequence[Package]) -> SafeString:
    """Return links to the packages' lists of channels."""
    links = [link(f"{_channels()}?package={package.pk}", package) for package in packages[:PACKAGES_NAMED]]
    return format_html_join(", ", "{}", ((part,) for part in [*links, *_more(packages)]))


def _filled(text: str, **values: Any) -> SafeString:
    """Fill a translated text with values of which some are links."""
    escaped = {name: conditional_escape(value) for name, value in values.items()}
    return mark_safe(conditional_escape(text) % escaped)


def _answer(request: HttpRequest) -> Any:
    return request.POST if CONFIRMED in request.POST else None


def _channels() -> str:
    return reverse("admin:channels_channel_changelist")
