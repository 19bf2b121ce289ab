"""The staff's own accounts and roles in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group

from playlist_project.models import User

admin.site.unregister(Group)


@admin.register(User)
class StaffAdmin(UserAdmin):  # type: ignore[type-arg]  # it takes none at run time
    heading = "Staff accounts"


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    heading = "Roles"
