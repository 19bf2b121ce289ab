"""How Django finds the project's own parts."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class PlaylistProjectConfig(AppConfig):
    """The composition: staff accounts, the admin site, operations."""

    name = "playlist_project"
    verbose_name = _("Staff")
    default = True

    def ready(self) -> None:
        from playlist_project import checks  # noqa: F401  # registers them; it needs all models to be loaded


class PlaylistAdminConfig(admin_apps.AdminConfig):
    """Django's admin with our site as the default."""

    default_site = "playlist_project.admin_site.PlaylistAdminSite"
    default = False
