"""The staff's own accounts and roles in the admin, and the tokens of programs."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.admin_deletion import CountedDeletionAdmin
from channels.admin_display import ago
from playlist_project import api_tokens
from playlist_project.admin_passwords import NewAccountForm, PasswordForm
from playlist_project.admin_permissions import PermissionsField, permissions_to_offer
from playlist_project.models import ApiToken, User

admin.site.unregister(Group)


@admin.register(User)
class StaffAdmin(UserAdmin):  # type: ignore[type-arg]  # it takes none at run time
    """Accounts of staff. Who is no superuser makes no superusers, nor takes over the account of one."""

    heading = _("Staff accounts")
    add_form = NewAccountForm
    change_password_form = PasswordForm
    list_display = ("username", "first_name", "last_name", "roles", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make new accounts ones of staff: there are no others here."""
        obj.is_staff = obj.is_staff or not change
        super().save_model(request, obj, form, change)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ("last_login", "date_joined", *super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, "is_superuser", "user_permissions")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _not_above(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _not_above(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refuse superusers among the chosen ones, which Django asks for one by one nowhere."""
        deleted, counts, needed, protected = super().get_deleted_objects(objs, request)
        if not all(_not_above(request, account) for account in objs):
            needed.add(gettext("superuser account"))
        return deleted, counts, needed, protected

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **_named_permissions(db_field, request), **kwargs)

    @admin.display(description=_("roles"))
    def roles(self, account: User) -> str:
        return ", ".join(role.name for role in account.groups.all())


def _not_above(request: HttpRequest, account: User | None) -> bool:
    return bool(request.user.is_superuser or account is None or not account.is_superuser)


@admin.register(Group)
class RoleAdmin(CountedDeletionAdmin, GroupAdmin):
    heading = _("Roles")
    actions = ("delete_selected",)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **_named_permissions(db_field, request), **kwargs)

    def touched_by_deleting(self, ids: list[int]) -> list[str]:
        accounts = User.objects.filter(groups__in=ids).distinct().count()
        return [gettext("Staff accounts that lose a role: %(number)s") % {"number": accounts}]


def _named_permissions(db_field: Any, request: HttpRequest | None) -> dict[str, Any]:
    if db_field.related_model is not Permission:
        return {}
    match = request.resolver_match if request else None
    owner = match.kwargs.get("object_id") if match else None
    held = Permission.objects.filter(**{db_field.related_query_name(): owner}) if owner else Permission.objects.none()
    return {"form_class": PermissionsField, "queryset": permissions_to_offer(held)}


@admin.register(ApiToken)
class ApiTokenAdmin(CountedDeletionAdmin):
    """Tokens act with their owner's permissions, so only superusers make them for others, or see those of others."""

    heading = _("API tokens")
    empty_text = _("Programs such as a billing system call the API with one. Add one, and copy it: it is shown once.")
    list_display = ("name", "user", "read_only", "expiry", "last_used", "created")
    list_select_related = ("user",)
    list_filter = ("read_only",)
    search_fields = ("name", "user__username")
    search_help_text = _("Name or owner")
    autocomplete_fields = ("user",)
    actions = ("delete_selected",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ApiToken]":
        tokens = super().get_queryset(request)
        return tokens if request.user.is_superuser else tokens.filter(user=request.user)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj:
            return ("name", "user", "read_only", "expiry", "last_used", "created")
        return ("name", *(("user",) if request.user.is_superuser else ()), "read_only", "expiry")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("user", "read_only", "expiry", "last_used", "created") if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        if not request.user.is_superuser:
            obj.user = request.user
        obj.secret = api_tokens.issue(obj)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the token on this page alone; it is in no message, as those are kept in a cookie."""
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("New API token"),
            "token": obj,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/api_token_made.html", context)

    def touched_by_deleting(self, ids: list[int]) -> list[str]:
        return [gettext("Programs that can no longer call the API: %(number)s") % {"number": len(ids)}]

    @admin.display(description=_("last used"), ordering="last_used_at")
    def last_used(self, token: ApiToken) -> SafeString:
        return ago(token.last_used_at)
