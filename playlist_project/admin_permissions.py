"""The permissions that roles and accounts can be given: those of the pages that there are, named as the pages are."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

NAMES = {
    "view": _("view"),
    "add": _("add"),
    "change": _("change"),
    "delete": _("delete"),
    "view_token": _("see tokens and playlists"),
}


class PermissionsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # it takes none at run time
    """Django's own names of permissions are kept in the database, in English, and those of tables without pages too."""

    def label_from_instance(self, permission: Any) -> str:
        model = permission.content_type.model_class()
        if model is None:  # of an application that is gone
            return str(permission)
        verb = permission.codename.removesuffix(f"_{model._meta.model_name}")
        return f"{capfirst(model._meta.verbose_name)}: {NAMES.get(verb, verb)}"


def permissions_to_offer(held: "QuerySet[Permission]") -> "QuerySet[Permission]":
    """Return the permissions of the models that the admin has pages for, and those held already: they stay ticked."""
    models = [model for model in admin.site._registry if not model._meta.proxy]
    types = ContentType.objects.get_for_models(*models).values()
    offered = Q(content_type__in=[found.pk for found in types]) | Q(pk__in=held.values("pk"))
    return Permission.objects.filter(offered).select_related("content_type").order_by("content_type", "codename")
