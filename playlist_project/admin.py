"""The staff's own accounts and roles in the admin, and the tokens of programs."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from channels.admin_deletion import CountedDeletionAdmin
from channels.admin_display import ago
from playlist_project import api_tokens
from playlist_project.models import ApiToken, User

admin.site.unregister(Group)


@admin.register(User)
class StaffAdmin(UserAdmin):  # type: ignore[type-arg]  # it takes none at run time
    heading = "Staff accounts"


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    heading = "Roles"


@admin.register(ApiToken)
class ApiTokenAdmin(CountedDeletionAdmin):
    """Tokens act with their owner's permissions, so only superusers make them for others, or see those of others."""

    heading = "API tokens"
    list_display = ("name", "user", "read_only", "expiry", "last_used", "created")
    list_select_related = ("user",)
    list_filter = ("read_only",)
    search_fields = ("name", "user__username")
    search_help_text = "Name or owner"
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
        context = {**self.admin_site.each_context(request), "title": "New API token", "token": obj, "opts": self.opts}
        return TemplateResponse(request, "admin/api_token_made.html", context)

    def touched_by_deleting(self, ids: list[int]) -> list[str]:
        return [f"Programs that can no longer call the API: {len(ids)}"]

    @admin.display(description="last used", ordering="last_used_at")
    def last_used(self, token: ApiToken) -> SafeString:
        return ago(token.last_used_at)
