"""What can be done to many channels at once: group them, put them into packages and take them out."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from catalog.models import Package
from channels.admin_base import AnyModelAdmin
from channels.admin_pages import action_page
from channels.models import Channel, Group


class GroupForm(forms.Form):
    group = forms.ModelChoiceField(Group.objects.all(), required=False, empty_label="no group")


class PackageForm(forms.Form):
    package = forms.ModelChoiceField(Package.objects.all())


@admin.action(description="Set group…", permissions=["change"])
def set_group(model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Channel]") -> HttpResponse | None:
    form = GroupForm(_answer(request))
    if form.is_valid():
        group = form.cleaned_data["group"]
        count = queryset.update(group=group, updated_at=timezone.now())
        where = f"in the group {group}" if group else "in no group"
        model_admin.message_user(request, f"{_channels(count)} {where} now.", messages.SUCCESS)
        return None
    return action_page(model_admin, request, queryset, form, action="set_group", title="Set group")


@admin.action(description="Add to package…", permissions=["fill_packages"])
def add_to_package(
    model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Channel]"
) -> HttpResponse | None:
    form = PackageForm(_answer(request))
    if form.is_valid():
        package, ids = form.cleaned_data["package"], _ids(queryset)
        package.channels.add(*ids)
        model_admin.message_user(request, f"{_channels(len(ids))} in the package {package} now.", messages.SUCCESS)
        return None
    return action_page(
        model_admin, request, queryset, form, action="add_to_package", title="Add to package", button="Add"
    )


@admin.action(description="Remove from package…", permissions=["fill_packages"])
def remove_from_package(
    model_admin: AnyModelAdmin, request: HttpRequest, queryset: "QuerySet[Channel]"
) -> HttpResponse | None:
    form = PackageForm(_answer(request))
    if form.is_valid():
        package, ids = form.cleaned_data["package"], _ids(queryset)
        package.channels.remove(*ids)
        model_admin.message_user(
            request, f"{_channels(len(ids))} no longer in the package {package}.", messages.SUCCESS
        )
        return None
    return action_page(
        model_admin, request, queryset, form, action="remove_from_package", title="Remove from package", button="Remove"
    )


def _answer(request: HttpRequest) -> Any:
    return request.POST if "confirmed" in request.POST else None


def _ids(queryset: "QuerySet[Channel]") -> list[int]:
    return list(queryset.values_list("pk", flat=True))


def _channels(count: int) -> str:
    return "1 channel is" if count == 1 else f"{count} channels are"
