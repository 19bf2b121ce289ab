"""All three ready roles may see the streams made at Flussonic."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

# Whoever of the ready roles has not been cut down to less than this.
HELD = "channels.view_channel"
GIVEN = "integrations.view_pushedstream"


def extend_roles(apps, schema_editor):
    # Django makes permissions only after all migrations.
    app_config = apps.get_app_config("integrations")
    before = getattr(app_config, "models_module", None)
    app_config.models_module = True  # or it is passed over
    create_permissions(app_config, apps=apps, verbosity=0)
    app_config.models_module = before
    Role, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")

    def permission(name):
        app_label, codename = name.split(".")
        return Permission.objects.get(content_type__app_label=app_label, codename=codename)

    for role in Role.objects.filter(
        name__in=("viewer", "operator", "administrator"), permissions=permission(HELD)
    ):
        role.permissions.add(permission(GIVEN))


class Migration(migrations.Migration):
    dependencies = [
        ("playlist_project", "0007_roles_for_players"),
        ("integrations", "0005_pushed_streams"),
    ]
    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop, elidable=False)]
