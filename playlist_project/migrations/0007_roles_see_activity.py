"""Roles that see tokens see activity too: both tell of single subscribers."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

HELD, GIVEN = ("subscribers", "view_token"), ("subscribers", "view_activity")
ROLES = ("operator", "administrator")


def let_roles_see_activity(apps, schema_editor):
    """Give the permission to those of the ready roles that have not been cut down to less."""
    # Django makes permissions only after all migrations.
    app_config = apps.get_app_config("subscribers")
    before = getattr(app_config, "models_module", None)
    app_config.models_module = True  # or it is passed over
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = before
    Role, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    held, given = (
        Permission.objects.get(content_type__app_label=app, codename=codename) for app, codename in (HELD, GIVEN)
    )
    for role in Role.objects.filter(name__in=ROLES, permissions=held):
        role.permissions.add(given)


class Migration(migrations.Migration):
    dependencies = [("playlist_project", "0006_names_of_api_tokens"), ("subscribers", "0010_activity")]
    operations = [migrations.RunPython(let_roles_see_activity, migrations.RunPython.noop, elidable=False)]
