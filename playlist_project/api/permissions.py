"""Who may call what: staff alone, within Django's permissions, and tokens within their scope."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

VERBS = {"GET": "view", "HEAD": "view", "POST": "add", "PATCH": "change", "DELETE": "delete"}


class StaffPermission(BasePermission):
    """Ask for the view's ``required_permissions``, or for the model's own that goes with the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not user.is_authenticated:
            return False
        if not user.is_staff:
            raise PermissionDenied(_("This account is not of staff."))
        if request.method not in SAFE_METHODS and getattr(request.auth, "read_only", False):
            raise PermissionDenied(_("This token may only read."))
        demand(user, needed_permissions(view, str(request.method)))
        return True


def demand(user: Any, needed: Collection[str]) -> None:
    """Raise PermissionDenied where the account lacks one of the permissions."""
    if not user.has_perms(needed):
        raise PermissionDenied(_("This account lacks the permission: %(names)s") % {"names": ", ".join(needed)})


def needed_permissions(view: Any, method: str) -> tuple[str, ...]:
    if view.required_permissions is not None:
        return tuple(view.required_permissions)
    meta = view.get_queryset().model._meta
    return (f"{meta.app_label}.{VERBS[method]}_{meta.model_name}",)
