"""What the three ready roles may do with lists of channels: who works with channels works with their sources."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

WORK = ("channels.add_source", "channels.change_source", "channels.delete_source")
# Role, and what it holds unless somebody has cut it down to less.
GIVEN = (("operator", "channels.change_channel"), ("administrator", "channels.change_source"))


def extend_roles(apps, schema_editor):
    """Give the permissions to those of the ready roles that have not been cut down to less."""
    # Django makes permissions only after all migrations.
    app_config = apps.get_app_config("channels")
    before = getattr(app_config, "models_module", None)
    app_config.models_module = True  # or it is passed over
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = before
    Role, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    by_name = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, held in GIVEN:
        for role in Role.objects.filter(name=name, permissions=by_name[held]):
            role.permissions.add(*(by_name[permission] for permission in WORK))


class Migration(migrations.Migration):
    dependencies = [
        ("playlist_project", "0008_roles_for_streams"),
        ("channels", "0009_sources"),
    ]
    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop, elidable=False)]
